"""The checks of an audit, or what they said when everything that they look at was the very same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from importlib.resources import files
from itertools import islice
from sys import version

from labelkit.auditing.catalog import Choice, find
from labelkit.auditing.evidence import Evidence
from labelkit.domain.fact_table import FactTable
from labelkit.domain.facts import ImageFacts
from labelkit.domain.thumbnails import Thumbnails
from labelkit.domain.tree import FileKind, Tree
from labelkit.flows.audit_cache import fact_cache
from labelkit.flows.audit_near import find_near
from labelkit.flows.audit_shots import AuditShots
from labelkit.flows.run import Run
from labelkit.storage.kept_findings import Kept, key_of_findings, packed_findings, unpacked_findings
from labelkit.tasks.probe_recipe import facts_recipe

NEAR = ("near_duplicates", "leaky_splits")
"""The checks that look at near-duplicates."""

_AT_ONCE = 4096
"""Lines that are digested at once."""

_CODE = (
    ("labelkit.auditing", ""),
    ("labelkit.auditing.checks", ""),
    ("labelkit.auditing.loaders", ""),
    ("labelkit.domain", ""),
    ("labelkit.flows", "audit_near.py"),
    ("labelkit.flows", "audit_kept.py"),
    ("labelkit.flows", "audit_shots.py"),
    ("labelkit.storage", "kept_findings.py"),
    ("labelkit.tasks", "shots.py"),
)
"""Packages and the one file of each that decides what is found; "" for all of its files. `facts_recipe` has imaging."""


def judged(
    evidence: Evidence, choice: Choice, thumbnails: Thumbnails, run: Run, *, shots: AuditShots, cached: bool
) -> Kept:
    """Findings and runs of checks; the same whether they were found now or are known from before.

    Args:
        evidence: without near-duplicates, which are looked for here.
        choice: which checks.
        thumbnails: of the images.
        run: for notes about the cache.
        shots: the originals, where noise has to be looked at.
        cached: whether to look for what an earlier audit found, and to keep what this one does.

    """
    evidenced = b"" if evidence.earlier is not None or not cached else _digest(evidence, choice)
    with fact_cache(run, wanted=bool(evidenced), told=True) as cache:
        key = key_of_findings(evidenced)
        body = b"" if cache is None else cache.bodies([key]).get(key, b"")
        known = _recalled(body, evidenced)
        if known is not None:
            return known
        near = find_near(evidence.facts, thumbnails, shots) if choice.needs(NEAR) else evidence.near
        seen = replace(evidence, near=near)
        found = find(seen, choice), choice.runs(seen)
        body = b"" if cache is None or near.missing else packed_findings(found, evidenced)
        if cache is not None and body:
            cache.keep([], [(key, body)])
        return found


def _recalled(body: bytes, evidenced: bytes) -> Kept | None:
    try:
        return unpacked_findings(body, evidenced) if body else None
    except ValueError:
        return None


def _digest(evidence: Evidence, choice: Choice) -> bytes:
    """A digest over everything that a check may look at, and over the code of the checks.

    Each part view follows from its tree, the share and the loaders; the facts of an image follow from its content,
    its path and time, its fault and the recipe. Whatever is added to `Evidence` is taken in as it is written.
    """
    rest = replace(evidence, tree=Tree(evidence.tree.root), parts=(), images={}, facts={})
    own = (sorted(choice.select), sorted(choice.ignore), sorted((choice.severity or {}).items()))
    told = blake2b(repr((rest, own)).encode("utf-8", "surrogatepass"))
    told.update(repr([(p.part, [v.loader for v in p.views]) for p in evidence.parts]).encode("utf-8", "surrogatepass"))
    for texts in (*_of_tree(evidence.tree), _of_facts(evidence.facts)):
        for some in iter(lambda: list(islice(texts, _AT_ONCE)), []):  # noqa: B023 - used up before the next one
            told.update("\0".join(some).encode("utf-8", "surrogatepass"))
        told.update(b"\0\0")
    told.update(f"{version} {facts_recipe('')} {_code()}".encode())
    return told.digest()


def _of_tree(tree: Tree) -> tuple[Iterator[str], ...]:
    """All that is in a tree but sizes and times of files: names hold no NUL, so that one can stand between."""
    unusual = (
        f"{i} {file.link:d} {file.is_image:d} {file.kind}"
        for i, file in enumerate(tree.files)
        if file.link or not file.is_image or file.kind is not FileKind.FILE
    )
    return (
        (f"{folder.link:d}{folder.path}" for folder in tree.folders),
        (file.path for file in tree.files),
        unusual,
        (f"{skipped.path}\0{skipped.reason}" for skipped in tree.skipped),
    )


def _of_facts(facts: Mapping[str, ImageFacts]) -> Iterator[str]:
    """What tells the facts of one image from those of another, by path."""
    if isinstance(facts, FactTable):
        rows = facts.cells("sha256", "modified", "fault", "size")
        return (f"{path}\0{sha256}\0{modified}\0{fault}\0{size}" for path, sha256, modified, fault, size in rows)
    ordered = sorted(facts.values(), key=lambda fact: fact.path)
    return (f"{f.path}\0{f.sha256}\0{f.modified}\0{f.fault}\0{f.size}" for f in ordered)


@lru_cache(maxsize=1)
def _code() -> str:
    """A hash of the code that makes findings out of facts: a number to be raised is forgotten."""
    told = blake2b(digest_size=8)
    for package, only in _CODE:
        for file in sorted(files(package).iterdir(), key=lambda f: f.name):
            if file.name.endswith(".py") and only in {"", file.name}:
                told.update(file.name.encode() + b"\0" + file.read_bytes())
    return told.hexdigest()
