"""Open image bytes strictly: known formats only, bounded size, nothing truncated."""

from __future__ import annotations

import io

from PIL import Image, UnidentifiedImageError

from labelkit.domain.errors import ImageError
from labelkit.domain.formats import PILLOW_FORMATS

PIXEL_LIMIT = 50_000_000
"""Larger images are refused before their pixels are decoded: a small file can unpack to gigabytes."""


def open_image(data: bytes) -> Image.Image:
    """The image in `data`, decoded in full, as Pillow gives it (first frame of several).

    Raises:
        ImageError: no image, not one of the known formats, too large, or damaged.

    """
    if not data:
        raise ImageError("the file is empty")
    try:
        image = Image.open(io.BytesIO(data), formats=PILLOW_FORMATS)
        check_size(image)
        image.load()
    except ImageError:
        raise
    except UnidentifiedImageError as e:
        raise ImageError(f"this is no image of a known format ({', '.join(PILLOW_FORMATS)})") from e
    except Exception as e:  # hostile bytes make Pillow's decoders raise nearly anything, MemoryError included
        raise ImageError(f"cannot be decoded: {e or type(e).__name__}") from e
    return image


def check_size(image: Image.Image) -> None:
    """Refuse an image of more than 50 million pixels, or of none.

    Raises:
        ImageError: with the size seen.

    """
    width, height = image.size
    if not 0 < width * height <= PIXEL_LIMIT:
        raise ImageError(f"{width} x {height} pixels; at most {PIXEL_LIMIT:,} are decoded")


def stored_size(path: str) -> tuple[int, int] | None:
    """(height, width) as the file's head says, before EXIF orientation; None where it cannot be told."""
    try:
        with Image.open(path, formats=PILLOW_FORMATS) as image:
            return image.height, image.width
    except Exception:  # noqa: BLE001 - hostile bytes make Pillow raise nearly anything; this is no place to judge them
        return None
