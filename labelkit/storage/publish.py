"""Give a finished file its name without ever replacing another: one step where the system has it, else by link."""

from __future__ import annotations

import errno
import os
import stat
from hashlib import blake2b

from labelkit.domain.placing import PART_PREFIX, PART_SUFFIX
from labelkit.storage import system
from labelkit.storage.faults import UNSUPPORTED
from labelkit.storage.folders import Entry
from labelkit.storage.hashing import open_plain

_RESERVED = b"labelkit: reserved\n"
"""What a name holds that was reserved where the file system has neither a no-replace rename nor hard links."""

_NEW = system.flags("O_WRONLY", "O_CREAT", "O_EXCL")


def part_name(run_id: str, number: int) -> str:
    """The name of a temporary file: 31 bytes, the same for the same step of the same run."""
    return f"{PART_PREFIX}{blake2b(f'{run_id}:{number}'.encode(), digest_size=8).hexdigest()}{PART_SUFFIX}"


def move(source: Entry, target: Entry) -> None:
    """Give the file under one name another name on the same file system, never replacing anything.

    A kill leaves the old name, the new one, or both for the same file; or, where the file system has neither a
    no-replace rename nor hard links, a reservation under the new name (see `is_reservation`).

    Raises:
        FileExistsError: something stands under the new name.
        OSError: anything else, EXDEV between file systems.

    """
    for way in (_rename_noreplace, _link_and_unlink):
        try:
            way(source, target)
        except OSError as e:
            if e.errno not in UNSUPPORTED:
                raise
        else:
            return
    _reserve_and_replace(source, target)


def is_reservation(entry: Entry) -> bool:
    """Whether a kill left a mere reservation under a name."""
    status = entry.status()
    if status is None or not stat.S_ISREG(status.st_mode) or status.st_size != len(_RESERVED):
        return False
    try:
        descriptor = open_plain(entry.name, folder=entry.folder)
    except OSError:
        return False
    try:
        return os.read(descriptor, len(_RESERVED)) == _RESERVED
    finally:
        os.close(descriptor)


def link(source: Entry, target: Entry) -> None:
    """Give a file a second name; never replaces anything, and a link is not followed."""
    if system.here().links_links:
        os.link(source.name, target.name, src_dir_fd=source.folder, dst_dir_fd=target.folder, follow_symlinks=False)
    else:
        os.link(source.name, target.name)


def _rename_noreplace(source: Entry, target: Entry) -> None:
    rename = system.here().rename
    if rename is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    rename(source.folder, source.name, target.folder, target.name)


def _link_and_unlink(source: Entry, target: Entry) -> None:
    link(source, target)
    if not _is_one_file(source, target):  # sshfs: nobody could tell any more that it is the file that was read
        target.remove()
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    source.remove()


def _is_one_file(one: Entry, other: Entry) -> bool:
    here, there = one.status(), other.status()
    return here is not None and there is not None and os.path.samestat(here, there)


def _reserve_and_replace(source: Entry, target: Entry) -> None:
    descriptor = os.open(target.name, _NEW, 0o600, dir_fd=target.folder)
    try:
        with os.fdopen(descriptor, "wb") as f:
            f.write(_RESERVED)
        os.replace(source.name, target.name, src_dir_fd=source.folder, dst_dir_fd=target.folder)
    except BaseException:  # an interrupt too takes the reservation away; raised on
        if is_reservation(target):
            target.remove()
        raise
