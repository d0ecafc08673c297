"""One writer at a time in one base_dir: by the system's own lock, which goes with its holder; else by a lease.

A lock of the system needs no cleaning up, however its holder dies. On a network share it may not be seen by the other
machines, or not be had at all: there the file labelkit.lock, made in one step that only one can do, takes its place.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from labelkit.domain.errors import StorageError
from labelkit.domain.names import shown
from labelkit.domain.placing import LOCK_NAME
from labelkit.storage import lease, system
from labelkit.storage.faults import said
from labelkit.storage.file_systems import file_system_of, has_no_locks, is_remote
from labelkit.storage.holder import holder_in, is_gone, this_process

_BUSY = frozenset([errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK])

_TRIES, _PAUSE_S = 500, 0.01
"""How often, and after which pauses in seconds, a lock is asked for whose holder was killed: its copiers end too, after
the file that they are at."""

_NOTE_BYTES = 4096

_HELD: dict[tuple[int, int], int] = {}
"""The folders that this process holds, by device and inode: the descriptors that hold them."""

Say = Callable[[str], None]
"""Is told, in one line, what a person should know."""


def _say_nothing(_: str) -> None:
    """For those who do not ask."""


@contextlib.contextmanager
def exclusive(base_dir: Path | str, *, run_id: str = "", say: Say = _say_nothing) -> Iterator[None]:
    """Hold a base_dir alone until the block ends.

    A note in it tells who does. Beside a lock of the system the note means nothing: one left behind by a kill is
    written over. Where locks cannot be relied on it is the lease itself (see `lease`).

    Args:
        base_dir: an existing folder.
        run_id: told to those who come meanwhile.
        say: is told when a lease takes the place of a lock, and when it is taken over from a process that has died.

    Raises:
        StorageError: another process holds it (the message says which, where, since when), or it cannot be locked.

    """
    folder = os.fspath(base_dir)
    kind = file_system_of(folder)
    descriptor = None if is_remote(kind) else _lock(folder)
    if descriptor is not None:
        way = _locked(folder, descriptor, run_id)
    else:
        where = f"is on a network share ({kind})" if is_remote(kind) else "is on a file system without locks"
        say(f"{shown(folder)} {where}: its locks cannot be relied on; {LOCK_NAME} guards it instead")
        way = _leased(folder, run_id, say)
    with way:
        yield


def lent(base_dir: str) -> int | None:
    """The descriptor that holds a folder for this process; a child that is given it holds the folder too.

    None where locks are not for children to hold, and where a lease takes their place.
    """
    return _HELD.get(_identity(base_dir)) if system.here().lends_locks else None


@contextlib.contextmanager
def _leased(folder: str, run_id: str, say: Say) -> Iterator[None]:
    mine = this_process(run_id, lease=secrets.token_hex(8))
    try:
        try:
            for gone in lease.take(folder, mine):
                say(f"{LOCK_NAME} was left by {gone}, which has ended; it was taken over")
        except lease.HeldError as e:
            raise _refusal(folder, f"{e}{_since(folder)}", leased=True) from e
        except OSError as e:
            raise _unlockable(folder, e) from e
        yield
    finally:
        with contextlib.suppress(OSError):  # then it is left, and the next one here sees that this process has ended
            lease.give_back(folder, mine)


@contextlib.contextmanager
def _locked(folder: str, descriptor: int, run_id: str) -> Iterator[None]:
    path = os.path.join(folder, LOCK_NAME)
    note_is_locked = not stat.S_ISDIR(os.fstat(descriptor).st_mode)
    try:
        _refuse_lease(folder)
        _tell(folder, this_process(run_id).note(), anew=not note_is_locked)
        lease.sweep(folder)
        where = _identity(folder)
        _HELD[where] = descriptor
        try:
            yield
        finally:
            del _HELD[where]
            if note_is_locked:  # it must stay: others may have it open
                _tell(folder, lease.NOBODY, anew=False)
            else:
                with contextlib.suppress(OSError):
                    os.unlink(path)
    finally:
        os.close(descriptor)


def _identity(folder: str) -> tuple[int, int]:
    status = os.stat(folder)
    return status.st_dev, status.st_ino


def _lock(folder: str) -> int | None:
    """The descriptor that holds the system's lock: of the folder where folders can be locked, else of the note.

    None where the file system has no locks.
    """
    tries = _TRIES
    while True:
        try:
            return _lock_now(folder)
        except OSError as e:
            if has_no_locks(e):
                return None
            if e.errno not in _BUSY:
                raise _unlockable(folder, e) from e
            tries -= 1
            if tries == 0 or not _was_killed(folder):
                raise _refusal(folder, f"{_who(folder)}{_since(folder)}") from e
        time.sleep(_PAUSE_S)


def _lock_now(folder: str) -> int:
    if system.here().locks_folders:
        try:
            return _open_locked(folder, os.O_RDONLY)
        except OSError as e:
            if e.errno in _BUSY or has_no_locks(e):
                raise
    return _open_locked(os.path.join(folder, LOCK_NAME), system.flags("O_RDWR", "O_CREAT", "O_NOFOLLOW"))


def _was_killed(folder: str) -> bool:
    """Whether the process that the note in a held folder tells of has ended: its copiers hold it for a moment more."""
    try:
        with open(os.path.join(folder, LOCK_NAME), "rb") as f:
            holder = holder_in(f.read(_NOTE_BYTES))
    except OSError:
        return False
    return holder is not None and is_gone(holder)


def _open_locked(path: str, flags: int) -> int:
    descriptor = os.open(path, flags, 0o666)
    try:
        system.here().lock(descriptor)
    except BaseException as e:  # an interrupt too must not leave it open; raised on
        if flags & os.O_CREAT and isinstance(e, OSError) and has_no_locks(e) and os.fstat(descriptor).st_size == 0:
            os.write(descriptor, lease.NOBODY)  # made just now: a lease may take its name
        os.close(descriptor)
        raise
    return descriptor


def _refuse_lease(folder: str) -> None:
    """The same folder may be a share for another machine, which then knows of no lock but its lease."""
    holder = lease.holder_of(folder)
    if holder is not None and not is_gone(holder):
        raise _refusal(folder, f"{holder}{_since(folder)}", leased=True)


def _tell(folder: str, text: bytes, *, anew: bool) -> None:
    """Write into the note; only for the message, so that a disk too full for it is no obstacle."""
    path = os.path.join(folder, LOCK_NAME)
    try:
        if anew:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        once = "O_EXCL" if anew else "O_TRUNC"
        descriptor = os.open(path, system.flags("O_WRONLY", "O_CREAT", "O_NOFOLLOW", once), 0o666)
        with os.fdopen(descriptor, "wb") as f:
            f.write(text)
    except FileExistsError:
        _refuse_lease(folder)  # taken in this very moment
    except OSError:
        return


def _refusal(folder: str, who: str, *, leased: bool = False) -> StorageError:
    path = os.path.join(folder, LOCK_NAME)
    by_hand = f"if nothing runs there any more, remove the file {shown(path)}; " if leased else ""
    return StorageError(
        f"another labelkit is at work here ({who})",
        place=folder,
        remedy=f"wait until it has ended; {by_hand}then run the same command again",
    )


def _unlockable(folder: str, error: OSError) -> StorageError:
    return StorageError(
        f"cannot lock the folder: {said(error)}", place=folder, remedy="use a base_dir that you may write into"
    )


def _who(folder: str) -> str:
    """Who holds the lock, in the first line of the note."""
    try:
        with open(os.path.join(folder, LOCK_NAME), "rb") as f:
            return shown(f.readline(200).decode("utf-8", "replace").strip()) or "it does not say which"
    except OSError:
        return "it does not say which"


def _since(folder: str) -> str:
    try:
        when = datetime.fromtimestamp(os.stat(os.path.join(folder, LOCK_NAME)).st_mtime, UTC)
    except OSError:
        return ""
    return f", since {when:%Y-%m-%d %H:%M:%S} UTC"
