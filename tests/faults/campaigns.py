"""Run a campaign as tests do: in a process of its own that has a single thread and may mount; skip where it cannot."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.checkout import ROOT


@dataclass(frozen=True, slots=True)
class Told:
    """One result of a campaign."""

    title: str
    numbers: dict[str, int]
    faults: list[str]


def told_by(folder: Path, *words: str) -> Sequence[Told]:
    """The results of `python -m tests.faults ...`; skips, visibly, where this machine lacks what it needs."""
    command = [sys.executable, "-m", "tests.faults", *words, "--json", "--folder", str(folder)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False, timeout=600)
    assert done.returncode in {0, 1}, done
    results = json.loads(done.stdout)
    if lacking := [r["skipped"] for r in results if r["skipped"]]:
        pytest.skip(lacking[0])
    return [Told(r["title"], r["numbers"], r["faults"]) for r in results]
