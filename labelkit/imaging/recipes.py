"""Decode recipes: how the bytes of an image become the pixels that a model sees. A bundle names the one it needs."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from labelkit.domain.errors import ImageError, UsageError
from labelkit.domain.names import did_you_mean
from labelkit.imaging.decode import open_image

Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
"""Shape (height, width, 3), uint8, RGB."""

_WORD = 65535
"""The largest 16-bit value; /257 takes it to 255 and 0 to 0, the same for every image."""


def decode(recipe: str, data: bytes, size: tuple[int, int]) -> Pixels:
    """The pixels of one image file's bytes after a recipe.

    Args:
        recipe: a name of RECIPES.
        data: the whole file.
        size: (height, width) to come out; the aspect ratio is not kept, as Keras' `target_size`.

    Returns:
        uint8, shape (height, width, 3), RGB.

    Raises:
        ImageError: the image cannot be decoded in full, or has no rule in this recipe.
        UsageError: no such recipe.

    """
    if recipe not in RECIPES:
        raise UsageError(f"there is no decode recipe '{recipe}'", remedy=did_you_mean(recipe, tuple(RECIPES)))
    image = open_image(data)
    try:
        return np.asarray(RECIPES[recipe](image, (size[1], size[0])))
    except ImageError:
        raise
    except Exception as e:  # Pillow's conversions raise nearly anything on odd modes and broken EXIF blocks
        raise ImageError(f"cannot be decoded: {e or type(e).__name__}") from e


def read_pixels(path: str, recipe: str, size: tuple[int, int]) -> Pixels:
    """`decode` for a file; the error names the file.

    Raises:
        ImageError: with the path as its place; also for a file that is not there or no plain file.

    """
    try:
        return decode(recipe, read_file(path), size)
    except ImageError as e:
        raise ImageError(e.message, place=path, remedy=e.remedy) from e


def read_file(path: str) -> bytes:
    """The bytes of a plain file; nothing else is opened, for a pipe would wait for ever.

    Raises:
        ImageError: with the path as its place.

    """
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            raise ImageError("this is no plain file", place=path)
        return Path(path).read_bytes()
    except OSError as e:
        raise ImageError(f"cannot be read: {e.strerror or e}", place=path) from e


def _labelkit_v1(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """EXIF rotation applied; 16 bits by a fixed range; alpha over black; CMYK to RGB; antialiased bilinear resize."""
    upright = ImageOps.exif_transpose(image)
    return _rgb(upright).resize(size, Image.Resampling.BILINEAR, reducing_gap=None)


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        return Image.fromarray(_bytes_of_words(np.asarray(image))).convert("RGB")
    if image.mode == "F":
        raise ImageError("its pixels are floating point numbers, which have no fixed range; save it with 8 or 16 bits")
    if image.has_transparency_data:
        shown = image.convert("RGBA")
        black = Image.new("RGBA", shown.size, (0, 0, 0, 255))
        return Image.alpha_composite(black, shown).convert("RGB")
    return image.convert("RGB")


def _bytes_of_words(words: np.ndarray[tuple[int, ...], np.dtype[np.integer]]) -> Pixels:
    values = words.astype(np.int64)
    if values.min() < 0 or values.max() > _WORD:
        raise ImageError(f"its values reach from {values.min()} to {values.max()}; 0 to {_WORD} are expected")
    return ((values + 128) // 257).astype(np.uint8)


def _keras_pil_nearest(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """What Keras' `load_img(target_size=...)` does by default: `convert("RGB")` as it comes, nearest neighbour."""
    rgb = image if image.mode == "RGB" else image.convert("RGB")
    return rgb if rgb.size == size else rgb.resize(size, Image.Resampling.NEAREST)


RECIPES: dict[str, Callable[[Image.Image, tuple[int, int]], Image.Image]] = {
    "labelkit-v1": _labelkit_v1,
    "keras-pil-nearest": _keras_pil_nearest,
}
"""Every recipe there is; a name once used in a bundle never changes its meaning."""
