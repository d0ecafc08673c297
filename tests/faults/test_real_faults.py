"""What the system itself does to a sort: full and read-only disks, many at once, swapped folders, changed bytes."""

from __future__ import annotations

from pathlib import Path

from tests.faults.campaigns import told_by
from tests.faults.real_disks import TRIALS


def test_full_and_read_only_disks_and_files_that_cannot_go(tmp_path: Path) -> None:
    assert {t.title: t.faults for t in told_by(tmp_path, "disks")} == {trial.name: [] for trial in TRIALS}


def test_of_eight_sorts_at_once_one_works_and_a_swapped_class_folder_leads_nowhere(tmp_path: Path) -> None:
    many, swapped = told_by(tmp_path, "together", "--rounds", "3")
    assert (many.faults, swapped.faults) == ([], [])
    assert many.numbers["got in"] >= 3
    assert many.numbers["turned away"] > 0
    assert swapped.numbers["swaps"] >= 10_000


def test_changed_bytes_of_ledger_and_journal_are_told_or_harmless(tmp_path: Path) -> None:
    results = told_by(tmp_path, "bytes", "--every-byte", "199")
    assert [t.faults for t in results] == [[], []]
    assert all(t.numbers["changed"] > 40 and t.numbers["told"] > 0 for t in results)
