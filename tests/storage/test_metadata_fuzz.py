"""Tables with changed bytes, a short run; the long one is `python -m tests.storage.fuzz_metadata`."""

from __future__ import annotations

import random
from pathlib import Path

from labelkit.storage.metadata import read_metadata
from tests.storage.fuzz_metadata import good_tables, mutate, run


def test_no_changed_byte_changes_what_another_row_says(tmp_path: Path) -> None:
    assert run(2_000, 1, tmp_path)["tables"] == 2_000


def test_the_good_tables_read_well_and_mutants_differ_where_they_say(tmp_path: Path) -> None:
    chance = random.Random(0)  # noqa: S311 - a test that can be repeated, no secret
    file = tmp_path / "m.csv"
    for good in good_tables():
        file.write_bytes(good.data)
        assert len(read_metadata([file])) == 9
        mutant = mutate(good.data, chance)
        untouched = bytes(b for i, b in enumerate(mutant.data) if not any(s <= i < e for s, e in mutant.spans))
        assert len(untouched) < len(mutant.data)
        assert all(byte in good.data for byte in untouched)
