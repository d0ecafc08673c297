"""A folder that is being sorted, or whose sort was cut off, is never taken for a whole set in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

import labelkit
from labelkit.domain.decisions import ImageKey
from labelkit.domain.errors import StorageError
from labelkit.domain.placing import Action, Mode, RunRecord, Step
from labelkit.domain.progress import NoProgress
from labelkit.flows.run import Run
from labelkit.storage.ledger import Intent
from labelkit.storage.lock import exclusive
from labelkit.storage.sqlite_ledger import open_ledger
from tests.flows.scenes import image

STEP = Step(Action.PLACE, ImageKey("/raw", "2.png"), (1, 2, 3, 4), target="GO/2.png")


class Notes(NoProgress):
    """Keeps what a person is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def base_dir(tmp_path: Path) -> Path:
    for label in ("GO", "NG"):
        image(tmp_path / "base" / label / "1.png", size=(80, 80))
    return tmp_path / "base"


def audited(base_dir: Path) -> list[str]:
    """What an audit says before it reports."""
    notes = Notes()
    labelkit.audit(base_dir, pack=False, run=Run(progress=notes, jobs=1))
    return notes.lines


def cut_off(base_dir: Path) -> None:
    """A ledger as a killed sort leaves it: one step begun."""
    ledger = open_ledger(base_dir, create=True)
    ledger.begin_run(RunRecord("run-1", "2026-01-02T03:04:05+00:00", Mode.COPY, "{}"))
    ledger.intend([Intent(STEP, Mode.COPY, ".labelkit-0011223344556677.part", "run-1")])
    ledger.close()


def test_a_folder_that_nobody_is_at_work_in_is_taken_as_it_is(base_dir: Path) -> None:
    assert audited(base_dir) == []
    open_ledger(base_dir, create=True).close()
    assert audited(base_dir) == []


def test_audit_says_that_a_sort_is_at_work(base_dir: Path) -> None:
    with exclusive(base_dir):
        [line] = audited(base_dir)
    assert "a sort is at work here (process " in line
    assert "half a set" in line


def test_train_refuses_half_a_set(base_dir: Path, tmp_path: Path) -> None:
    with exclusive(base_dir), pytest.raises(StorageError, match="a sort is at work here"):
        labelkit.train(base_dir, out=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_sort_that_was_cut_off_is_told(base_dir: Path, tmp_path: Path) -> None:
    cut_off(base_dir)
    [line] = audited(base_dir)
    assert "a sort was cut off here in the middle (1 under way)" in line
    with pytest.raises(StorageError, match="was cut off") as told:
        labelkit.train(base_dir, out=tmp_path / "runs")
    assert "run it again" in told.value.remedy
