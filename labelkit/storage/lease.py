"""A file that is there or is not: what keeps two writers apart where a file system's locks cannot be relied on.

The file's name is given to a finished note in one step that fails when the name is taken (a hard link; where there are
none, O_EXCL), as NFS' own manuals have it: open(2), "O_EXCL". The system does not take it away when its holder dies.
A lease is taken over only from a process of this very machine that has ended for certain, and never in silence.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from hashlib import blake2b

from labelkit.domain.placing import LOCK_NAME
from labelkit.storage import system
from labelkit.storage.faults import UNSUPPORTED
from labelkit.storage.holder import Holder, holder_in, is_gone, this_process

_BESIDE = f"{LOCK_NAME}-"
"""How the names of all that is there for a moment begin."""

_NOTE_BYTES = 4096
_NEW = system.flags("O_WRONLY", "O_CREAT", "O_EXCL", "O_NOFOLLOW")
_TRIES = 5


NOBODY = b"nobody is at work here\n"
"""What the file holds where it stays although nobody is (it is what a lock of the system is put on)."""


class HeldError(Exception):
    """Somebody has the lease; its text says who, as far as the file tells."""


def take(folder: str, mine: Holder) -> list[Holder]:
    """Take the lease of a folder.

    Args:
        folder: an existing folder that may be written.
        mine: this process, its `lease` a name that no other has.

    Returns:
        the holders, gone for certain, from whom it was taken over.

    Raises:
        HeldError: somebody has it, or may have it.
        OSError: the folder cannot be written.

    """
    path = os.path.join(folder, LOCK_NAME)
    gone: list[Holder] = []
    for _ in range(_TRIES):
        if _create(path, mine.note()):
            sweep(folder)
            return gone
        note = _read(path)
        if note is not None:
            gone += _must_be_gone(note)
            _clear(path, note, mine)
    raise HeldError("others keep taking it")


def give_back(folder: str, mine: Holder) -> None:
    """Let go of a lease; one that is somebody else's by now stays."""
    path = os.path.join(folder, LOCK_NAME)
    if _read(path) == mine.note():
        os.unlink(path)


def holder_of(folder: str) -> Holder | None:
    """Who has the lease of a folder; None when nobody does, or when the file there only tells of a lock."""
    try:
        note = _read(os.path.join(folder, LOCK_NAME))
    except OSError:  # a folder, a link: none of ours
        return None
    holder = holder_in(note) if note else None
    return holder if holder and holder.lease else None


def is_mine(folder: str) -> bool:
    """Whether this process has the lease of a folder."""
    holder, here = holder_of(folder), this_process()
    return holder is not None and (holder.host, holder.process, holder.began) == (here.host, here.process, here.began)


def _must_be_gone(note: bytes) -> list[Holder]:
    if note == NOBODY:
        return []
    holder = holder_in(note)
    if holder is None:
        raise HeldError("it does not say which")
    if not is_gone(holder):
        raise HeldError(str(holder))
    return [holder]


def _clear(path: str, note: bytes, mine: Holder) -> None:
    """Remove a file whose writer is gone, if it still holds that note.

    Two may want to: only who owns the file that is named after the note may, and looks again first. That one can be
    left by a kill too, and is cleared in the same way.
    """
    claim = os.path.join(os.path.dirname(path), f"{_BESIDE}{blake2b(note, digest_size=8).hexdigest()}")
    if not _create(claim, mine.note()):
        other = _read(claim)
        if other is not None:
            _must_be_gone(other)
            _clear(claim, other, mine)
        return
    try:
        if _read(path) == note:
            os.unlink(path)
    finally:
        _remove(claim)


def _create(path: str, note: bytes) -> bool:
    """Make a file with a note, in one step; False when the name is taken."""
    part = os.path.join(os.path.dirname(path), f"{_BESIDE}{secrets.token_hex(8)}")
    _write(part, note)
    try:
        try:
            os.link(part, path)
        except OSError as e:
            if _has_two_names(part):  # done, and the server's answer was lost
                return True
            if e.errno in UNSUPPORTED:
                return _write(path, note)
            if not isinstance(e, (FileExistsError, FileNotFoundError)):
                raise
            return False
        return True
    finally:
        _remove(part)


def _has_two_names(part: str) -> bool:
    """Whether a file got its second name; not when it was swept away by who was faster."""
    try:
        return os.stat(part).st_nlink == len(("its own", "the other"))
    except FileNotFoundError:
        return False


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def _write(path: str, note: bytes) -> bool:
    """Write a new file; False when the name is taken."""
    try:
        descriptor = os.open(path, _NEW, 0o666)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "wb") as f:
        f.write(note)
        f.flush()
        system.here().flush(descriptor)
    return True


def _read(path: str) -> bytes | None:
    try:
        descriptor = os.open(path, system.flags("O_RDONLY", "O_NOFOLLOW", "O_NONBLOCK"))
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as f:
        return f.read(_NOTE_BYTES)


def sweep(folder: str) -> None:
    """Remove what kills left beside the lease, or beside a lock's note: only its holder does."""
    with os.scandir(folder) as entries:
        left = sorted(e.path for e in entries if e.name.startswith(_BESIDE))
    for path in left:
        with contextlib.suppress(OSError):
            os.unlink(path)
