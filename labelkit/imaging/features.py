"""Image features that a rule can ask for by name: one decode an image, however many are asked.

    image       uint8, shape (height, width, 3), RGB: as the recipe `labelkit-v1` reads it, at full size
    gray        uint8, shape (height, width): ITU-R BT.601 luma of `image`, as Pillow's mode L
    brightness  mean of `gray`, 0 to 255
    contrast    standard deviation of `gray`, 0 to 127.5
    sharpness   variance of the 4-neighbour Laplacian of `gray` (Pech-Pacheco et al., ICPR 2000); 0 below 3 x 3 pixels
    width       pixels, after EXIF orientation
    height      pixels, after EXIF orientation
    exif        dict of EXIF tag name to text or number; empty without EXIF

`width`, `height` and `exif` come from the file's head: no pixel is decoded for them.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from labelkit.domain.errors import ImageError
from labelkit.domain.formats import PILLOW_FORMATS
from labelkit.imaging.decode import check_size
from labelkit.imaging.recipes import Pixels, decode

Exif = dict[str, str | int | float]
FeatureValue = Pixels | float | Exif
"""What a built-in feature is: an array, a number (int for width and height), or the EXIF tags."""

_RECIPE = "labelkit-v1"
_ORIENTATION = 0x0112
_TURNED = frozenset([5, 6, 7, 8])
"""EXIF orientations that swap width and height (EXIF 2.32, 4.6.4)."""

_HEAD = frozenset(["width", "height", "exif"])


def image_features(data: bytes, names: Collection[str]) -> dict[str, FeatureValue]:
    """The features called `names` of one image file's bytes; arrays are read-only, so that no rule alters another's.

    Args:
        data: the whole file.
        names: built-in features.

    Raises:
        ImageError: the image cannot be decoded.
        KeyError: a name that is no built-in feature.

    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # damaged EXIF blocks make Pillow warn; what it then reads is judged here
        head = _head(data)
        pixels = {} if _HEAD.issuperset(names) else _pixels(data, head, names)
    found: dict[str, FeatureValue] = {"width": head.width, "height": head.height, "exif": head.exif, **pixels}
    return {name: found[name] for name in names}


@dataclass(frozen=True, slots=True)
class _Head:
    """What the file's head says."""

    width: int
    height: int
    exif: Exif


def _head(data: bytes) -> _Head:
    if not data:
        raise ImageError("the file is empty")
    try:
        with closing(Image.open(BytesIO(data), formats=PILLOW_FORMATS)) as image:
            check_size(image)
            tags = image.getexif()
            width, height = image.size
            # Pillow turns the size of a TIFF itself (seen with 13.0), of other formats not
            turned = tags.get(_ORIENTATION) in _TURNED and image.format != "TIFF"
            exif = _exif([*tags.items(), *tags.get_ifd(ExifTags.IFD.Exif).items()])
    except ImageError:
        raise
    except UnidentifiedImageError:
        raise ImageError("no image: the bytes are of no known format") from None
    except Exception as e:  # hostile bytes make Pillow raise nearly anything
        raise ImageError(f"{e or type(e).__name__}") from e
    return _Head(height, width, exif) if turned else _Head(width, height, exif)


def _exif(tags: Iterable[tuple[int, object]]) -> Exif:
    named = ((ExifTags.TAGS.get(tag, f"tag {tag}"), _plain(value)) for tag, value in tags)
    return {name: value for name, value in named if value is not None}


def _plain(value: object) -> str | int | float | None:
    """A tag's value as text or number; None for anything else (pointers to other blocks, lists, bytes of makers)."""
    if isinstance(value, bytes):
        text = value.rstrip(b"\0")
        return text.decode("ascii") if text.isascii() and text.decode("ascii").isprintable() else None
    if isinstance(value, (str, int, float)):
        return value.strip("\0 ") if isinstance(value, str) else value
    try:
        return float(value)  # type: ignore[arg-type]  # Pillow's rational numbers know how; others raise
    except (TypeError, ValueError, ZeroDivisionError):
        return None


def _pixels(data: bytes, head: _Head, names: Collection[str]) -> Mapping[str, FeatureValue]:
    image = decode(_RECIPE, data, (head.height, head.width)).copy()
    image.flags.writeable = False
    gray = np.array(Image.fromarray(image).convert("L"))
    gray.flags.writeable = False
    found: dict[str, FeatureValue] = {"image": image, "gray": gray}
    if "brightness" in names:
        found["brightness"] = float(gray.mean())
    if "contrast" in names:
        found["contrast"] = float(gray.std())
    if "sharpness" in names:
        found["sharpness"] = _sharpness(gray)
    return found


def _sharpness(gray: Pixels) -> float:
    if min(gray.shape) < 3:  # noqa: PLR2004 - the kernel is 3 x 3
        return 0.0
    v = gray.astype(np.int32)
    laplacian = v[:-2, 1:-1] + v[2:, 1:-1] + v[1:-1, :-2] + v[1:-1, 2:] - 4 * v[1:-1, 1:-1]
    return float(laplacian.var())
