"""Who is at work in a base_dir, as far as can be told without touching its lock."""

from __future__ import annotations

import os

from labelkit.domain.placing import LOCK_NAME
from labelkit.storage.holder import holder_in, is_gone

_NOTE_BYTES = 4096


def who_is_at_work(base_dir: str) -> str:
    """The process that holds base_dir, as its note tells; empty when there is none, or it has ended for certain."""
    try:
        with open(os.path.join(base_dir, LOCK_NAME), "rb") as f:
            holder = holder_in(f.read(_NOTE_BYTES))
    except OSError:
        return ""
    return "" if holder is None or is_gone(holder) else str(holder)
