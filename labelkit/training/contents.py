"""Which content each image file has: known by stat from an earlier read, else by reading it."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from labelkit.domain.tree import FileEntry
from labelkit.imaging.recipes import read_steady
from labelkit.storage.fact_cache import FactCache, KnownFile, is_settled, name_of, stamp_of
from labelkit.storage.packed_pixels import Digests
from labelkit.storage.walk import entry_of, file_at

_AT_ONCE = 10_000
_KEEP_AT = 2_000
"""Reads are written down in such batches."""


class Contents:
    """SHA-256 of files, shared with the audit's cache; reads may come from several threads.

    Args:
        cache: the user's cache folder; None: nothing is looked up and nothing kept.

    """

    def __init__(self, cache: Path | None) -> None:
        self._cache = cache
        self._new: list[KnownFile] = []
        self._lock = threading.Lock()

    def known(self, paths: Sequence[str]) -> Digests:
        """The SHA-256 of each file that is as it was when it was read, shape (n, 32); zeros for the others."""
        found = np.zeros((len(paths), 32), np.uint8)
        if self._cache is None:
            return found
        cache = FactCache(self._cache)
        try:
            for first in range(0, len(paths), _AT_ONCE):
                part = paths[first : first + _AT_ONCE]
                digests = cache.digests([_asked(path) for path in part])
                plain = b"".join(bytes.fromhex(d) if len(d) == 64 else bytes(32) for d in digests)  # noqa: PLR2004 - SHA-256
                found[first : first + len(part)] = np.frombuffer(plain, np.uint8).reshape(-1, 32)
        finally:
            cache.close()
        return found

    def read(self, path: str, *, after_ns: int) -> tuple[bytes, bytes]:
        """The bytes of a file and their SHA-256; what stat says of it is kept for the next run.

        Args:
            path: the file.
            after_ns: a moment before this read, by the clock of the cache's file system; 0: nothing is kept.

        Raises:
            ImageError: it cannot be read; its path is the place.

        """
        data, status = read_steady(path)
        digest = hashlib.sha256(data).digest()
        if status is not None and is_settled(file := entry_of(status, path), after_ns):
            self._remember((name_of(os.path.abspath(path)), stamp_of(file), digest.hex()))  # noqa: PTH100 - bytes stay
        return data, digest

    def flush(self) -> None:
        """Write down what was read."""
        with self._lock:
            new, self._new = self._new, []
        if new and self._cache is not None:
            cache = FactCache(self._cache)
            try:
                cache.keep(new, ())
            finally:
                cache.close()

    def _remember(self, known: KnownFile) -> None:
        with self._lock:
            self._new.append(known)
            full = len(self._new) >= _KEEP_AT
        if full:
            self.flush()


_NOT_THERE = FileEntry("", -1)


def _asked(path: str) -> tuple[bytes, bytes]:
    return name_of(os.path.abspath(path)), stamp_of(file_at(path, path) or _NOT_THERE)  # noqa: PTH100 - bytes stay
