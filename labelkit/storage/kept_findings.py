"""What the checks said of one evidence, as the cache keeps it: found, and read, only by who has that evidence.

A digest of the evidence gives two things: the key under which the findings are kept, and the stream of bytes that they
are mixed with. Findings name files, and the cache tells nobody what a person's files are.
"""

from __future__ import annotations

import json
import zlib
from hashlib import blake2b, shake_256

from labelkit.domain.audit import CheckRun
from labelkit.domain.findings import Finding, Severity

MOST_BYTES = 8_000_000
"""Larger ones are not kept: they would push out the facts of ten thousand images."""

Kept = tuple[tuple[Finding, ...], tuple[CheckRun, ...]]
"""The findings, the gravest first, and which checks were run."""


def key_of_findings(evidence: bytes) -> bytes:
    """Under what the findings on an evidence of this digest are kept."""
    return blake2b(evidence, digest_size=16, person=b"key").digest()


def packed_findings(kept: Kept, evidence: bytes) -> bytes:
    """Findings and runs, sealed by the digest of their evidence; b"" where they are too large to be kept."""
    findings, checks = kept
    rows = [
        (f.check, str(f.severity), f.message, f.remedy, f.files, f.groups, dict(f.numbers), f.accepted)
        for f in findings
    ]
    text = json.dumps([rows, [(c.name, c.skipped) for c in checks]], separators=(",", ":"))
    body = zlib.compress(text.encode("ascii"), 1)
    return _mixed(body, evidence) if len(body) <= MOST_BYTES else b""


def unpacked_findings(body: bytes, evidence: bytes) -> Kept:
    """The very findings and runs again.

    Raises:
        ValueError: they are of another shape, or of another evidence.

    """
    try:
        rows, checks = json.loads(zlib.decompress(_mixed(body, evidence)))
        findings = tuple(_finding(*row) for row in rows)
        return findings, tuple(CheckRun(name, skipped) for name, skipped in checks)
    except (zlib.error, TypeError) as e:
        raise ValueError("findings of another shape") from e


def _finding(
    check: str,
    severity: str,
    message: str,
    remedy: str,
    files: list[str],
    groups: list[list[str]],
    numbers: dict[str, float],
    accepted: int,
) -> Finding:
    several = tuple(tuple(group) for group in groups)
    return Finding(check, Severity(severity), message, remedy, tuple(files), several, numbers, accepted)


def _mixed(body: bytes, evidence: bytes) -> bytes:
    """The body by exclusive or with a stream that follows from the evidence; twice gives the body again."""
    stream = shake_256(b"findings" + evidence).digest(len(body))
    return (int.from_bytes(body) ^ int.from_bytes(stream)).to_bytes(len(body))
