"""SHA-256 of plain files: links are not followed, and nothing that is not a file is ever waited for."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator

from labelkit.domain.errors import StorageError
from labelkit.domain.names import shown
from labelkit.storage.faults import said
from labelkit.storage.folders import Entry
from labelkit.storage.system import flags

CHUNK = 1 << 20
"""Bytes read at once."""

_PLAIN = flags("O_RDONLY", "O_NOFOLLOW", "O_NONBLOCK")


def sha256_of(path: str) -> str:
    """SHA-256 of a file's bytes, 64 hexadecimal digits.

    Raises:
        StorageError: there is no such file, it cannot be read, or it is a link, a folder or a special file.

    """
    try:
        descriptor = open_plain(path)
        try:
            return hash_of(descriptor)
        finally:
            os.close(descriptor)
    except OSError as e:
        raise StorageError(f"cannot read: {said(e)}", place=shown(path)) from e


def content_of(entry: Entry) -> str:
    """What stands under a name: the SHA-256 of a plain file, `link:` and its text for a symbolic link.

    Raises:
        OSError: nothing stands there, it cannot be read, or it is a folder or a special file.

    """
    status = entry.status()
    if status is not None and stat.S_ISLNK(status.st_mode):
        return f"link:{os.readlink(entry.name, dir_fd=entry.folder)}"
    descriptor = open_plain(entry.name, folder=entry.folder)
    try:
        return hash_of(descriptor)
    finally:
        os.close(descriptor)


def open_plain(path: str, *, folder: int | None = None) -> int:
    """Open a plain file for reading; the caller closes the descriptor.

    Args:
        path: the file, relative to `folder` when that is given.
        folder: descriptor of an open folder.

    Raises:
        OSError: it cannot be opened, or is a link, a folder or a special file.

    """
    return open_and_look(path, folder=folder)[0]


def open_and_look(path: str, *, folder: int | None = None) -> tuple[int, os.stat_result]:
    """As `open_plain`; with what the open file looks like."""
    try:
        descriptor = os.open(path, _PLAIN, dir_fd=folder)
    except OSError as e:
        if e.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "it is a symbolic link") from e
        raise
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no plain file")
    return descriptor, status


def hash_of(descriptor: int, status: os.stat_result | None = None) -> str:
    """SHA-256 of what an open file holds from its position on.

    Args:
        descriptor: of the open file.
        status: what it looked like when it was opened, at its start; None looks.

    """
    digest = hashlib.sha256()
    for data in pieces(descriptor, status or os.fstat(descriptor)):
        digest.update(data)
    return digest.hexdigest()


def pieces(
    descriptor: int, status: os.stat_result, *, read: Callable[[int, int], bytes] | None = None
) -> Iterator[bytes]:
    """What an open file holds from its start on.

    One byte more is asked for than the file is said to hold. So a read that brings less, and the last byte that was
    promised, has seen the end: most files take one read, none to be told that nothing is left.
    """
    read = read or os.read
    chunk = min(CHUNK, status.st_size + 1)
    left = status.st_size
    while data := read(descriptor, chunk):
        yield data
        left -= len(data)
        if left == 0 and len(data) < chunk:
            return
