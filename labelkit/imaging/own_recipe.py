"""The recipe `labelkit-v1`: strict decode, one rule for each kind of image, antialiased.

JPEG           libjpeg-turbo, at an eighth, a quarter or a half where 1.5 times the target is left; damage is refused
orientation    EXIF's is applied
16 bits        by the fixed range 0 to 65535, never stretched
transparency   over black
palette        its colours; CMYK as Pillow converts it; one bit as black and white; one channel three times
32 bits        0 to 65535 as 16 bits; other values and floating point are refused
resize         every pixel is counted: means of whole blocks while 1.5 times the target is left, as the JPEG decoder has
               them, then Pillow's Hamming filter, of its filters the nearest to the mean over the area (drawn pictures
               are 0.3 to 0.9 of 255 away from it on average; without the blocks 0.2 to 0.6, which takes three times
               as long from 1280 x 960; bilinear 0.3 to 1.1)
"""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile

from labelkit.domain.errors import ImageError
from labelkit.domain.formats import PILLOW_FORMATS
from labelkit.domain.recipe import Recipe
from labelkit.imaging.decode import PIXEL_LIMIT, check_size
from labelkit.imaging.exif_facts import orientation_of
from labelkit.imaging.framing import MARGIN, Frame, Size, frame, upright
from labelkit.imaging.plain_png import plain_png
from labelkit.imaging.small_picture import Samples
from labelkit.imaging.strict_jpeg import decode_strictly, plainly

Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]

Reduced = tuple[Samples, int]
"""The pixels of a JPEG as stored, and by what each side was divided while it was decoded."""

_WORD = 65535
"""The largest 16-bit value; /257 takes it to 255 and 0 to 0, the same for every image."""

_MAX_SCAN_PIXELS = 2_000_000_000
"""Pixels times passes of a progressive JPEG, as the audit has it: a few kilobytes can ask for thousands of passes."""

_SCAN = b"\xff\xda"


def labelkit_v1(data: bytes, recipe: Recipe, target: Size) -> Image.Image:
    """The picture of one file's bytes, mode RGB, of the size `target` (width, height).

    Raises:
        ImageError: damaged, too large, of no known format, or without a rule here; other exceptions are Pillow's.

    """
    image = plain_png(data, PIXEL_LIMIT)
    if image is None:
        image = _opened(data)
    if not isinstance(image, JpegImageFile):
        image.load()  # before the orientation is asked for: Pillow turns a TIFF itself
    orientation, taken = _framed(image, recipe, target)
    scale = taken.scale(image.size) if isinstance(image, JpegImageFile) else 1
    picture = _of_jpeg(image, data, scale) if isinstance(image, JpegImageFile) else _eight_bits(image)
    return _finished(picture, taken, scale, orientation)


def of_decoded(image: Image.Image, decoded: Reduced | None, recipe: Recipe, target: Size) -> Image.Image | None:
    """The same picture, of an image that was decoded already; None where it takes a decode of its own.

    Args:
        image: as opened; its pixels are loaded, but for a JPEG.
        decoded: a JPEG's pixels from a strict decode without a complaint that refuses it, and by what it was divided.
        recipe: labelkit-v1, with its framing.
        target: (width, height).

    Raises:
        ImageError: without a rule here, or too large; other exceptions are Pillow's.

    """
    check_size(image)
    orientation, taken = _framed(image, recipe, target)
    if not isinstance(image, JpegImageFile):
        return _finished(_eight_bits(image), taken, 1, orientation)
    if decoded is None or decoded[1] != taken.scale(image.size):
        return None
    return _finished(Image.fromarray(decoded[0]), taken, decoded[1], orientation)


def _framed(image: Image.Image, recipe: Recipe, target: Size) -> tuple[int, Frame]:
    orientation = orientation_of(image)
    return orientation, frame(recipe, stored=image.size, orientation=orientation, target=target)


def _finished(picture: Image.Image, taken: Frame, scale: int, orientation: int) -> Image.Image:
    return upright(_brought_to_size(picture, taken, scale), orientation).convert("RGB")


def _opened(data: bytes) -> Image.Image:
    if not data:
        raise ImageError("the file is empty")
    try:
        image = Image.open(BytesIO(data), formats=PILLOW_FORMATS)
    except UnidentifiedImageError as e:
        raise ImageError(f"this is no image of a known format ({', '.join(PILLOW_FORMATS)})") from e
    check_size(image)
    return image


def _of_jpeg(image: JpegImageFile, data: bytes, scale: int) -> Image.Image:
    if "progressive" in image.info and data.count(_SCAN) * image.width * image.height > _MAX_SCAN_PIXELS:
        raise ImageError(f"more than {_MAX_SCAN_PIXELS // 1_000_000:,} million pixels in all of its passes")
    decoded = decode_strictly(data, image.size, gray=image.mode == "L", scale=scale)
    if decoded.complaint and not decoded.leftover:
        raise ImageError(f"it is damaged: {plainly(decoded.complaint)}", remedy="labelkit audit lists damaged images")
    if decoded.samples is not None:
        return Image.fromarray(decoded.samples)
    image.load()  # a kind that this decoder does not know, as CMYK
    plain = _eight_bits(image)
    return plain.reduce(scale) if scale > 1 else plain


def _brought_to_size(picture: Image.Image, taken: Frame, scale: int) -> Image.Image:
    left, upper, right, lower = taken.region
    cut = (left // scale, upper // scale, -(-right // scale), -(-lower // scale))
    if cut != (0, 0, *picture.size):
        picture = picture.crop(cut)
    view = taken.view
    box = ((view[0] - left) / scale, (view[1] - upper) / scale, (view[2] - left) / scale, (view[3] - upper) / scale)
    shown = picture.resize(taken.inner, Image.Resampling.HAMMING, box=box, reducing_gap=MARGIN)
    if taken.inner == taken.outer:
        return shown
    padded = Image.new(shown.mode, taken.outer)
    padded.paste(shown, ((taken.outer[0] - taken.inner[0]) // 2, (taken.outer[1] - taken.inner[1]) // 2))
    return padded


def _eight_bits(image: Image.Image) -> Image.Image:
    """Gray or RGB of 8 bits, nothing to be seen through."""
    if image.mode.startswith("I"):
        return Image.fromarray(_bytes_of_words(np.asarray(image)))
    if image.mode == "F":
        raise ImageError("its pixels are floating point numbers, which have no fixed range; save it with 8 or 16 bits")
    if image.has_transparency_data:
        shown = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", shown.size, (0, 0, 0, 255)), shown).convert("RGB")
    if image.mode in {"L", "RGB"}:
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _bytes_of_words(words: np.ndarray[tuple[int, ...], np.dtype[np.integer]]) -> Pixels:
    values = words.astype(np.int64)
    if values.min() < 0 or values.max() > _WORD:
        raise ImageError(f"its values reach from {values.min()} to {values.max()}; 0 to {_WORD} are expected")
    return ((values + 128) // 257).astype(np.uint8)
