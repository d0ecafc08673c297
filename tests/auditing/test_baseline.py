"""Accepted findings: what stays accepted whatever it is called by now, and what is new."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import labelkit
from labelkit.auditing.baseline import baseline_of, hold_against, kind_of
from labelkit.domain.audit import AuditReport
from labelkit.domain.baseline import Baseline, BaselineCount
from labelkit.domain.findings import Finding, Severity
from labelkit.storage.baseline_file import baseline_text
from tests.auditing.scenes import fill, write


def audited(base: Path) -> AuditReport:
    return labelkit.audit(base, jobs=1, cache=False, fail_on="warning")


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Two broken files, a pair of copies in one class, and an imbalance."""
    base = fill(tmp_path / "base", GO=12, NG=6)
    write(base / "GO" / "broken.png", b"first")
    write(base / "NG" / "broken.png", b"second")
    write(base / "GO" / "copy.png", (base / "GO" / "i0.png").read_bytes())
    return base


@pytest.fixture
def known(base: Path) -> Baseline:
    return baseline_of(audited(base))


def grave(report: AuditReport) -> dict[str, Finding]:
    return {f.check: f for f in report.findings if f.severity != "info"}


def test_nothing_is_new_in_the_set_that_was_accepted(base: Path, known: Baseline) -> None:
    before = audited(base)
    assert not before.gate.passed
    held = hold_against(before, known)
    assert held.findings == ()
    assert held.accepted == before.findings
    assert held.gate.passed
    assert held.baseline == BaselineCount(len(known.known), 0)


def test_renamed_and_moved_files_stay_accepted(base: Path, known: Baseline) -> None:
    (base / "GO" / "broken.png").rename(base / "NG" / "another name.png")
    (base / "GO" / "copy.png").rename(base / "GO" / "copied.png")
    assert grave(hold_against(audited(base), known)) == {}


def test_new_content_is_new_and_only_that_is_told(base: Path, known: Baseline) -> None:
    write(base / "GO" / "broken.png", b"third")
    write(base / "GO" / "also.png", b"fourth")
    held = hold_against(audited(base), known)
    assert not held.gate.passed
    assert set(grave(held)) == {"unreadable"}
    assert grave(held)["unreadable"].files == ("GO/also.png", "GO/broken.png")
    assert grave(held)["unreadable"].accepted == 1
    assert held.baseline is not None
    assert held.baseline.gone == 1  # the first content


Change = Callable[[Path], object]


@pytest.mark.parametrize(
    ("change", "new"),
    [
        (lambda b: (b / "GO" / "copy.png").unlink(), False),
        (lambda b: shutil.copy(b / "GO" / "copy.png", b / "GO" / "third.png"), True),
        (lambda b: (b / "GO" / "copy.png").rename(b / "NG" / "copy.png"), True),
        (lambda b: [(b / "GO" / n).rename(b / "NG" / f"to_{n}") for n in ("copy.png", "i0.png")], False),
    ],
    ids=["one copy fewer", "one copy more", "now in two classes", "both in the other class"],
)
def test_a_group_is_known_by_all_its_contents(base: Path, known: Baseline, change: Change, *, new: bool) -> None:
    change(base)
    assert ("exact_duplicates" in grave(hold_against(audited(base), known))) is new


def test_what_fewer_images_have_is_accepted_and_what_many_more_have_is_not(tmp_path: Path) -> None:
    base = tmp_path / "base"
    for i in range(10):
        kind = ".bmp" if i < 6 else ".png"
        write(base / "GO" / f"{i}{kind}")
        write(base / "NG" / f"{i}{kind}")
    known = baseline_of(audited(base))
    about = [k for k in known.known if k.check == "skipped_by_loader"]
    assert [(k.contents, k.share) for k in about] == [((), 0.6)]
    write(base / "GO" / "new.bmp")
    assert not [f for f in hold_against(audited(base), known).findings if f.check == "skipped_by_loader"]
    for i in range(30):
        write(base / "GO" / f"more{i}.bmp")
    assert [f for f in hold_against(audited(base), known).findings if f.check == "skipped_by_loader"]


def test_one_more_broken_file_is_never_swallowed(tmp_path: Path) -> None:
    base = fill(tmp_path / "base", GO=3, NG=3)
    for i in range(9):
        write(base / "GO" / f"broken{i}.png", f"{i}".encode())
    known = baseline_of(audited(base))
    write(base / "GO" / "new.png", b"new")
    held = hold_against(audited(base), known)
    assert grave(held)["unreadable"].files == ("GO/new.png",)


def test_a_shortcut_is_known_by_what_gives_the_class_away_not_by_its_examples(base: Path) -> None:
    def told(seen: str, area: str, *files: str) -> AuditReport:
        message = f"the class can be told from one number of the whole picture: {seen}, area {area} (GO has 0.5)"
        finding = Finding("spurious_correlations", Severity.WARNING, message, files=files)
        return replace(audited(base), findings=(finding,))

    known = baseline_of(told("brightness", "0.79", "GO/i1.png", "NG/i1.png"))
    assert hold_against(told("brightness", "0.81", "GO/i2.png"), known).findings == ()
    assert len(hold_against(told("file size", "0.79", "GO/i1.png", "NG/i1.png"), known).findings) == 1


def test_what_becomes_graver_is_new(base: Path, known: Baseline) -> None:
    for i in range(100):
        write(base / "GO" / f"many{i}.png")
    assert "class_imbalance" in grave(hold_against(audited(base), known))


def test_checks_that_were_not_run_are_not_gone(base: Path, known: Baseline) -> None:
    some = labelkit.audit(base, jobs=1, cache=False, select=["unreadable"])
    assert hold_against(some, known).baseline == BaselineCount(2, 0)


def test_the_text_is_the_same_whatever_the_order(base: Path, known: Baseline, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(base, other)
    assert baseline_text(baseline_of(audited(other))) == baseline_text(known)
    lines = baseline_text(known).splitlines()
    assert sum('"check": ' in line for line in lines) == len(known.known)
    assert all(line.count('"check"') <= 1 for line in lines)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("all 93 images are dark", "61 of 90 images are dark", True),
        ("1.9 : 1 (GO 61, NG 32)", "2 : 1 (GO 1,061, NG 500)", True),
        ("'100' comes before '60'", "'80' comes before '9'", False),
        ("1 image hidden", "2 images hidden", True),
    ],
)
def test_sayings(one: str, other: str, *, same: bool) -> None:
    assert (kind_of(one) == kind_of(other)) is same
