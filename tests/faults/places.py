"""Two file systems for a while: in memory where this process may mount them, seen by it alone and gone with it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

_NEW_NAMESPACE = 0x20000
_RECURSIVE, _PRIVATE, _REMOUNT, _BIND = 0x4000, 1 << 18, 0x20, 0x1000
READ_ONLY = 1
_LAZY = 2
"""Of <sched.h> and <sys/mount.h>."""


class CannotMountError(Exception):
    """Why this process cannot mount what a test needs."""


def be_alone() -> None:
    """From now on, what this process mounts is seen by it and its children only, and goes with the last of them.

    Raises:
        CannotMountError: the system does not let it.

    """
    try:
        _call("unshare", _NEW_NAMESPACE)
        mount("none", Path("/"), "", _RECURSIVE | _PRIVATE)
    except OSError as e:
        raise CannotMountError(f"this process may not mount anything: {e.strerror}") from e


def mount(what: Path | str, where: Path, kind: str, flags: int = 0, options: str = "") -> None:
    """Mount a file system.

    Raises:
        OSError: it cannot be.

    """
    words = [os.fsencode(w) for w in (what, where, kind, options)]
    _call("mount", words[0], words[1], words[2], ctypes.c_ulong(flags), words[3])


def unmount(where: Path) -> None:
    """Unmount it, at once or as soon as nothing uses it any more."""
    with contextlib.suppress(OSError):
        _call("umount2", os.fsencode(where), _LAZY)


def sync(folder: Path) -> None:
    """Make everything on the file system of a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _call("syncfs", descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def in_memory(where: Path, options: str = "size=512m") -> Iterator[Path]:
    """A file system in memory, until the block ends.

    Raises:
        OSError: it cannot be mounted.

    """
    where.mkdir(parents=True, exist_ok=True)
    mount("tmpfs", where, "tmpfs", 0, options)
    try:
        yield where
    finally:
        unmount(where)


@contextlib.contextmanager
def second_name(folder: Path, where: Path, *, read_only: bool = False) -> Iterator[Path]:
    """The same folder under another name, as a mount of its own: no rename and no hard link leads there."""
    where.mkdir(parents=True, exist_ok=True)
    mount(folder, where, "", _BIND)
    try:
        if read_only:
            mount("none", where, "", _REMOUNT | _BIND | READ_ONLY)
        yield where
    finally:
        unmount(where)


@contextlib.contextmanager
def two_file_systems(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Two folders on two file systems.

    Raises:
        CannotMountError: there are none on this machine.

    """
    with contextlib.ExitStack() as held:
        try:
            be_alone()
            yield held.enter_context(in_memory(folder / "one")), held.enter_context(in_memory(folder / "two"))
        except CannotMountError as e:
            yield held.enter_context(_shared_memory(str(e))), _another(folder, str(e))


@contextlib.contextmanager
def _shared_memory(why: str) -> Iterator[Path]:
    shared = Path("/dev/shm")  # noqa: S108 - a fresh folder is made in it
    if not os.access(shared, os.W_OK):
        raise CannotMountError(f"{why}, and there is no shared memory")
    with tempfile.TemporaryDirectory(dir=shared) as made:
        yield Path(made)


def _another(folder: Path, why: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if folder.stat().st_dev == Path("/dev/shm").stat().st_dev:  # noqa: S108 - only looked at
        raise CannotMountError(f"{why}, and {folder} is on the file system of the shared memory")
    return folder


def _call(name: str, *words: object) -> None:
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*words) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
