"""People's own scripts: unguarded, from standard input, or executed as a notebook executes a cell; with workers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import quiet_environment
from tests.flows.scenes import image

IMAGES = 320
"""More than run in process."""

SCRIPT = """
import json, os
import labelkit

@labelkit.feature
def worker(brightness):
    return os.getpid()

@labelkit.labeling_function(labels=["GO", "NG"])
def bright(brightness, worker, *, limit: float = 100.0):
    with open("workers.txt", "a") as f:
        f.write(f"{worker}\\n")
    return "GO" if brightness >= limit else "NG"

result = labelkit.sort("raw", base_dir="base_dir", rules=[worker, bright], jobs=2)
print(json.dumps({"labels": result.labels, "me": os.getpid()}))
"""


@pytest.mark.parametrize("way", ["unguarded file", "stdin", "exec"])
def test_a_persons_script_sorts_with_workers(tmp_path: Path, way: str) -> None:
    for n in range(IMAGES):
        image(tmp_path / "raw" / f"{n:03}.png", seed=n, size=(4, 4))
    (tmp_path / "own.py").write_text(SCRIPT)
    words = {
        "unguarded file": ["own.py"],
        "stdin": ["-"],
        "exec": ["-c", f"exec(compile({SCRIPT!r}, '<cell>', 'exec'), {{'__name__': '__main__'}})"],
    }[way]
    done = subprocess.run(
        [sys.executable, "-W", "error", *words],
        cwd=tmp_path,
        env=quiet_environment(),
        input=SCRIPT if way == "stdin" else None,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    told = json.loads(done.stdout)
    assert sum(told["labels"].values()) == IMAGES
    workers = (tmp_path / "workers.txt").read_text().split()
    assert len(workers) == IMAGES, "each image is judged once"
    assert len(set(workers)) >= 2
    assert str(told["me"]) not in workers
