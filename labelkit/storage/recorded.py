"""The labeled set as the ledger has it: for base folders where `--mode none` placed nothing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from labelkit.domain.decisions import State
from labelkit.domain.names import name_key
from labelkit.domain.placing import LEDGER_NAME
from labelkit.storage.sqlite_ledger import open_ledger


@dataclass(frozen=True, slots=True)
class RecordedImage:
    """One labeled image.

    Attributes:
        path: POSIX path that stands for it: its label, then its path below its source; unique in a set.
        label: its class.
        where: absolute path of its bytes: in base_dir when it was placed, else the original.

    """

    path: str
    label: str
    where: str


@dataclass(frozen=True, slots=True)
class RecordedSet:
    """What a ledger says about a labeled set.

    Attributes:
        classes: the ordered class names that were recorded; empty when none were.
        images: every labeled image, sorted by path.
        placed: whether any image stands in a class folder; if none does, the originals are the set.

    """

    classes: tuple[str, ...]
    images: tuple[RecordedImage, ...]
    placed: bool


def recorded_set(base_dir: os.PathLike[str] | str) -> RecordedSet | None:
    """Read the labeled set of a ledger; None when there is no ledger.

    Raises:
        LedgerError: a ledger that is damaged or of another version.

    """
    folder = os.path.abspath(base_dir)
    if not os.path.isfile(os.path.join(folder, LEDGER_NAME)):
        return None
    ledger = open_ledger(Path(folder), create=False, read_only=True)
    try:
        placements, classes = ledger.placements(), ledger.classes()
        decisions = ledger.decisions()
    finally:
        ledger.close()
    labeled = sorted(
        (d for d in decisions.values() if d.state is State.LABELED and d.label is not None),
        key=lambda d: (d.label or "", d.image.path, d.image.root),
    )
    images = []
    used: set[str] = set()
    for d in labeled:
        p = placements.get(d.image)
        where = os.path.join(folder, p.target) if p else os.path.join(d.image.root, d.image.path)
        images.append(RecordedImage(_unique(f"{d.label}/{d.image.path}", used), d.label or "", where))
    return RecordedSet(classes, tuple(images), bool(placements))


def _unique(path: str, used: set[str]) -> str:
    """The path, or one with a number before it when two sources hold the same path."""
    label, _, rest = path.partition("/")
    candidate, n = path, 2
    while name_key(candidate) in used:
        candidate, n = f"{label}/{n}/{rest}", n + 1
    used.add(name_key(candidate))
    return candidate
