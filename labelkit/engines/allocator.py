"""How this process gets its memory: freed memory is kept for the next picture, instead of going back to the system."""

from __future__ import annotations

import ctypes
import os
import sys
from functools import lru_cache

_TOP_PAD, _MMAP_THRESHOLD = -2, -3
"""M_TOP_PAD and M_MMAP_THRESHOLD of glibc's <malloc.h>."""

_KEPT = 64 << 20
"""Bytes at the end of a heap that are kept: as many as the heap of a thread has, which so never goes back."""

_LARGE = 32 << 20
"""What is larger goes back at once; glibc takes no more."""

SETTLED_BY = ("GLIBC_TUNABLES", "MALLOC_TOP_PAD_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_")
"""Variables by which a person has settled it (mallopt(3))."""


@lru_cache(maxsize=1)
def keep_freed_memory() -> bool:
    """Have glibc keep up to 64 MB a heap of what is freed; whether it does: not where a person settled it.

    Arrays of a picture or of a training step are asked for again a moment after they were freed. By default they go
    back to the system in between, which then clears every page anew: a third of a training's time on a CPU, a seventh
    of that of the facts of a JPEG (`benchmarks/allocator.py`). Nothing is computed otherwise. See mallopt(3).
    """
    if not sys.platform.startswith("linux") or any(name in os.environ for name in SETTLED_BY) or not _is_glibc():
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(_MMAP_THRESHOLD, _LARGE)) and bool(mallopt(_TOP_PAD, _KEPT))


def _is_glibc() -> bool:
    try:
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")
    except (ValueError, OSError):
        return False
