"""Each safeguard of a sort, switched off, is noticed by a check; the program as it is passes them all."""

from __future__ import annotations

from pathlib import Path

from tests.faults.campaigns import told_by
from tests.faults.safeguards import SAFEGUARDS


def test_every_safeguard_that_is_switched_off_is_noticed(tmp_path: Path) -> None:
    results = told_by(tmp_path, "safeguards")
    assert {t.title: t.faults for t in results} == {f"without: {s.name}": [] for s in SAFEGUARDS}
    assert all(t.numbers["noticed"] > 0 for t in results)
