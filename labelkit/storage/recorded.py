"""The labeled set as the ledger has it; with `--mode none` nothing was placed and the originals are the set."""

from __future__ import annotations

import hashlib
import os
import posixpath
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from labelkit.domain.decisions import State
from labelkit.domain.names import name_key
from labelkit.domain.placing import LEDGER_NAME
from labelkit.domain.tree import FileEntry, FolderEntry, Tree
from labelkit.storage.ledger import Ledger
from labelkit.storage.sqlite_ledger import open_ledger


@dataclass(frozen=True, slots=True)
class RecordedImage:
    """One labeled image.

    Attributes:
        path: `label/name`, unique in the set: where it stands, or would stand once placed.
        label: its class.
        where: POSIX path of its bytes relative to base_dir: its place there, or its original as `../raw/a.png`.
        placed: whether it stands in base_dir.
        source: POSIX path below the folder that it was sorted from.
        rows: values of the metadata rows that spoke of it.

    """

    path: str
    label: str
    where: str
    placed: bool
    source: str = ""
    rows: tuple[Mapping[str, str], ...] = ()


def recorded_classes(base_dir: os.PathLike[str] | str) -> tuple[str, ...]:
    """The ordered class names that sort recorded; empty without a ledger, or when none were declared.

    Raises:
        LedgerError: a ledger that is damaged or of another version.

    """
    with _reading(base_dir) as ledger:
        return ledger.classes() if ledger else ()


def recorded_images(base_dir: os.PathLike[str] | str) -> tuple[RecordedImage, ...] | None:
    """Every labeled image of a ledger, sorted by path; None without a ledger.

    Raises:
        LedgerError: a ledger that is damaged or of another version.

    """
    with _reading(base_dir) as ledger:
        return tuple(sorted(_images(ledger, os.path.abspath(base_dir)), key=lambda i: i.path)) if ledger else None


def originals(base_dir: os.PathLike[str] | str) -> tuple[RecordedImage, ...] | None:
    """The labeled images where sort recorded decisions and placed nothing; else None.

    Raises:
        LedgerError: a ledger that is damaged or of another version.

    """
    with _reading(base_dir) as ledger:
        if ledger is None or ledger.placements():
            return None
    return recorded_images(base_dir) or None


def as_placed(base_dir: os.PathLike[str] | str, images: tuple[RecordedImage, ...]) -> Tree:
    """The tree of class folders that these images would stand in."""
    folders = tuple(FolderEntry(label) for label in sorted({i.label for i in images}))
    return Tree(os.path.abspath(base_dir), folders, tuple(FileEntry(i.path, 0) for i in images))


@contextmanager
def _reading(base_dir: os.PathLike[str] | str) -> Iterator[Ledger | None]:
    folder = os.path.abspath(base_dir)
    if not os.path.isfile(os.path.join(folder, LEDGER_NAME)):
        yield None
        return
    ledger = open_ledger(Path(folder), create=False, read_only=True)
    try:
        yield ledger
    finally:
        ledger.close()


def _images(ledger: Ledger, folder: str) -> Iterator[RecordedImage]:
    placements = ledger.placements()
    used = {name_key(p.target) for p in placements.values()}
    decisions = sorted(ledger.decisions().items(), key=lambda item: (item[0].root, item[0].path))
    for key, decision in decisions:
        if decision.state is not State.LABELED or decision.label is None:
            continue
        if key in placements:
            target = placements[key].target
            label = target.partition("/")[0]
            yield RecordedImage(target, label, target, placed=True, source=key.path, rows=decision.rows)
            continue
        path = _unique(decision.label, key.path, used)
        where = os.path.relpath(os.path.join(key.root, key.path), folder).replace(os.sep, "/")
        yield RecordedImage(path, decision.label, where, placed=False, source=key.path, rows=decision.rows)


def _unique(label: str, path: str, used: set[str]) -> str:
    """`label/name`; where that is taken, with a digest of the image's path in the name."""
    wanted = f"{label}/{posixpath.basename(path)}"
    if name_key(wanted) in used:
        stem, suffix = posixpath.splitext(wanted)
        digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:8]
        wanted = f"{stem}-{digest}{suffix}"
    used.add(name_key(wanted))
    return wanted
