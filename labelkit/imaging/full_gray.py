"""An image in gray and in its full size, as quickly as it can be had."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from labelkit.domain.formats import PILLOW_FORMATS
from labelkit.imaging.exif_facts import orientation_of
from labelkit.imaging.features import image_features
from labelkit.imaging.pixel_facts import TURNS
from labelkit.imaging.recipes import Pixels
from labelkit.imaging.strict_jpeg import decode_strictly

_PLAIN = ("L", "RGB")
"""Modes of 8 bits without palette or alpha: nothing is to be decided about them, and a JPEG's luma is their gray."""


def full_gray(data: bytes) -> Pixels:
    """The gray levels of an image, uint8 (height, width), upright: of a JPEG its luma, else Pillow's conversion.

    Args:
        data: the whole file, which was decoded without complaint before.

    Raises:
        ImageError: the image cannot be decoded.

    """
    found = _plainly(data)
    if found is not None:
        return found
    gray = image_features(data, ["gray"])["gray"]
    assert isinstance(gray, np.ndarray)
    return gray


def _plainly(data: bytes) -> Pixels | None:
    """The gray levels of a plain image; None for others, and for what a decoder complains of."""
    try:
        with Image.open(BytesIO(data), formats=PILLOW_FORMATS) as image:
            if image.mode not in _PLAIN or "transparency" in image.info:
                return None
            gray = _of_jpeg(image, data) if isinstance(image, JpegImageFile) else np.asarray(image.convert("L"))
            turn = TURNS.get(orientation_of(image))
        return gray if gray is None or turn is None else np.asarray(Image.fromarray(gray).transpose(turn))
    except Exception:  # noqa: BLE001 - hostile bytes make Pillow raise nearly anything; `image_features` says what
        return None


def _of_jpeg(image: JpegImageFile, data: bytes) -> Pixels | None:
    decoded = decode_strictly(data, image.size, gray=True, scale=1)
    return None if decoded.samples is None or decoded.complaint else np.asarray(decoded.samples, np.uint8)
