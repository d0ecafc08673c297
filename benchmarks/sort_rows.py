"""Decide and plan many images from a table: the whole of `labelkit.sort(..., dry_run=True)` but the walk.

    python benchmarks/sort_rows.py 1000000 expression FOLDER
    python benchmarks/sort_rows.py 1000000 function FOLDER

The table is a CSV of file, lot, station and score, drawn once into FOLDER; the images are a made-up tree, so that
nothing is measured but reading the table, matching, voting, settling and planning. Prints one JSON object: seconds, of
them CPU, and the peak of memory of this process in bytes. `benchmarks/sort.py` runs it, each time in a process of its
own.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from pathlib import Path
from typing import TypedDict
from unittest import mock

import labelkit
from labelkit.domain.tree import FileEntry, Tree
from labelkit.flows import sort_scene

RULES = Path(__file__).resolve().parents[1] / "rules" / "threshold.py"
EXPRESSION = "score >= 80 -> GO"
MODIFIED = 1_700_000_000_000_000_000
"""mtime of the first image, in nanoseconds since the epoch."""
SIZE = 50_000
"""Bytes that each image is said to have."""


class Measured(TypedDict):
    """What this script prints."""

    seconds: float
    cpu: float
    peak_bytes: int


def path_of(i: int) -> str:
    """The path of image `i` below its source: a thousand in a folder."""
    return f"{i // 1000:04}/{i:07}.png"


def draw(table: Path, rows: int, *, seed: int) -> None:
    """Write the table."""
    rng = random.Random(seed)  # noqa: S311 - a reproducible draw, no secret
    with table.open("w", encoding="utf-8") as f:
        f.write("file,lot,station,score\n")
        f.writelines(f"{path_of(i)},L{i % 7},A{i % 3},{rng.uniform(0, 100):.2f}\n" for i in range(rows))


def made_up(root: Path, rows: int) -> Tree:
    """A tree of images that are nowhere on the disk."""
    entries = (FileEntry(path_of(i), SIZE, MODIFIED + i, MODIFIED + i, i + 1, 1) for i in range(rows))
    return Tree(str(root), (), tuple(entries), ())


def measure(rows: int, kind: str, folder: Path) -> Measured:
    """Sort without placing.

    Args:
        rows: of the table, each with its image.
        kind: `expression`, or `function` for a rule written in Python.
        folder: of the table, drawn when it is not there.

    """
    table, raw = folder / f"rows-{rows}.csv", folder / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    if not table.exists():
        draw(table, rows, seed=0)
    tree = made_up(raw, rows)
    with mock.patch.object(sort_scene, "walk", return_value=tree):
        began, busy = time.perf_counter(), time.process_time()
        result = labelkit.sort(
            raw,
            base_dir=folder / "none",
            metadata=table,
            rules=RULES if kind == "function" else (),
            rule=() if kind == "function" else EXPRESSION,
            on_abstain="hold" if kind == "function" else "label:NG",
            mode="symlink",
            dry_run=True,
        )
        seconds, cpu = time.perf_counter() - began, time.process_time() - busy
    if result.planned != rows:
        raise SystemExit(f"{result.planned:,} of {rows:,} images were planned")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Measured(seconds=seconds, cpu=cpu, peak_bytes=peak)


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))))
