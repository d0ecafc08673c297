"""Augmentation: other views of one part, the same for one seed however many threads feed the network."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from labelkit.domain.augmentation import DEFAULT_AUGMENTATION, Augmentation
from labelkit.imaging.recipes import Pixels

Augment = Callable[[Pixels, np.random.Generator], Pixels]
"""Takes the pixels of one image, uint8 (height, width, 3), and a generator of its own; gives as many pixels back."""

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float32]]


def generator(seed: int, epoch: int, sample: int) -> np.random.Generator:
    """The generator that a sample's view in an epoch is drawn from."""
    return np.random.default_rng([seed, epoch, sample])


@dataclass(frozen=True, slots=True)
class Views:
    """Turn, mirror, shift, rotate, brighten and roughen an image, as an augmentation says."""

    allowed: Augmentation = DEFAULT_AUGMENTATION

    def __call__(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """One view, drawn from `rng`."""
        a = self.allowed
        quarter, flip, down, right = (int(v) for v in rng.integers([4, 2, 2 * a.shift + 1, 2 * a.shift + 1]))
        if a.turn:
            square = pixels.shape[0] == pixels.shape[1]
            pixels = np.rot90(pixels, quarter if square else 2 * (quarter % 2))
        if a.flip and flip:
            pixels = pixels[:, ::-1]
        if a.shift or a.rotate:
            angle = rng.uniform(-a.rotate, a.rotate) if a.rotate else 0.0
            pixels = _moved(pixels, down - a.shift, right - a.shift, angle)
        if a.brightness or a.noise:
            pixels = _lit(pixels, a, rng)
        return pixels

    def of(self, pixels: Pixels, seed: int, epoch: int, sample: int) -> Pixels:
        """The view that a sample has in an epoch: a function of these numbers alone."""
        return self(pixels, generator(seed, epoch, sample))

    @property
    def changes(self) -> bool:
        """Whether a view can differ from the image at all."""
        return str(self.allowed) != "none"


def _moved(pixels: Pixels, down: int, right: int, angle: float) -> Pixels:
    """Shifted by pixels and rotated by degrees about the middle, bilinear; what comes in repeats the edge."""
    height, width = pixels.shape[:2]
    reach = math.ceil(abs(math.sin(math.radians(angle))) * max(height, width) / 2) + 1 if angle else 0
    top, left = reach + abs(down), reach + abs(right)
    wide = np.pad(pixels, ((top, top), (left, left), (0, 0)), mode="edge")
    if angle:
        wide = np.asarray(Image.fromarray(wide).rotate(angle, Image.Resampling.BILINEAR))
    return wide[top + down : top + down + height, left + right : left + right + width]


def _lit(pixels: Pixels, a: Augmentation, rng: np.random.Generator) -> Pixels:
    lit: Floats = pixels * np.float32(1 + rng.uniform(-a.brightness, a.brightness) / 100)
    if a.noise:
        lit += np.float32(a.noise) * rng.standard_normal(pixels.shape, np.float32)
    rounded: Pixels = np.clip(np.rint(lit), 0, 255).astype(np.uint8)
    return rounded
