"""Each example runs as a person runs it: as a script, on a folder given as its argument."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import ROOT, quiet_environment
from tests.training.scenes import go_ng

SAID = {
    "notebook": r"confusion \('GO', 'NG'\).*72 images: GO \d+, NG \d+.*GO/000.png (GO|NG) \{'GO': ",
    "own_loop": r"72 images in 5 batches: \{'GO': 0, 'NG': 1\}\nepoch 1: cross-entropy \d",
    "own_training": r"59 images to train, 13 to validate: \{'GO': 0, 'NG': 1\}\n.*an output near 1 means NG",
}


def test_every_example_is_run() -> None:
    assert sorted(p.stem for p in (ROOT / "examples").glob("*.py")) == sorted(SAID)


@pytest.mark.parametrize("name", SAID)
def test_example_runs(name: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / f"{name}.py"), str(go_ng()), "1"],
        cwd=tmp_path,
        env=quiet_environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(SAID[name], done.stdout, re.DOTALL), done.stdout
