"""Write a report over an older one: whoever reads it finds the old one or the new one, whole, whatever happens."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from labelkit.domain.errors import StorageError, UsageError
from labelkit.domain.placing import PART_PREFIX, PART_SUFFIX
from labelkit.storage.durability import sync_folder_if_possible
from labelkit.storage.faults import said


def check_can_replace(path: Path, *, option: str) -> None:
    """Refuse a file that could not be written, before an hour of reading images is spent on it.

    Makes an empty file beside it and takes it away again: nothing less tells rights and read-only disks for sure.

    Args:
        path: the file to be.
        option: the option that named it, for the message.

    Raises:
        UsageError: something else than a file stands there, or there is no folder to write into.
        StorageError: the system refuses a file there.

    """
    target = os.path.realpath(path)
    if os.path.lexists(target) and not os.path.isfile(target):
        raise UsageError(f"{option} names {path}, which is no file", remedy="name a file, there already or not")
    folder = os.path.dirname(target)
    if not os.path.isdir(folder):
        raise UsageError(f"no such folder: {path.parent}", remedy=f"make it, or give {option} another place")
    part = _part_in(folder)
    try:
        with open(part, "xb"):
            pass
        os.unlink(part)
    except OSError as e:
        raise StorageError(f"cannot write {path}: {said(e)}", remedy=f"give {option} another place") from e


def replace_file(path: Path, data: bytes) -> None:
    """Write a file, over what was there, in one step; flushed before it gets its name.

    Where the name is a link, the file that it leads to is replaced. A file that was there keeps its rights.

    Raises:
        StorageError: it could not be written; what was there is untouched, and nothing is left beside it.

    """
    target = os.path.realpath(path)
    part = _part_in(os.path.dirname(target))
    try:
        _fill(part, data, target)
        os.replace(part, target)
    except OSError as e:
        _take_away(part)
        raise StorageError(
            f"cannot write {path}: {said(e)}",
            remedy="what was there before is untouched; make room or choose another place, and run it again",
        ) from e
    except BaseException:  # an interrupt too leaves nothing behind; raised on
        _take_away(part)
        raise
    sync_folder_if_possible(os.path.dirname(target))


def _part_in(folder: str) -> str:
    """A temporary name that no loader reads, and no other run has."""
    return os.path.join(folder, f"{PART_PREFIX}{os.urandom(8).hex()}{PART_SUFFIX}")


def _fill(part: str, data: bytes, target: str) -> None:
    with open(part, "xb") as f:
        if os.path.isfile(target):
            os.chmod(part, stat.S_IMODE(os.stat(target).st_mode))
        f.write(data)
        f.flush()
        os.fsync(f.fileno())


def _take_away(part: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(part)
