"""How good is a model from scratch on real solar cells? ELPV, trained on three quarters, judged on the last.

    python benchmarks/elpv.py [--seed 0] [--split random|blocks] [--results benchmarks/elpv_results.csv]

2,624 cells with the probability that each is defective (package elpv-dataset); NG from 0.5 on, as Deitsch et al. count
them ("Automatic classification of defective photovoltaic module cells in electroluminescence images", Solar Energy
185, 2019), who trained on 75 % and name 82.44 % accuracy for their SVM and 88.42 % for VGG-19 with ImageNet weights.

`random` takes a quarter of the cells of each class; `blocks` whole runs of 50 cells in the order of their numbers, for
neighbours come from the same module. Of the training cells 15 % of each class choose the best epoch. All through the
public functions: `labelkit.sort`, `labelkit.train`, `labelkit.evaluate`. Prints one line and appends it to the results.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent))

import machine
from results import append

import labelkit

DEFECTIVE, BLOCK, HELD = 0.5, 50, 0.25
ALWAYS_GO, SVM, CNN = 0.687, 0.8244, 0.8842
"""Accuracies: of one who says GO of every cell, and of Deitsch et al."""

RECIPE = {
    "network": "residual",
    "image_size": (128, 128),
    "batch_size": 16,
    "epochs": 20,
    "validation_split": 0.15,
    "augment": "flip,turn,shift=4",
    "average_views": True,
}


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the results; shares from 0 to 1, cross-entropies in nats."""

    seed: int
    split: str
    network: str
    image_size: str
    augment: str
    average_views: bool
    epochs: int
    best_epoch: int
    trained_on: int
    judged_on: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    always_go: float
    balanced_accuracy: float
    roc_auc: float
    cross_entropy: float
    prior_cross_entropy: float
    seconds: float


def cells() -> tuple[Path, list[tuple[str, str]]]:
    """The folder of the package's data, and (file, label) of every cell, in the order of their numbers."""
    spec = find_spec("elpv_dataset")
    if spec is None or spec.origin is None:
        sys.exit("pip install elpv-dataset")
    data = Path(spec.origin).parent / "data"
    rows = [line.split() for line in (data / "labels.csv").read_text("utf-8").splitlines() if line.strip()]
    return data, [(file, "NG" if float(probability) >= DEFECTIVE else "GO") for file, probability, _ in sorted(rows)]


def held_out(labels: list[str], split: str, seed: int) -> set[int]:
    """Positions of the cells that are judged."""
    rng = np.random.default_rng(seed)
    if split == "blocks":
        blocks = rng.permutation(-(-len(labels) // BLOCK))
        chosen = set(blocks[: round(HELD * len(blocks))].tolist())
        return {i for i in range(len(labels)) if i // BLOCK in chosen}
    held: set[int] = set()
    for name in sorted(set(labels)):
        own = rng.permutation([i for i, label in enumerate(labels) if label == name])
        held.update(own[: round(HELD * len(own))].tolist())
    return held


def class_folders(data: Path, some: list[tuple[str, str]], where: Path) -> Path:
    """The cells in class folders, as links, by a table and a rule."""
    where.mkdir()
    table = where / "cells.csv"
    with table.open("w", encoding="utf-8", newline="") as f:
        csv.writer(f).writerows([("file", "label"), *some])
    labelkit.sort(
        data, base_dir=where / "base_dir", metadata=table, label_column="label", mode="symlink", allow_missing=True
    )
    return where / "base_dir"


def judged(seed: int, split: str, folder: Path, recipe: dict[str, object]) -> Result:
    """Train and judge once."""
    began = time.perf_counter()
    data, all_cells = cells()
    held = held_out([label for _, label in all_cells], split, seed)
    learn = class_folders(data, [c for i, c in enumerate(all_cells) if i not in held], folder / "learn")
    judge = class_folders(data, [c for i, c in enumerate(all_cells) if i in held], folder / "judge")
    trained = labelkit.train(learn, seed=seed, positive="NG", out=folder / "runs", **recipe)
    found = labelkit.evaluate(trained.bundle, judge)
    m = found.metrics
    return Result(
        seed=seed,
        split=split,
        network=str(recipe["network"]),
        image_size="{}x{}".format(*recipe["image_size"]),
        augment=str(recipe["augment"]),
        average_views=bool(recipe["average_views"]),
        epochs=len(trained.history),
        best_epoch=trained.best_epoch,
        trained_on=sum(trained.samples.values()),
        judged_on=m.images,
        accuracy=round(m.accuracy, 4),
        accuracy_low=round(m.accuracy_interval[0], 4),
        accuracy_high=round(m.accuracy_interval[1], 4),
        always_go=round(found.counts["GO"] / m.images, 4),
        balanced_accuracy=round(m.balanced_accuracy, 4),
        roc_auc=round(m.roc_auc, 4),
        cross_entropy=round(m.cross_entropy, 4),
        prior_cross_entropy=round(m.prior_cross_entropy, 4),
        seconds=round(time.perf_counter() - began),
    )


def main() -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--split", choices=("random", "blocks"), default="random")
    parser.add_argument("--results", type=Path, default=Path(__file__).with_name("elpv_results.csv"))
    for name in ("network", "augment"):
        parser.add_argument(f"--{name}", default=RECIPE[name])
    parser.add_argument("--epochs", type=int, default=RECIPE["epochs"])
    parser.add_argument("--average-views", action=argparse.BooleanOptionalAction, default=RECIPE["average_views"])
    parser.add_argument("--side", type=int, default=RECIPE["image_size"][0])
    asked = parser.parse_args()
    recipe = {**RECIPE, "network": asked.network, "augment": asked.augment, "epochs": asked.epochs}
    recipe |= {"image_size": (asked.side, asked.side), "average_views": asked.average_views}
    with tempfile.TemporaryDirectory() as scratch:
        print(machine.told(Path(scratch)), machine.load())
        result = judged(asked.seed, asked.split, Path(scratch), recipe)
    append(asked.results, asdict(result))
    print(result)
    print(f"beside it: always GO {ALWAYS_GO}, SVM {SVM}, CNN with ImageNet weights {CNN} (Deitsch et al. 2019)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
