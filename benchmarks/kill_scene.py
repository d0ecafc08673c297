"""The images that are sorted while processes die, and what is left of them: partial, lost, twice, all there."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

LABELS = ("GO", "NG")
SMALLEST, LARGEST = 20_000, 300_000
"""Bytes of one image."""
MODIFIED = 1_700_000_000
"""mtime of the first image, in seconds since the epoch; the others follow by one second each."""


class Layout(StrEnum):
    """How the source is arranged."""

    STATIONS = "stations"
    """`A1/0007_GO.png`: the label is in the name; two different images of one name, size and time in A1 and A2."""
    CLASSES = "classes"
    """`GO/0007_GO.png`: one folder a class and nothing below, so no two images have one name."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left after a run, killed or not.

    Attributes:
        partial: files under final names whose bytes are no image of the source: cut short, or empty.
        lost: images whose bytes are complete nowhere any more.
        absent: images that stand under no final name.
        twice: final names beyond the first of one image.
        tree: relative path to SHA-256 of all files, in source and target, but the sorter's own records.

    """

    partial: int
    lost: int
    absent: int
    twice: int
    tree: dict[str, str]


def draw(folder: Path, layout: Layout, *, count: int, seed: int) -> None:
    """Draw `count` images of random bytes; the last two are the twins: equal in size and time, not in bytes."""
    rng = random.Random(seed)  # noqa: S311 - a reproducible draw, no secret
    for i in range(count):
        twin = i >= count - 2
        size = LARGEST // 2 if twin else rng.randint(SMALLEST, LARGEST)
        path = folder / _path(layout, i, count, twin=twin)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rng.randbytes(size))
        os.utime(path, (MODIFIED, MODIFIED) if twin else (MODIFIED + i, MODIFIED + i))


def _path(layout: Layout, i: int, count: int, *, twin: bool) -> str:
    if twin and layout is Layout.STATIONS:
        return f"A{i % 2 + 1}/{count:04}_{LABELS[0]}.png"
    label = LABELS[0] if twin else LABELS[i // 2 % 2]
    return f"A{i % 2 + 1}/{i:04}_{label}.png" if layout is Layout.STATIONS else f"{label}/{i:04}_{label}.png"


def fresh(master: Path, source: Path) -> None:
    """Put a new copy of the drawn images where they are sorted from."""
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(master, source)


def hashes(folder: Path) -> dict[str, str]:
    """Relative path to SHA-256 of every file below a folder, but labelkit's ledger and lock."""
    found = {}
    for top, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            if not name.startswith(("labelkit.db", "labelkit.lock")):
                path = Path(top, name)
                found[path.relative_to(folder).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def look(source: Path, target: Path, images: Counter[str]) -> Left:
    """Count what is left.

    Args:
        source: the folder that is sorted from.
        target: the folder that is sorted to; need not be there.
        images: SHA-256 of every image of the source as it was drawn.

    """
    before, after = hashes(source), hashes(target)
    final = [digest for path, digest in after.items() if path.endswith(".png")]
    placed = Counter(digest for digest in final if digest in images)
    anywhere = {*before.values(), *after.values()}
    return Left(
        partial=sum(digest not in images for digest in final),
        lost=sum(digest not in anywhere for digest in images),
        absent=sum(digest not in placed for digest in images),
        twice=sum((placed - images).values()),
        tree={f"source/{path}": d for path, d in before.items()} | {f"target/{path}": d for path, d in after.items()},
    )
