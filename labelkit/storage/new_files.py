"""Write a set of new files: all of them or none, and never over anything."""

from __future__ import annotations

import os
from collections.abc import Mapping

from labelkit.domain.errors import StorageError, UsageError


def write_new(folder: str, files: Mapping[str, bytes], *, remedy: str) -> None:
    """Write files that are not there yet.

    Args:
        folder: an existing folder.
        files: POSIX path below the folder to content.
        remedy: what to do when one is there already.

    Raises:
        UsageError: one of them is there already; nothing was written.
        StorageError: the system refused; what had been written was taken away again.

    """
    there = [name for name in files if os.path.lexists(os.path.join(folder, name))]
    if there:
        verb = "is" if len(there) == 1 else "are"
        raise UsageError(f"{', '.join(there[:5])} {verb} there already; nothing was written", remedy=remedy)
    made: list[str] = []
    try:
        for name, content in files.items():
            _write_one(folder, name, content, made)
    except OSError as e:
        _take_away(made)
        raise StorageError(f"cannot write {e.filename}: {e.strerror}", remedy="nothing was left behind") from e
    except BaseException:  # an interrupt too leaves nothing behind; raised on
        _take_away(made)
        raise


def _write_one(folder: str, name: str, content: bytes, made: list[str]) -> None:
    above = folder
    for part in name.split("/")[:-1]:
        above = os.path.join(above, part)
        if not os.path.isdir(above):
            os.mkdir(above)
            made.append(above)
    path = os.path.join(folder, name)
    with open(path, "xb") as f:
        made.append(path)
        f.write(content)


def _take_away(made: list[str]) -> None:
    """Undo, newest first; only what this call made, and folders only while they are empty."""
    for path in reversed(made):
        try:
            os.rmdir(path) if os.path.isdir(path) else os.unlink(path)
        except OSError:
            continue
