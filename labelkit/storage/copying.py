"""Copy one open file under a temporary name, hashing what is copied."""

from __future__ import annotations

import errno
import hashlib
import os

from labelkit.storage import system
from labelkit.storage.faults import StepFailedError, failure_of, said
from labelkit.storage.folders import Entry
from labelkit.storage.hashing import hash_of, pieces

_NEW = system.flags("O_WRONLY", "O_CREAT", "O_EXCL", "O_NOFOLLOW")

_CANNOT_CLONE = frozenset(
    [errno.EOPNOTSUPP, errno.ENOTSUP, errno.EXDEV, errno.EINVAL, errno.ENOTTY, errno.ENOSYS, errno.EPERM]
)
"""Errors by which a pair of file systems says that blocks cannot be shared between them: ioctl_ficlone(2)."""

_NO_CLONES: set[tuple[int, int]] = set()
"""Devices, of source and copy, between which it was tried in vain; so that it is not tried for each file."""


def copy_to(part: Entry, source: int, *, status: os.stat_result, permissions: int) -> str:
    """Copy what an open file holds, from its start on.

    Where the file system can, the copy shares the source's blocks until one of the two is written to. The source is
    read for its hash all the same, so that a file that cannot be read is not taken for a good one.

    Args:
        part: the temporary name; nothing may stand there. After a failure nothing does.
        source: descriptor of the open file, at its start.
        status: what the source looks like; the copy gets its times.
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
        try:  # closed it must be before it can be removed on Windows
            sha256 = _read_through(source, status) if _clone(new, source, status) else _copy(source, new, status)
            _dress(new, part, status, permissions)
        finally:
            os.close(new)
    except StepFailedError:
        part.remove()
        raise
    except OSError as e:
        part.remove()
        raise failure_of(e) from e
    return sha256


def _clone(new: int, source: int, status: os.stat_result) -> bool:
    """Let the new file share the blocks of the source; False when it must be written instead."""
    clone = system.here().clone
    if clone is None:
        return False
    between = (status.st_dev, os.fstat(new).st_dev)
    if between in _NO_CLONES:
        return False
    try:
        clone(new, source)
    except OSError as e:
        if e.errno in _CANNOT_CLONE:
            _NO_CLONES.add(between)
        return False
    return True


def _read_through(source: int, status: os.stat_result) -> str:
    try:
        return hash_of(source, status)
    except OSError as e:
        raise StepFailedError(f"cannot read: {said(e)}") from e


def _copy(source: int, new: int, status: os.stat_result) -> str:
    digest = hashlib.sha256()
    for data in pieces(source, status, read=_read):
        digest.update(data)
        _write(new, data)
    return digest.hexdigest()


def _write(new: int, data: bytes) -> None:
    written = os.write(new, data)
    while written < len(data):
        written += os.write(new, memoryview(data)[written:])


def _read(source: int, size: int) -> bytes:
    try:
        return os.read(source, size)
    except OSError as e:
        raise StepFailedError(f"cannot read: {said(e)}") from e


def _dress(new: int, part: Entry, source: os.stat_result, permissions: int) -> None:
    times = (source.st_atime_ns, source.st_mtime_ns)
    if system.here().dresses_open_files:
        os.fchmod(new, permissions)
        os.utime(new, ns=times)
    else:
        os.utime(part.name, ns=times)
