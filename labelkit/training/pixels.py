"""The pixels of a set of images, each decoded once: kept in the user's cache, or else in memory while the set is small.

Which content a file has is settled once, when its pixels are first asked for: what changes on disk during a training
changes nothing in it, and the next training sees it.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labelkit.domain.errors import ImageError
from labelkit.domain.recipe import Recipe
from labelkit.imaging.recipes import Pixels, decode_file, made_by
from labelkit.storage.packed_pixels import NOWHERE, PackedPixels
from labelkit.training.contents import Contents
from labelkit.training.read_ahead import ReadAhead

KEEP_BYTES = 1_000_000_000
"""Sets whose pixels fit into so many bytes stay in memory as uint8, where the cache cannot keep them."""

_AT_ONCE, _IN_A_PIECE = 256, 4
"""Images that wait for the decoding threads at a time, and how many one of them takes at once."""


@dataclass(frozen=True, slots=True)
class PixelsWanted:
    """What pixels a set shall have, and where they may be kept.

    Attributes:
        recipe: how bytes become pixels.
        size: (height, width).
        threads: how many decode at once.
        cache: the user's cache folder; None: nothing is kept on disk.
        say: told what a person should know, one line.

    """

    recipe: Recipe
    size: tuple[int, int]
    threads: int
    cache: Path | None
    say: Callable[[str], None]

    @property
    def shape(self) -> tuple[int, int, int]:
        """(height, width, 3)."""
        return (*self.size, 3)

    @property
    def made_by(self) -> str:
        """All that the pixels depend on beside the bytes of the image."""
        return made_by(self.recipe, self.size)


class PixelStore:
    """Pixels by position; may be read from several threads.

    Args:
        paths: image files.
        wanted: which pixels.

    """

    def __init__(self, paths: Sequence[str], wanted: PixelsWanted) -> None:
        self._paths, self._wanted = tuple(paths), wanted
        self._bytes = int(np.prod(wanted.shape))
        self._contents = Contents(wanted.cache)
        self._packed: PackedPixels | None = None
        self._settled = False
        self._after_ns = 0
        self._places = np.full(len(paths), NOWHERE, np.int64)
        self._checked = np.zeros(len(paths), np.bool_)
        self._digests = np.zeros((len(paths), 32), np.uint8)
        self._kept: Pixels | None = None
        self._in_memory = np.zeros(len(paths), np.bool_)
        self._lock = threading.Lock()
        self._ahead = ReadAhead(wanted.threads) if wanted.threads > 1 else None

    def fill(self, chosen: Sequence[int], out: Pixels, *, then: Sequence[int] = ()) -> None:
        """Write the pixels of the chosen images into `out`, uint8 (n, height, width, 3); all cores decode.

        Args:
            chosen: positions.
            out: where the pixels go.
            then: positions of the images that will be asked for next; they are read ahead.

        Raises:
            ImageError: an image cannot be decoded; its path is the place.

        """
        self._settle()
        missing = [k for k in self._fill_known(chosen, out) if not self._recalled(chosen[k], out[k])]
        positions = [chosen[k] for k in missing]
        decoded: Iterable[Pixels] = map(self._decoded, positions)
        if self._ahead is not None:
            decoded = self._ahead.fetch(self._decoded, positions, served=chosen, then=self._not_kept(then))
        for k, pixels in zip(missing, decoded, strict=True):
            out[k] = pixels

    def decode_all(self, advance: Callable[[int], None], *, skip: int = 0) -> Mapping[int, ImageError]:
        """Decode what is not there yet, where it can be kept; and in any case when bad images may be skipped.

        Args:
            advance: told of each image.
            skip: so many images may be bad.

        Returns:
            the bad images by position, at most `skip`.

        Raises:
            ImageError: an image cannot be decoded, and no more may be skipped; its path is the place.

        """
        self._settle()
        bad: dict[int, ImageError] = {}
        if not (skip or self._can_keep()):
            return bad
        with _pool(self._wanted.threads) as pool:
            for first in range(0, len(self._paths), _AT_ONCE):
                part = range(first, min(first + _AT_ONCE, len(self._paths)))
                pieces = [part[k : k + _IN_A_PIECE] for k in range(0, len(part), _IN_A_PIECE)]
                faults = itertools.chain.from_iterable(pool.map(self._faults_of, pieces))
                for i, fault in zip(part, faults, strict=True):
                    if fault is not None:
                        bad[i] = fault
                        _check_budget(bad, skip)
                    advance(1)
        self.flush()
        return bad

    def flush(self) -> None:
        """Write down what was read until now, for the next run."""
        if self._ahead is not None:
            self._ahead.stop()
        self._contents.flush()

    def _settle(self) -> None:
        """Find out, once, whose pixels are there already."""
        if self._settled:
            return
        with self._lock:
            if not self._settled and self._wanted.cache is not None:
                self._packed = PackedPixels(self._wanted.cache, self._wanted.made_by, self._bytes, say=self._wanted.say)
                self._digests[:] = self._contents.known(self._paths)
                self._places[:] = self._packed.find(self._digests)
                self._places[~self._digests.any(axis=1)] = NOWHERE
                self._after_ns = self._packed.begin() if (self._places == NOWHERE).any() else 0
            self._settled = True

    def _can_keep(self) -> bool:
        return (self._packed is not None and self._packed.keeps) or len(self._paths) * self._bytes <= KEEP_BYTES

    def _fill_known(self, chosen: Sequence[int], out: Pixels) -> Sequence[int]:
        """Write what was read before, the quick way; which of `out` that does not hold for."""
        if self._packed is None:
            return range(len(chosen))
        wanted = np.asarray(chosen)
        known = self._checked[wanted] & (self._places[wanted] != NOWHERE)
        places = zip(np.flatnonzero(known).tolist(), self._places[wanted][known].tolist(), strict=True)
        failed = self._packed.read_checked(list(places), _plain(out))
        for k in failed:
            self._places[chosen[k]] = NOWHERE
        return sorted([*failed, *np.flatnonzero(~known).tolist()])

    def _recalled(self, i: int, out: Pixels) -> bool:
        """Whether the pixels are kept; then they are written into `out`."""
        if self._in_memory[i]:
            assert self._kept is not None
            out[:] = self._kept[i]
            return True
        place = int(self._places[i])
        if place == NOWHERE or self._packed is None:
            return False
        if self._packed.read(place, _plain(out), self._digests[i].tobytes()):
            self._checked[i] = True
            return True
        self._places[i] = NOWHERE
        return False

    def _not_kept(self, positions: Sequence[int]) -> list[int]:
        asked = np.asarray(positions, np.intp)
        found: list[int] = asked[(self._places[asked] == NOWHERE) & ~self._in_memory[asked]].tolist()
        return found

    def _decoded(self, i: int) -> Pixels:
        """Decode an image and keep its pixels."""
        data, digest = self._contents.read(self._paths[i], after_ns=self._after_ns)
        self._digests[i] = np.frombuffer(digest, np.uint8)
        if self._packed is not None:  # another file, or an earlier run, may have had the same content
            self._places[i] = self._packed.find(self._digests[i : i + 1])[0]
            self._checked[i] = False
            known = np.empty(self._wanted.shape, np.uint8)
            if self._recalled(i, known):
                return known
        pixels = decode_file(self._paths[i], data, self._wanted.recipe, self._wanted.size)
        self._keep(i, digest, pixels)
        return pixels

    def _keep(self, i: int, digest: bytes, pixels: Pixels) -> None:
        if self._packed is not None:
            self._places[i] = self._packed.add(digest, _plain(pixels))
            self._checked[i] = True
        if self._places[i] == NOWHERE and len(self._paths) * self._bytes <= KEEP_BYTES:
            with self._lock:
                if self._kept is None:
                    self._kept = np.empty((len(self._paths), *self._wanted.shape), np.uint8)
            self._kept[i] = pixels
            self._in_memory[i] = True

    def _faults_of(self, piece: Sequence[int]) -> list[ImageError | None]:
        return [self._fault_of(i) for i in piece]

    def _fault_of(self, i: int) -> ImageError | None:
        """Decode an image that is not kept yet; why it cannot be."""
        if not self._not_kept([i]):
            return None
        try:
            self._decoded(i)
        except ImageError as e:
            return e
        return None


def _plain(pixels: Pixels) -> memoryview:
    return pixels.data.cast("B")


def _check_budget(bad: Mapping[int, ImageError], skip: int) -> None:
    """Raise the first bad image when there are more than may be skipped."""
    if len(bad) <= skip:
        return
    first = bad[min(bad)]
    if not skip:
        raise first
    remedy = f"{len(bad)} images are bad so far, and {skip} may be skipped"
    raise ImageError(first.message, place=first.place, remedy=f"{remedy}: labelkit audit lists them all")


@contextmanager
def _pool(threads: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that end with the block; an interrupt does not wait for what they have not begun."""
    pool = ThreadPoolExecutor(threads)
    try:
        yield pool
    except BaseException:  # an interrupt too must not wait for the queue; raised on
        pool.shutdown(cancel_futures=True)
        raise
    pool.shutdown()
