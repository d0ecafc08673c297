"""Publish a folder as a whole: written beside, made durable, renamed; a reader sees all of it or nothing."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labelkit.storage.durability import sync_file, sync_folder

_NAME_BYTES = 256
"""A pointer holds one file name; a larger file is none."""


@contextmanager
def published_folder(parent: Path, name: str) -> Iterator[Path]:
    """Gives a temporary folder to write into; afterwards it is `parent/name`. On an error nothing is left.

    Raises:
        OSError: no space, no right, or `parent/name` is there already.

    """
    parent.mkdir(parents=True, exist_ok=True)
    part = _part(parent)
    part.mkdir()
    try:
        yield part
        for file in sorted(part.iterdir()):
            _sync(file)
        _sync(part)
        os.rename(part, parent / name)
    except BaseException:  # an interrupt too leaves no half folder; raised on
        shutil.rmtree(part, ignore_errors=True)
        raise
    _sync(parent)


def point_to(parent: Path, pointer: str, name: str) -> None:
    """Make `parent/pointer` stand for `parent/name` in one step: a relative link, or a text file where links cannot be.

    Raises:
        OSError: the pointer cannot be written.

    """
    part = _part(parent)
    try:
        os.symlink(name, part, target_is_directory=True)
    except (OSError, NotImplementedError):  # no right to link (Windows), or no links (FAT, some shares)
        part.write_text(f"{name}\n", encoding="utf-8")
        _sync(part)
    os.replace(part, parent / pointer)
    _sync(parent)


def resolve_pointer(path: Path) -> Path:
    """The folder that a pointer stands for; any other path unchanged."""
    if path.is_file() and not path.is_symlink() and path.stat().st_size <= _NAME_BYTES:
        name = path.read_text(encoding="utf-8", errors="replace").strip()
        if name and "/" not in name and "\\" not in name:
            return path.parent / name
    return path


def stands_for(path: Path) -> Path:
    """The same as a pointer that is a link; it stays relative to what the pointer is relative to."""
    found = resolve_pointer(path)
    if not found.is_symlink():
        return found
    return Path(os.path.normpath(found.parent / found.readlink()))


def _part(parent: Path) -> Path:
    return parent / f".labelkit-{secrets.token_hex(8)}.part"


def _sync(path: Path) -> None:
    if path.is_dir():
        sync_folder(None, str(path))
    else:
        sync_file(None, str(path))
