"""Try whether links can be made in base_dir, before the first image is linked: one clear refusal, not one an image."""

from __future__ import annotations

import errno
import os

from labelkit.domain.errors import StorageError
from labelkit.domain.placing import LOCK_NAME, Action, Mode, Plan
from labelkit.storage.faults import UNSUPPORTED, said
from labelkit.storage.folders import Entry
from labelkit.storage.publish import link
from labelkit.storage.system import flags

_FILE, _LINK = f"{LOCK_NAME}-file", f"{LOCK_NAME}-link"
"""Swept away with all else that kills leave beside the lock; no loader reads them."""

_NO_RIGHT = 1314
"""ERROR_PRIVILEGE_NOT_HELD of <winerror.h>."""

_OTHER_MODES = {
    Mode.HARDLINK: "use --mode copy or --mode symlink",
    Mode.SYMLINK: "use --mode copy or --mode hardlink",
}


def try_links(plan: Plan) -> None:
    """Make one link of the kind that a plan needs, and take it away; nothing where it needs none.

    Args:
        plan: its base_dir exists and is held exclusively.

    Raises:
        StorageError: the file system, or the system, does not let links be made here.

    """
    if plan.mode not in _OTHER_MODES or not plan.of(Action.PLACE):
        return
    file, trial = (Entry(None, os.path.join(plan.base_dir, name)) for name in (_FILE, _LINK))
    try:
        try:
            why = _hard(file, trial) if plan.mode is Mode.HARDLINK else _symbolic(trial)
        finally:
            trial.remove()
            file.remove()
    except OSError as e:
        raise StorageError(
            f"cannot write into base_dir: {said(e)}", place=plan.base_dir, remedy="see to it, then run it again"
        ) from e
    if why:
        kind = "hard" if plan.mode is Mode.HARDLINK else "symbolic"
        raise StorageError(
            f"no {kind} links can be made here: {why}", place=plan.base_dir, remedy=_OTHER_MODES[plan.mode]
        )


def _hard(file: Entry, trial: Entry) -> str:
    """Why no hard link can be made; empty when one can, and for any fault that the images themselves will tell."""
    os.close(os.open(file.name, flags("O_WRONLY", "O_CREAT", "O_EXCL", "O_NOFOLLOW"), 0o600))
    try:
        link(file, trial)
    except OSError as e:
        return said(e) if e.errno in UNSUPPORTED else ""
    one, other = file.status(), trial.status()
    if one is not None and other is not None and not os.path.samestat(one, other):
        return "the file system does not tell that two names are one file"
    return ""


def _symbolic(trial: Entry) -> str:
    try:
        os.symlink(LOCK_NAME, trial.name)
    except OSError as e:
        if getattr(e, "winerror", None) == _NO_RIGHT:
            return (
                "Windows asks for a right that you do not have; switch on its developer mode (Settings, For "
                "developers), or sort as administrator"
            )
        return said(e) if e.errno in UNSUPPORTED - {errno.EINVAL} else ""
    return ""
