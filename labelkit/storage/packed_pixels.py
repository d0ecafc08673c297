"""Pixels at training size, kept by content: decoded once, then read from the user's cache by every later training.

They are read with positioned reads rather than mapped: as fast from the system's page cache, but the memory of a
training does not grow with the set, and a file that another program cuts short is an answer, not a crash.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from labelkit.storage.pixel_file import PixelFile
from labelkit.storage.pixel_folder import FILE_BYTES, MAX_BYTES, PixelFolder, identity_of

Digests = np.ndarray[tuple[int, int], np.dtype[np.uint8]]
"""SHA-256 of contents, shape (n, 32)."""

Places = np.ndarray[tuple[int], np.dtype[np.int64]]
"""Where the pixels of contents are, as `find` gives them; NOWHERE where they are not."""

NOWHERE = -1
_FILE_SHIFT = 32
_RECORD_MASK = (1 << _FILE_SHIFT) - 1
_ROOM_BYTES = 64_000_000
"""Space is asked for in such pieces."""

_AT_ONCE = 4096


class PackedPixels:
    """The packed pixels of one recipe and size. What cannot be kept is told once, and the training goes on.

    Args:
        cache: the user's cache folder.
        made_by: recipe, size and versions of the decoders, as text.
        pixel_bytes: of one image.
        say: told what a person should know, one line.
        max_bytes: what all packed pixels of this cache may take.

    """

    def __init__(
        self,
        cache: Path,
        made_by: str,
        pixel_bytes: int,
        *,
        say: Callable[[str], None],
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._folder = PixelFolder(cache, made_by, pixel_bytes, max_bytes=max_bytes)
        self._pixel_bytes, self._say, self._cache = pixel_bytes, say, cache
        self._files: list[PixelFile] = []
        self._adding: PixelFile | None = None
        self._adding_number = self._room = 0
        self._stopped = False
        self._lock = threading.Lock()
        weakref.finalize(self, _close, self._files)
        try:
            self._files += self._folder.open_all()
        except OSError as e:
            self._stop(f"cannot be read: {e.strerror or e}")
        self._keys, self._places = self._index()

    @property
    def keeps(self) -> bool:
        """Whether pixels that are handed in will be kept, as far as is known."""
        return not self._stopped

    def find(self, digests: Digests) -> Places:
        """Where the pixels of these contents are; by the first eight bytes, the rest is checked when they are read."""
        if not len(self._keys):
            return np.full(len(digests), NOWHERE, np.int64)
        wanted = np.ascontiguousarray(digests[:, :8]).view(np.uint64)[:, 0]
        at = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        return np.where(self._keys[at] == wanted, self._places[at], NOWHERE)

    def read(self, place: int, out: memoryview, digest: bytes) -> bool:
        """Read pixels into `out` and check them; False when they are damaged, gone, or of another content.

        Args:
            place: from `find`.
            out: bytes, as many as one image has.
            digest: the content's SHA-256.

        """
        file, record = self._files[place >> _FILE_SHIFT], place & _RECORD_MASK
        try:
            if file.read_checked(record, digest, out):
                return True
        except OSError:  # a disk that cannot be read: decoded again
            return False
        self._forget(place)
        return False

    def read_checked(self, places: Sequence[tuple[int, int]], out: memoryview) -> list[int]:
        """Read pixels that were checked before, many at once.

        Args:
            places: (which image of `out`, place) pairs.
            out: bytes of many images, one behind the other.

        Returns:
            which images of `out` could not be read.

        """
        size, files, failed = self._pixel_bytes, self._files, []
        for k, place in places:
            part = out[k * size : (k + 1) * size]
            try:
                whole = files[place >> _FILE_SHIFT].read(place & _RECORD_MASK, part)
            except OSError:  # a disk that cannot be read: decoded again
                whole = False
            if not whole:
                failed.append(k)
        return failed

    def add(self, digest: bytes, pixels: memoryview) -> int:
        """Keep pixels; their place, or NOWHERE when nothing is kept any more."""
        with self._lock:
            if self._stopped:
                return NOWHERE
            try:
                return self._added(digest, pixels)
            except OSError as e:
                self._stop(f"cannot be written: {e.strerror or e}")
                return NOWHERE

    def begin(self) -> int:
        """Get ready to add; the moment by the file system's clock, ns since the epoch, or 0 when nothing is kept."""
        with self._lock:
            if self._stopped:
                return 0
            try:
                return os.fstat(self._open_to_add().descriptor).st_mtime_ns
            except OSError as e:
                self._stop(f"cannot be written: {e.strerror or e}")
                return 0

    def _added(self, digest: bytes, pixels: memoryview) -> int:
        file = self._open_to_add()
        if self._room < self._pixel_bytes:
            if not self._folder.make_room(_ROOM_BYTES, keep=self._in_use().__contains__):
                self._stop("take no more: the cache or the disk is full")
                return NOWHERE
            self._room = _ROOM_BYTES
        record = file.append(digest, pixels)
        self._room -= self._pixel_bytes
        place = self._adding_number << _FILE_SHIFT | record
        if record * self._pixel_bytes > FILE_BYTES:
            self._adding = None  # the lock stays until the end; the next file is another
        return place

    def _open_to_add(self) -> PixelFile:
        if self._adding is None:
            self._adding = self._folder.open_to_add()
            self._adding_number = len(self._files)
            self._files.append(self._adding)
        return self._adding

    def _in_use(self) -> set[str]:
        return {identity_of(os.fstat(file.descriptor)) for file in self._files}

    def _forget(self, place: int) -> None:
        """A damaged record must not be found for ever; where the file cannot be written to, it is."""
        with suppress(OSError):
            self._files[place >> _FILE_SHIFT].forget(place & _RECORD_MASK)

    def _index(self) -> tuple[np.ndarray[tuple[int], np.dtype[np.uint64]], Places]:
        keys, places = [], []
        for number, file in enumerate(self._files):
            count = file.count()
            for first in range(0, count, _AT_ONCE):
                digests = b"".join(file.digests(first, min(_AT_ONCE, count - first)))
                part = np.frombuffer(digests, np.uint64).reshape(-1, 4)
                alive = part.any(axis=1)
                keys.append(part[alive, 0])
                places.append((number << _FILE_SHIFT) + first + np.flatnonzero(alive))
        if not keys:
            return np.zeros(0, np.uint64), np.zeros(0, np.int64)
        whole, where = np.concatenate(keys), np.concatenate(places)
        order = np.argsort(whole, kind="stable")
        return whole[order], where[order].astype(np.int64)

    def _stop(self, why: str) -> None:
        if not self._stopped:
            self._stopped = True
            self._say(f"packed pixels {why} ({self._cache}); what is not kept is decoded again when it is needed")


def _close(files: list[PixelFile]) -> None:
    for file in files:
        file.close()
