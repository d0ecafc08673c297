"""Copy one open file under a temporary name, hashing what is copied."""

from __future__ import annotations

import hashlib
import os

from labelkit.storage.faults import StepFailedError, failure_of, said
from labelkit.storage.folders import Entry
from labelkit.storage.hashing import CHUNK

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_NEW |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)

_BY_DESCRIPTOR = os.utime in os.supports_fd
"""Whether an open file can be given times and permissions; Windows has neither."""


def copy_to(part: Entry, source: int, *, permissions: int) -> str:
    """Copy what an open file holds from its position on.

    Args:
        part: the temporary name; nothing may stand there. After a failure nothing does.
        source: descriptor of the open file; the copy gets its mtime.
        permissions: the mode bits of the finished copy; until then only its owner can open it.

    Returns:
        the SHA-256 of the bytes copied, 64 hexadecimal digits.

    Raises:
        StepFailedError: this file cannot be read, or its copy cannot be written.
        OSError: nothing more can be written.

    """
    try:
        new = os.open(part.name, _NEW, 0o600, dir_fd=part.folder)
    except OSError as e:
        raise failure_of(e) from e
    try:
        sha256 = _copy(source, new)
        _dress(new, part, os.fstat(source), permissions)
    except StepFailedError:
        part.remove()
        raise
    except OSError as e:
        part.remove()
        raise failure_of(e) from e
    finally:
        os.close(new)
    return sha256


def _copy(source: int, new: int) -> str:
    digest = hashlib.sha256()
    chunk = min(CHUNK, os.fstat(source).st_size + 1)
    while data := _read(source, chunk):
        digest.update(data)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(new, rest) :]
    return digest.hexdigest()


def _read(source: int, size: int) -> bytes:
    try:
        return os.read(source, size)
    except OSError as e:
        raise StepFailedError(f"cannot read: {said(e)}") from e


def _dress(new: int, part: Entry, source: os.stat_result, permissions: int) -> None:
    times = (source.st_atime_ns, source.st_mtime_ns)
    if _BY_DESCRIPTOR:
        os.fchmod(new, permissions)
        os.utime(new, ns=times)
    else:
        os.utime(part.name, ns=times)
