"""How much memory a training takes when the set is ten times as large: the real command, files that all differ.

    python benchmarks/train_memory.py [--files 10000 100000] [--image-size 32] [--scratch DIR] [--seed 0]

Memory is what the process holds behind which there is no file (`benchmarks/memory.py`, Linux only), over one epoch
with an empty cache folder: every image is decoded, packed, read back and trained on. The files are cut-outs of one
drawn scene, PNG of 48 x 36 pixels. Exits 1 when the larger set takes over 100 MB more than the smaller one.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path

import machine
import numpy as np
from memory import peak_private
from PIL import Image
from timed import Goal

GOAL_MB = 100.0
_WIDTH, _HEIGHT = 48, 36


def main() -> int:
    """Measure both, print, and judge."""
    asked = _asked()
    with tempfile.TemporaryDirectory(dir=asked.scratch) as scratch:
        print(machine.told(Path(scratch)))
        took = [_megabytes(Path(scratch) / str(n), n, asked.image_size, asked.seed) for n in asked.files]
    goal = Goal("the larger set over the smaller, MB", took[-1] - took[0], GOAL_MB, at_least=False)
    print(goal.told())
    return 0 if goal.held else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, nargs=2, default=[10_000, 100_000], help="images of each set")
    parser.add_argument("--image-size", type=int, default=32, help="pixels of a side that the network sees")
    parser.add_argument("--scratch", help="a folder for images and caches (default: the temporary folder)")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def _megabytes(folder: Path, files: int, side: int, seed: int) -> float:
    _draw(folder / "set", files, seed)
    words = ["train", str(folder / "set"), "--epochs", "1", "--image-size", str(side), "--batch-size", "256"]
    env = {**os.environ, "LABELKIT_CACHE_DIR": str(folder / "cache"), "TF_CPP_MIN_LOG_LEVEL": "3"}
    begun = time.perf_counter()
    command = [sys.executable, "-m", "labelkit", *words, "--out", str(folder / "runs"), "--quiet"]
    peak = peak_private(command, env, libraries=False) / 1e6
    print(f"{files:,} files: {peak:,.0f} MB, {time.perf_counter() - begun:.0f} s", flush=True)
    if not (folder / "runs" / "latest").exists():
        raise SystemExit("the training did not end well")
    return peak


def _draw(folder: Path, files: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scene = rng.integers(0, 256, (600, 800), np.uint8)
    for name in ("GO", "NG"):
        (folder / name).mkdir(parents=True)
    for i in range(files):
        top, left = divmod(i, scene.shape[1] - _WIDTH)
        cut = scene[top : top + _HEIGHT, left : left + _WIDTH]
        out = BytesIO()
        Image.fromarray(cut // (1 + i % 2)).save(out, "PNG", compress_level=1)
        (folder / ("GO", "NG")[i % 2] / f"{i:06}.png").write_bytes(out.getvalue())


if __name__ == "__main__":
    sys.exit(main())
