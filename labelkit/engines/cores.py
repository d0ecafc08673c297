"""How many cores this process may use."""

from __future__ import annotations

import os


def cores() -> int:
    """Its affinity mask where the system has one, else all; at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1
