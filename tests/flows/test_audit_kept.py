"""Findings known from before: the same to the letter, and never those of something that is not the very same."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

import labelkit
from labelkit.auditing import catalog
from labelkit.auditing.evidence import Evidence
from labelkit.auditing.verdict import Verdict
from labelkit.domain.audit import AuditReport
from labelkit.domain.findings import Finding, Severity
from labelkit.reporting.audit_json import audit_json
from labelkit.storage.fact_cache import FILE
from labelkit.storage.kept_findings import packed_findings, unpacked_findings
from tests.auditing.scenes import fill, write


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The checks that were run, one entry a run."""
    ran: list[str] = []

    def noted(check: catalog.Check) -> Callable[[Evidence], Iterable[Verdict]]:
        def judge(evidence: Evidence) -> Iterable[Verdict]:
            ran.append(check.name)
            return check.judge(evidence)

        return judge

    noting = tuple(catalog.Check(c.name, c.severity, noted(c), c.cannot) for c in catalog.CHECKS)
    monkeypatch.setattr(catalog, "CHECKS", noting)
    monkeypatch.setenv("LABELKIT_CACHE_DIR", str(tmp_path / "cache"))
    return ran


@pytest.fixture
def base(tmp_path: Path) -> Path:
    base = tmp_path / "base"
    fill(base, GO=6, NG=5)
    write(base / "NG" / "broken.png", b"\x89PNG\r\n\x1a\n")
    shutil.copy(base / "GO" / "i0.png", base / "NG" / "secret-copy.png")
    (base / "Notes").mkdir()
    time.sleep(0.15)  # times of files settle
    return base


def told(report: AuditReport) -> str:
    return json.dumps({k: v for k, v in audit_json(report).items() if k != "timing"})


def test_checks_are_not_run_again_and_say_the_same(base: Path, judged: list[str]) -> None:
    alone = labelkit.audit(base, jobs=1, cache=False)
    first = labelkit.audit(base, jobs=1)
    judged.clear()
    second = labelkit.audit(base, jobs=1)
    assert judged == []
    assert told(first) == told(second) == told(alone)
    assert (second.findings, second.checks, second.facts) == (alone.findings, alone.checks, alone.facts)
    assert {"exact_duplicates", "unreadable"} <= {f.check for f in second.findings}


def new_file(base: Path) -> None:
    write(base / "GO" / "new.png")


def gone_file(base: Path) -> None:
    (base / "GO" / "i1.png").unlink()


def other_content(base: Path) -> None:
    write(base / "GO" / "i1.png", b"no image any more")


def other_name(base: Path) -> None:
    (base / "GO" / "i1.png").rename(base / "NG" / "i1b.png")


def other_time(base: Path) -> None:
    os.utime(base / "GO" / "i1.png", ns=(0, 1_600_000_000_123_000_000))


def new_folder(base: Path) -> None:
    (base / "ng").mkdir()


def no_image(base: Path) -> None:
    (base / "Notes" / "read me.txt").write_text("x")


@pytest.mark.parametrize(
    "change",
    [new_file, gone_file, other_content, other_name, other_time, new_folder, no_image],
    ids=lambda f: f.__name__,
)
def test_whatever_changes_in_the_folder_is_judged(
    base: Path, judged: list[str], change: Callable[[Path], None]
) -> None:
    labelkit.audit(base, jobs=1)
    change(base)
    judged.clear()
    again = labelkit.audit(base, jobs=1)
    assert len(judged) == len(catalog.CHECKS)
    assert told(again) == told(labelkit.audit(base, jobs=1, cache=False))


@pytest.mark.parametrize(
    "options",
    [
        {"validation_split": 0.3},
        {"ignore": ["outlier"], "image_size": (8, 8)},
        {"severity": {"unreadable": "info"}},
        {"loader": "timm", "group_by": "{lot}*.png"},
        {"classes": ["Notes", "NG", "GO"]},
    ],
)
def test_whatever_is_asked_otherwise_is_judged(base: Path, judged: list[str], options: dict[str, object]) -> None:
    labelkit.audit(base, jobs=1)
    judged.clear()
    again = labelkit.audit(base, jobs=1, **options)  # type: ignore[arg-type]  # each is an option's own kind
    assert judged
    assert told(again) == told(labelkit.audit(base, jobs=1, cache=False, **options))  # type: ignore[arg-type]  # as above


def test_other_code_judges_anew(base: Path, judged: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    labelkit.audit(base, jobs=1)
    judged.clear()
    monkeypatch.setattr("labelkit.flows.audit_kept._code", lambda: "of tomorrow")
    labelkit.audit(base, jobs=1)
    assert len(judged) == len(catalog.CHECKS)


def test_the_cache_names_no_file(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where nothing is compressed, which would hide a name as well."""
    monkeypatch.setenv("LABELKIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr("labelkit.storage.kept_findings.zlib.compress", lambda text, _level: text)
    report = labelkit.audit(base, jobs=1)
    assert any("NG/secret-copy.png" in f.files for f in report.findings)
    kept = (tmp_path / "cache" / FILE).read_bytes()
    assert b"secret" not in kept
    assert b"exact_duplicates" not in kept
    assert b"sha256" not in kept


def test_findings_of_another_evidence_or_shape_are_refused() -> None:
    kept = ((Finding("dark", Severity.INFO, "x", "y", ("\udcff",), (("a", "b"),), {"n": 0.1, "m": 3}),), ())
    body = packed_findings(kept, b"this")
    assert unpacked_findings(body, b"this") == kept
    with pytest.raises(ValueError, match="another shape"):
        unpacked_findings(body, b"that")
    with pytest.raises(ValueError, match="another shape"):
        unpacked_findings(body[:-9], b"this")
