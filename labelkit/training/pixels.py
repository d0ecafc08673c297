"""The decoded pixels of a set of images: each file decoded once, kept in memory where the set is small."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from labelkit.imaging.recipes import Pixels, read_pixels

KEEP_BYTES = 1_000_000_000
"""Sets whose pixels fit into so many bytes stay in memory as uint8: 52,083 images of 80 x 80."""


class PixelStore:
    """Pixels by position; safe to read from several threads, for each writes only what it decoded.

    Args:
        paths: image files.
        recipe: name of the decode recipe.
        size: (height, width) of the pixels.

    """

    def __init__(self, paths: Sequence[str], recipe: str, size: tuple[int, int]) -> None:
        self._paths = tuple(paths)
        self._recipe = recipe
        self._size = size
        keeps = len(self._paths) * size[0] * size[1] * 3 <= KEEP_BYTES
        self._kept: Pixels | None = np.empty((len(self._paths), *size, 3), np.uint8) if keeps else None
        self._there = np.zeros(len(self._paths), np.bool_)

    @property
    def keeps(self) -> bool:
        """Whether decoded pixels stay in memory."""
        return self._kept is not None

    def get(self, index: int) -> Pixels:
        """The pixels of one image, uint8 (height, width, 3); not to be written to.

        Raises:
            ImageError: the image cannot be decoded; its path is the place.

        """
        if self._kept is None:
            return read_pixels(self._paths[index], self._recipe, self._size)
        if not self._there[index]:
            self._kept[index] = read_pixels(self._paths[index], self._recipe, self._size)
            self._there[index] = True
        pixels: Pixels = self._kept[index]
        return pixels

    def decode_all(self, advance: Callable[[int], None], *, threads: int) -> None:
        """Decode what is not there yet, if it is kept at all; the first image that cannot be decoded ends it.

        Args:
            advance: told of each image.
            threads: how many decode at once.

        Raises:
            ImageError: an image cannot be decoded; its path is the place.

        """
        if self._kept is None:
            return
        with ThreadPoolExecutor(threads) as pool:
            try:
                for _ in pool.map(self.get, range(len(self._paths))):
                    advance(1)
            except BaseException:  # an interrupt too must not wait for the queue; raised on
                pool.shutdown(cancel_futures=True)
                raise
