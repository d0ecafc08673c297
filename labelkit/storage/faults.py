"""What goes wrong with files: faults of one file, which the others survive, and faults that stop everything."""

from __future__ import annotations

import errno

STOPS = frozenset([errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
"""Errors on the writing side after which no other file fares better: full, over quota, read-only, broken."""

UNSUPPORTED = frozenset([errno.ENOSYS, errno.EINVAL, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP])
"""Errors by which a file system says that it lacks a call, or refuses it for this file."""

NO_HARD_LINK = {
    errno.EXDEV: "a hard link cannot lead to another file system: use --mode copy or --mode symlink",
    errno.EMLINK: "its file system allows no more names for one file: use --mode copy or --mode symlink",
    errno.EPERM: "the system does not allow a hard link to it (it is somebody else's, or cannot be altered): "
    "use --mode copy or --mode symlink",
}
"""Why a file cannot be linked, where the system's own words do not tell: link(2)."""


class StepFailedError(Exception):
    """One step cannot be done; its text says why, the others go on."""


def failure_of(error: OSError) -> StepFailedError:
    """The failure of one step that an error of the operating system means.

    Raises:
        OSError: the very error, when it stops everything.

    """
    if error.errno in STOPS:
        raise error
    return StepFailedError(said(error))


def said(error: OSError) -> str:
    """What the operating system says of an error, in its own words, without a path."""
    return error.strerror or str(error)
