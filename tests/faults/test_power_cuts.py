"""Cut off from power: what the ledger calls placed is there, and the command comes to the same end."""

from __future__ import annotations

from pathlib import Path

from tests.faults.campaigns import told_by


def test_power_cuts_lose_nothing_and_one_without_sync_is_noticed(tmp_path: Path) -> None:
    words = ["power", "--cuts", "2", "--cut-files", "0", "--cut-stories", "change-copy", "place-move-across"]
    *cuts, without = told_by(tmp_path, *words)
    assert [t.faults for t in cuts] == [[], []]
    assert [t.numbers["during"] for t in cuts] == [2, 2]
    assert without.numbers["noticed"] > 0
