from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tests.flows.undo_stops import SCENARIOS


@pytest.fixture
def fast(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where the system has one: what is tried here are kills, which a disk does not notice."""
    shared = Path("/dev/shm")  # noqa: S108 - a fresh folder is made in it
    if not os.access(shared, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        yield Path(folder)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_killed_at_every_call_the_same_undo_ends_in_the_tree_before_the_sort(fast: Path, scenario: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.flows.undo_stops", scenario, str(fast)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        timeout=300,
    )
    told = json.loads(done.stdout)
    assert told["faults"] == []
    assert told["points"] > 20
