"""How good is `small` on Fashion-MNIST? Trained on its 60,000 pictures, judged on its 10,000 others.

    python benchmarks/fashion.py [--epochs 16] [--seed 0] [--results benchmarks/fashion_results.csv]

Needs the package dataset-fashion-mnist of Debian (28 x 28 grey levels, ten kinds of clothes); its README names 0.876 to
0.925 for nets of two convolutions. The pictures are written as PNG files, sorted by a table and trained on through the
public functions. Exits 1 below 0.91. Prints one line and appends it to the results.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent))

import machine
from results import append

import labelkit

FILES = Path("/usr/share/datasets/fashion-mnist")
NAMES = ("t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
GOAL = 0.91
RECIPE: dict[str, object] = {"network": "small", "image_size": (28, 28), "batch_size": 64, "augment": "flip,shift=2"}
"""A shoe does not stand on its heel: no quarter turns."""


def pictures(part: str) -> tuple[np.ndarray, list[str]]:
    """uint8 (n, 28, 28) and the name of each, of "train" or "t10k"."""
    if not FILES.is_dir():
        sys.exit("apt-get install dataset-fashion-mnist")
    with gzip.open(FILES / f"{part}-images-idx3-ubyte.gz") as f:
        pixels = np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 28, 28)
    with gzip.open(FILES / f"{part}-labels-idx1-ubyte.gz") as f:
        labels = np.frombuffer(f.read(), np.uint8, offset=8)
    return pixels, [NAMES[i] for i in labels.tolist()]


def class_folders(pixels: np.ndarray, labels: list[str], where: Path) -> Path:
    """The pictures as PNG files in class folders, by a table."""
    raw = where / "raw"
    raw.mkdir(parents=True)
    with (where / "table.csv").open("w", encoding="utf-8", newline="") as f:
        rows = csv.writer(f)
        rows.writerow(("file", "label"))
        for i, (picture, label) in enumerate(zip(pixels, labels, strict=True)):
            Image.fromarray(picture).save(raw / f"{i:05}.png")
            rows.writerow((f"{i:05}.png", label))
    labelkit.sort(raw, base_dir=where / "base_dir", metadata=where / "table.csv", label_column="label", mode="symlink")
    return where / "base_dir"


def main() -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--results", type=Path, default=Path(__file__).with_name("fashion_results.csv"))
    asked = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        top = Path(scratch)
        print(machine.told(top), machine.load())
        learn, judge = (class_folders(*pictures(part), top / part) for part in ("train", "t10k"))
        trained = labelkit.train(
            learn, epochs=asked.epochs, seed=asked.seed, validation_split=0.1, out=top / "runs", **RECIPE
        )
        m = labelkit.evaluate(trained.bundle, judge).metrics
    line = {
        "seed": asked.seed,
        "network": RECIPE["network"],
        "epochs": len(trained.history),
        "best_epoch": trained.best_epoch,
        "judged_on": m.images,
        "accuracy": round(m.accuracy, 4),
        "cross_entropy": round(m.cross_entropy, 4),
        "seconds": round(time.perf_counter() - began),
    }
    append(asked.results, line)
    print(line)
    print(f"accuracy {m.accuracy:.4f}, goal {GOAL}: {'held' if m.accuracy >= GOAL else 'MISSED'}")
    return int(m.accuracy < GOAL)


if __name__ == "__main__":
    sys.exit(main())
