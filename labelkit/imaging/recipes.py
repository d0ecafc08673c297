"""Decode recipes: how the bytes of an image become the pixels that a model sees. A bundle names the one it needs."""

from __future__ import annotations

import os
from importlib import metadata

import numpy as np
from PIL import Image, features

from labelkit.domain.errors import ImageError
from labelkit.domain.recipe import Aspect, Recipe, named_recipe
from labelkit.imaging.decode import open_image
from labelkit.imaging.framing import MARGIN, Size, frame
from labelkit.imaging.own_recipe import labelkit_v1
from labelkit.imaging.plain_file import NotPlainError, bytes_of, held_still, open_plain

Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
"""Shape (height, width, 3), uint8, RGB."""

_RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "hamming": Image.Resampling.HAMMING,
    "box": Image.Resampling.BOX,
    "lanczos": Image.Resampling.LANCZOS,
}


def made_by(recipe: Recipe, size: tuple[int, int]) -> str:
    """All that pixels of this (height, width) depend on beside the bytes: recipe, size, versions of the decoders."""
    turbo = features.version("libjpeg_turbo") or "none"
    pillow, simplejpeg = metadata.version("pillow"), metadata.version("simplejpeg")
    resized = f"{size[0]}x{size[1]} by way of {MARGIN} times as many"
    return f"{recipe}, {resized}, pillow {pillow} with libjpeg-turbo {turbo}, simplejpeg {simplejpeg}"


def decode(recipe: str | Recipe, data: bytes, size: tuple[int, int]) -> Pixels:
    """The pixels of one image file's bytes after a recipe.

    Args:
        recipe: a recipe, or the name of a plain one.
        data: the whole file.
        size: (height, width) to come out, as Keras' `target_size`.

    Returns:
        uint8, shape (height, width, 3), RGB.

    Raises:
        ImageError: the image cannot be decoded in full, or has no rule in this recipe.
        UsageError: no such recipe.

    """
    asked = named_recipe(recipe)
    target = (size[1], size[0])
    try:
        image = _as_keras(data, asked, target) if asked.interpolation else labelkit_v1(data, asked, target)
        return np.asarray(image)
    except ImageError:
        raise
    except Exception as e:  # hostile bytes make Pillow raise nearly anything, MemoryError included
        raise ImageError(f"cannot be decoded: {e or type(e).__name__}") from e


def read_pixels(path: str, recipe: str | Recipe, size: tuple[int, int]) -> Pixels:
    """`decode` for a file; the error names the file.

    Raises:
        ImageError: with the path as its place; also for a file that is not there or no plain file.

    """
    return decode_file(path, read_file(path), recipe, size)


def decode_file(path: str, data: bytes, recipe: str | Recipe, size: tuple[int, int]) -> Pixels:
    """`decode` for the bytes of a file that was read; the error names the file.

    Raises:
        ImageError: with the path as its place.

    """
    try:
        return decode(recipe, data, size)
    except ImageError as e:
        raise ImageError(e.message, place=path, remedy=e.remedy) from e


def read_file(path: str) -> bytes:
    """The bytes of a plain file; nothing else is opened, for a pipe would wait for ever.

    Raises:
        ImageError: with the path as its place.

    """
    return read_steady(path)[0]


def read_steady(path: str) -> tuple[bytes, os.stat_result | None]:
    """The bytes of a plain file, and what the system says of that file: None where it changed while it was read.

    Raises:
        ImageError: as `read_file`.

    """
    try:
        handle, status = open_plain(path)
    except NotPlainError as e:
        raise ImageError("this is no plain file", place=path) from e
    except OSError as e:
        raise ImageError(f"cannot be read: {e.strerror or e}", place=path) from e
    try:
        data = bytes_of(handle, status.st_size)
        return data, status if held_still(handle, status) else None
    except OSError as e:
        raise ImageError(f"cannot be read: {e.strerror or e}", place=path) from e
    finally:
        os.close(handle)


def _as_keras(data: bytes, recipe: Recipe, target: Size) -> Image.Image:
    """What Keras' `load_img(target_size=..., interpolation=...)` does: `convert("RGB")` as it comes, then a resize."""
    image = open_image(data)
    rgb = image if image.mode == "RGB" else image.convert("RGB")
    if rgb.size == target:
        return rgb
    box = frame(recipe, stored=rgb.size, orientation=1, target=target).view if recipe.aspect is Aspect.CROP else None
    return rgb.resize(target, _RESAMPLING[recipe.interpolation], box=box)
