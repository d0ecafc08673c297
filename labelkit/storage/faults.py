"""What goes wrong with files: faults of one file, which the others survive, and faults that stop everything."""

from __future__ import annotations

import errno

STOPS = frozenset([errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
"""Errors on the writing side after which no other file fares better: full, over quota, read-only, broken."""

UNSUPPORTED = frozenset([errno.ENOSYS, errno.EINVAL, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP])
"""Errors by which a file system says that it lacks a call, or refuses it for this file."""


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
