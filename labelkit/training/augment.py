"""Augmentation: other views of one part, the same for one seed however many threads feed the network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from labelkit.imaging.recipes import Pixels

Augment = Callable[[Pixels, np.random.Generator], Pixels]
"""Takes the pixels of one image, uint8 (height, width, 3), and a generator of its own; gives as many pixels back."""


@dataclass(frozen=True, slots=True)
class TurnAndShift:
    """Turn, mirror and shift an image: what a part under a fixed camera may look like as well.

    Attributes:
        shift: pixels by which it is moved at most, each way; what comes in repeats the edge.
        turn: by quarter turns (half turns where height and width differ).
        mirror: left to right.

    """

    shift: int = 0
    turn: bool = True
    mirror: bool = True

    def __call__(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """One view, drawn from `rng`."""
        quarter, flip, down, right = (int(v) for v in rng.integers([4, 2, 2 * self.shift + 1, 2 * self.shift + 1]))
        if self.turn:
            square = pixels.shape[0] == pixels.shape[1]
            pixels = np.rot90(pixels, quarter if square else 2 * (quarter % 2))
        if self.mirror and flip:
            pixels = pixels[:, ::-1]
        return self._moved(pixels, down, right) if self.shift else pixels

    def _moved(self, pixels: Pixels, down: int, right: int) -> Pixels:
        height, width = pixels.shape[:2]
        wide = np.pad(pixels, ((self.shift, self.shift), (self.shift, self.shift), (0, 0)), mode="edge")
        return wide[down : down + height, right : right + width]
