"""The pixels of a recipe from the decode that an audit makes for its facts."""

from __future__ import annotations

import numpy as np
from PIL import Image

from labelkit.domain.recipe import Recipe
from labelkit.imaging.own_recipe import of_decoded
from labelkit.imaging.recipes import Pixels
from labelkit.imaging.small_picture import Samples, SmallPicture, scale_for


class SharedDecode:
    """Takes a decoded image, as `imaging.probe.Also` says.

    Args:
        recipe: how bytes become pixels.
        size: (height, width).

    Attributes:
        pixels: the same as `decode` gives; None where they need a decode of their own.

    """

    def __init__(self, recipe: Recipe, size: tuple[int, int]) -> None:
        self._recipe, self._target = recipe, (size[1], size[0])
        self.pixels: Pixels | None = None

    def __call__(self, image: Image.Image, samples: Samples | None, _: SmallPicture | None) -> None:
        """Make the pixels of an image, and of a JPEG's samples, where that can be done."""
        if self._recipe.interpolation:  # Keras' own way never decodes at a fraction, nor strictly
            return
        decoded = None if samples is None else (samples, scale_for(*image.size))
        try:
            picture = of_decoded(image, decoded, self._recipe, self._target)
        except Exception:  # noqa: BLE001 - Pillow raises nearly anything; the facts must not suffer: decoded on its own
            return
        self.pixels = None if picture is None else np.asarray(picture)
