"""A ledger that is gone, and a clock that goes backwards: what is on the disk is believed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from labelkit.flows.run import Run
from labelkit.flows.sort import sort
from tests.faults.oracle import files, state
from tests.faults.scene import MODES, Outcome, Scene, stories


@pytest.mark.parametrize("mode", MODES)
def test_without_its_ledger_a_folder_is_sorted_anew_and_nothing_is_lost(tmp_path: Path, mode: str) -> None:
    """What stands there is nobody's then: nothing of it is replaced, and of every image a whole copy is there."""
    scene = Scene(stories()[f"place-{mode}"], tmp_path)
    scene.prepare()
    assert scene.sort() == Outcome(0)
    stood = dict(files(scene.base_dir))
    (scene.base_dir / "labelkit.db").unlink()
    told = scene.sort()
    assert told.code in ({0, 3} if mode == "move" else {0}), told
    there = dict(files(scene.base_dir))
    assert stood.items() <= there.items()
    left = [digest for _, digest in [*files(scene.base_dir), *files(scene.source)]]
    assert {hashlib.sha256(c).hexdigest() for c in scene.story.files.values()} <= set(left)


def test_a_clock_that_goes_backwards_changes_nothing(tmp_path: Path) -> None:
    """Runs are told apart and ordered by their record, not by their time."""
    scene = Scene(stories()["change-copy"], tmp_path / "now")
    scene.prepare()
    assert scene.sort() == Outcome(0)
    other = Scene(stories()["change-copy"], tmp_path / "then")
    other.prepare()
    for year in (1999, 1980):
        run = Run(jobs=1, id=f"{year}0101-000000-abcdef", started=f"{year}-01-01T00:00:00+00:00")
        result = sort(other.source, base_dir=other.base_dir, metadata=other.table, label_column="label", run=run)
        assert result.failed == 0
    assert state(other) == state(scene)
