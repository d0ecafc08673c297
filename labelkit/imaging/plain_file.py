"""Reading a plain file once, and whether it held still meanwhile."""

from __future__ import annotations

import os
import stat

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""Not waiting: a name may have become a FIFO since it was listed, and must not hold anybody up."""

_CHUNK = 1 << 20


class NotPlainError(OSError):
    """A folder, a pipe, a device: nothing that a picture can be in."""


def open_plain(path: str) -> tuple[int, os.stat_result]:
    """Open a plain file for reading, links followed, and look at it; the caller closes the descriptor.

    Raises:
        OSError: it cannot be opened; `strerror` says why.
        NotPlainError: it is no plain file.

    """
    try:
        handle = os.open(path, _FLAGS)
    except ValueError as e:  # a name with a NUL
        raise OSError(None, str(e)) from e
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise NotPlainError(None, "this is no plain file")
    except OSError:
        os.close(handle)
        raise
    return handle, status


def bytes_of(handle: int, size: int) -> bytes:
    """To the end of the file, also of one that is longer or shorter than it was; as a rule with one call.

    Args:
        handle: the open file, at its start.
        size: how many bytes it had when it was looked at.

    """
    data = os.read(handle, size + 1)
    while len(data) != size:
        more = os.read(handle, _CHUNK)
        if not more:
            break
        data += more
    return data


def held_still(handle: int, status: os.stat_result) -> bool:
    """Whether size and times of an open file are what they were when it was looked at."""
    now = os.fstat(handle)
    return (now.st_size, now.st_mtime_ns, now.st_ctime_ns) == (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
