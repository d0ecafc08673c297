"""Linux that has only what another system has, and refuses what that one refuses."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

from labelkit.storage import system

Patch = Callable[[object, str, object], None]
"""`setattr`, or what undoes it at the end of a test."""

Call = Callable[..., int]

F_FULLFSYNC = 51
RENAME_EXCL, MACOS_HERE = 4, -2


class PrivilegeError(OSError):
    """What Windows raises where the right to make symbolic links is missing."""

    winerror = 1314

    def __init__(self) -> None:
        super().__init__(errno.EINVAL, "A required privilege is not held by the client")


def as_posix(patch: Patch) -> None:
    """Nothing but what every POSIX system has."""
    only = system.posix()
    patch(system, "here", lambda: only)


def as_macos(patch: Patch) -> list[int]:
    """Its rename that never replaces and its flush of the drive; the sizes of what was flushed."""
    flushed: list[int] = []
    real_call, real_fcntl, real_fsync = system._of_the_c_library, fcntl.fcntl, os.fsync

    def of_the_c_library(name: str, *takes: system._Takes) -> Call | None:
        assert name == "renameatx_np"
        call = real_call("renameat2", *takes)
        assert call is not None

        def renameatx_np(here: int, old: bytes, there: int, new: bytes, flags: int) -> int:
            assert flags == RENAME_EXCL
            return call(*(-100 if x == MACOS_HERE else x for x in (here, old, there, new)), 1)

        return renameatx_np

    def fcntl_call(descriptor: int, command: int, argument: int = 0) -> int:
        if command != F_FULLFSYNC:
            return real_fcntl(descriptor, command, argument)
        flushed.append(os.fstat(descriptor).st_size)
        real_fsync(descriptor)
        return 0

    patch(system, "_of_the_c_library", of_the_c_library)
    patch(fcntl, "F_FULLFSYNC", F_FULLFSYNC)
    patch(fcntl, "fcntl", fcntl_call)
    only = system.macos()
    patch(system, "here", lambda: only)
    return flushed


def as_windows(patch: Patch) -> None:
    """Whole paths only; folders cannot be opened; a file that is open here can be neither removed nor renamed."""
    patch(sys, "modules", sys.modules | {"msvcrt": SimpleNamespace(locking=_locking, LK_NBLCK=2)})
    for name in ("open", "stat", "unlink", "mkdir", "rmdir", "readlink"):
        patch(os, name, _by_path_only(getattr(os, name)))
    for name in ("unlink", "rename", "replace"):
        patch(os, name, _not_while_open(getattr(os, name)))
    patch(os, "open", _no_folders(os.open))
    patch(os, "rename", _not_over_another(os.rename))
    patch(os, "fchmod", _missing)
    only = replace(system.windows(), longest_path=None)
    patch(system, "here", lambda: only)


def without_right_to_link(patch: Patch) -> None:
    """Symbolic links are for administrators, and for those who switched on the developer mode."""

    def symlink(*_: object, **__: object) -> None:
        raise PrivilegeError

    patch(os, "symlink", symlink)


def _locking(descriptor: int, how: int, count: int) -> None:
    assert (how, count, os.lseek(descriptor, 0, os.SEEK_CUR)) == (2, 1, 1 << 30)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _missing(*_: object) -> None:
    raise AttributeError


def _by_path_only(call: Callable[..., object]) -> Callable[..., object]:
    def called(*words: object, dir_fd: int | None = None, **more: object) -> object:
        if dir_fd is not None:
            raise NotImplementedError("dir_fd unavailable on this platform")
        return call(*words, **more)

    return called


def _not_while_open(call: Callable[..., object]) -> Callable[..., object]:
    def called(path: str, *words: object, **more: object) -> object:
        with contextlib.suppress(FileNotFoundError):
            found = os.lstat(path)
            if stat.S_ISREG(found.st_mode) and (found.st_dev, found.st_ino) in _open_here():
                raise PermissionError(errno.EACCES, "The process cannot access the file: it is being used", path)
        return call(path, *words, **more)

    return called


def _not_over_another(call: Callable[..., object]) -> Callable[..., object]:
    def called(old: str, new: str, **more: object) -> object:
        assert set(more.values()) <= {None}
        if os.path.lexists(new):
            raise FileExistsError(errno.EEXIST, "Cannot create a file when that file already exists", new)
        return call(old, new)

    return called


def _no_folders(call: Callable[..., object]) -> Callable[..., object]:
    def called(path: str, *words: object, **more: object) -> object:
        if Path(path).is_dir():
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return call(path, *words, **more)

    return called


def _open_here() -> set[tuple[int, int]]:
    found = set()
    for name in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            status = os.fstat(int(name.name))
            found.add((status.st_dev, status.st_ino))
    return found
