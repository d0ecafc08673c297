"""One writer at a time in one base_dir; the system itself lets go when the holder dies, however it dies."""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import socket
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from labelkit.domain.errors import StorageError
from labelkit.domain.placing import LOCK_NAME
from labelkit.storage.faults import said

_BUSY = frozenset([errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK])
_FAR = 1 << 30
"""The byte that Windows locks: far behind the note, which others must be able to read."""

Locker = Callable[[int], None]
"""Locks an open file or folder for as long as it is open, at once; raises OSError, with EWOULDBLOCK when it is held."""


@contextlib.contextmanager
def exclusive(base_dir: Path | str) -> Iterator[None]:
    """Hold a base_dir alone until the block ends.

    A note in it tells who does. It is not the lock: one left behind by a kill means nothing. (Where folders cannot be
    locked it is what the system's lock is put on, and still means nothing.)

    Args:
        base_dir: an existing folder.

    Raises:
        StorageError: another process holds it (the message says which, where, since when), or it cannot be locked.

    """
    folder = os.fspath(base_dir)
    note = os.path.join(folder, LOCK_NAME)
    descriptor = _held(folder, note)
    try:
        _write_note(note)
        yield
    finally:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):  # a note that is the lock must stay: others may have it open
            with contextlib.suppress(OSError):
                os.unlink(note)
        os.close(descriptor)


def _held(folder: str, note: str) -> int:
    """The descriptor that holds the lock: of the folder itself where folders can be locked, else of the note."""
    locker = folder_locker()
    try:
        if locker is not None:
            try:
                return _locked(folder, os.O_RDONLY, locker)
            except OSError as e:
                if e.errno in _BUSY:
                    raise
        return _locked(note, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), file_locker())
    except OSError as e:
        if e.errno in _BUSY:
            raise StorageError(
                f"another labelkit is at work here ({_holder(note)})",
                place=folder,
                remedy="wait until it has ended, then run the same command again",
            ) from e
        raise StorageError(
            f"cannot lock the folder: {said(e)}", place=folder, remedy="use a base_dir that you may write into"
        ) from e


def _locked(path: str, flags: int, locker: Locker) -> int:
    descriptor = os.open(path, flags | getattr(os, "O_CLOEXEC", 0), 0o666)
    try:
        locker(descriptor)
    except BaseException:  # an interrupt too must not leave it open; raised on
        os.close(descriptor)
        raise
    return descriptor


def folder_locker() -> Locker | None:
    """flock, which locks folders as well as files; None where the system has none (Windows)."""
    try:
        fcntl = importlib.import_module("fcntl")
    except ImportError:
        return None

    def flock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    return flock


def file_locker() -> Locker:
    """What locks a file: flock again (NFS refuses it for folders only), else Windows' lock of one byte."""
    flock = folder_locker()
    if flock is not None:
        return flock
    msvcrt = importlib.import_module("msvcrt")

    def lock_byte(descriptor: int) -> None:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    return lock_byte


def _write_note(note: str) -> None:
    """Tell who holds the lock; only for the message, so that a disk too full for it is no obstacle."""
    with contextlib.suppress(OSError):
        descriptor = os.open(note, os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        with os.fdopen(descriptor, "wb") as f:
            f.truncate(0)
            f.write(f"process {os.getpid()} on {socket.gethostname()}".encode("utf-8", "replace"))


def _holder(note: str) -> str:
    """Who holds the lock and since when, as far as the note tells."""
    try:
        with open(note, "rb") as f:
            who = f.read(200).decode("utf-8", "replace")
            since = datetime.fromtimestamp(os.fstat(f.fileno()).st_mtime, UTC)
    except OSError:
        return "it does not say which"
    return f"{who or 'it does not say which'}, since {since:%Y-%m-%d %H:%M:%S} UTC"
