"""One read, one decode, the facts: the only way an image enters an audit."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from io import BytesIO

from PIL import Image, ImageFile, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile

from labelkit.domain.facts import ImageFacts, PixelFacts
from labelkit.domain.formats import PILLOW_FORMATS, suffix
from labelkit.imaging.exif_facts import exif_facts, orientation_of
from labelkit.imaging.jpeg_facts import jpeg_facts
from labelkit.imaging.pixel_facts import pixel_facts
from labelkit.imaging.seams import find_seam
from labelkit.imaging.silence import silenced, unlogged
from labelkit.imaging.small_picture import Samples, SmallPicture, scale_for, small_picture
from labelkit.imaging.strict_jpeg import Decoded, decode_strictly, plainly
from labelkit.imaging.tiff_pages import tiff_pages

MAX_PIXELS = 50_000_000
"""More is refused before it is decoded: a few kilobytes can declare images that fill the memory."""

MAX_SCAN_PIXELS = 2_000_000_000
"""Pixels times passes of a JPEG: a few kilobytes can ask for thousands of passes over the whole picture."""

_NOT_READ_HERE = frozenset([".avif", ".heic"])
"""Image suffixes whose formats are not among `PILLOW_FORMATS`."""

_BITS = {"1": 1, "I": 32, "F": 32}
_SIXTEEN = "I;16"
_PNG_DEPTH = 24
"""Where a PNG says its bit depth (PNG specification, 11.2.2: behind signature, chunk head, width and height)."""

_BITS_PER_SAMPLE = 258
"""The tag of a TIFF (TIFF 6.0, section 8)."""

Also = Callable[[Image.Image, Samples | None, SmallPicture | None], None]
"""Takes an image that was decoded for its facts; a JPEG's pixels, divided by `scale_for`, where they are sound; and the
small picture, where there is one."""

_OPAQUE = 255
_SCAN = b"\xff\xda"
_RESTARTS = b"\xff\xdd"


def probe(path: str, data: bytes, *, sha256: str = "", also: Also | None = None) -> ImageFacts:
    """The facts of one image, decoded in full; whatever is wrong with it stands in `fault`.

    Args:
        path: POSIX path relative to the root; only carried along, and its suffix named in a fault.
        data: the whole file.
        sha256: of the file, where it is known already.
        also: called with the decoded image, unless it is damaged or unreadable, so that one decode serves two.

    Returns:
        the facts; never an exception, whatever the bytes are.

    """
    facts = ImageFacts(path, len(data), sha256 or hashlib.sha256(data).hexdigest())
    if not data:
        return replace(facts, fault="the file is empty")
    try:
        with _strict_pillow():
            return _decoded(facts, data, also)
    except Exception as e:  # noqa: BLE001 - hostile bytes make a decoder raise anything: ValueError, SyntaxError, MemoryError
        return replace(facts, fault=_told(e, path))


@contextmanager
def _strict_pillow() -> Iterator[None]:
    """Pillow with our limits, and as it was afterwards: the caller may use Pillow too."""
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
    Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = MAX_PIXELS, False
    try:
        with warnings.catch_warnings(), unlogged():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    finally:
        Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = before


def _decoded(facts: ImageFacts, data: bytes, also: Also | None) -> ImageFacts:
    with Image.open(BytesIO(data), formats=PILLOW_FORMATS) as image:
        seen = replace(facts, format=image.format or "", mode=image.mode, width=image.size[0], height=image.size[1])
        if image.size[0] * image.size[1] > MAX_PIXELS:
            return replace(seen, fault=_too_large())
        try:
            if isinstance(image, JpegImageFile):
                return _of_jpeg(seen, image, data, also)
            return _of_other(seen, image, data, also)
        except Exception as e:  # noqa: BLE001 - as in `probe`; what the header said is kept
            return replace(seen, fault=_told(e, facts.path))


def _of_jpeg(seen: ImageFacts, image: JpegImageFile, data: bytes, also: Also | None) -> ImageFacts:
    """Decoded strictly at a fraction of its size; by Pillow in full only when there is a complaint."""
    if "progressive" in image.info and data.count(_SCAN) * image.width * image.height > MAX_SCAN_PIXELS:
        return replace(seen, fault=f"more than {MAX_SCAN_PIXELS // 1_000_000:,} million pixels in all of its passes")
    strict = decode_strictly(data, image.size, gray=image.mode == "L")
    facts = _with_header(seen, image, bits=image.bits, frames=_frames(image, data))
    if strict.complaint or strict.samples is None:
        image.load()
    small = _small(strict, image)
    told = plainly(strict.complaint)
    damage = "" if strict.leftover else told
    suspected = told if strict.leftover else ""
    if not strict.complaint and small is not None:
        suspected = _seam(small, image, data)
    if also is not None and not damage:
        also(image, strict.samples, small)
    return replace(facts, damage=damage, suspected=suspected, pixels=_pixels(facts, small))


def _small(strict: Decoded, image: JpegImageFile) -> SmallPicture | None:
    if strict.samples is None:
        return small_picture(image)
    return SmallPicture.of(strict.samples, 255, scale_for(*image.size))


def _seam(small: SmallPicture, image: JpegImageFile, data: bytes) -> str:
    """What a seam looks like, in words; empty for none, and for files whose blocks do not build on one another."""
    if "progressive" in image.info:
        return ""
    several = len(image.layer) > 1
    block = tuple(8 * max(layer[i] for layer in image.layer) if several else 8 for i in (1, 2))
    seam = find_seam(small, (block[0], block[1]))
    if seam is None or _RESTARTS in data or data.count(_SCAN) != 1:
        return ""
    return f"from row {seam.row} on, stepping at column {seam.column}, the picture jumps along its blocks"


def _of_other(seen: ImageFacts, image: Image.Image, data: bytes, also: Also | None) -> ImageFacts:
    with silenced() if image.format == "TIFF" else nullcontext():
        image.load()
        small = small_picture(image)
        facts = _with_header(seen, image, bits=_bits(image, data), frames=1)
        if also is not None:
            also(image, None, small)
    return replace(facts, frames=_frames(image, data), pixels=_pixels(facts, small))


def _with_header(seen: ImageFacts, image: Image.Image, *, bits: int, frames: int) -> ImageFacts:
    return replace(
        seen,
        bits=bits,
        frames=frames,
        transparent=_transparent(image),
        orientation=orientation_of(image),
        jpeg=jpeg_facts(image),
        exif=exif_facts(image),
    )


def _pixels(facts: ImageFacts, small: SmallPicture | None) -> PixelFacts | None:
    return None if small is None else pixel_facts(small, (facts.width, facts.height), facts.orientation)


def _bits(image: Image.Image, data: bytes) -> int:
    """Bits of a sample as the file stores them: Pillow gives RGB of 16 bits as if it had 8."""
    if image.format == "PNG" and image.mode != "P":
        return data[_PNG_DEPTH]
    if image.format == "TIFF" and image.mode != "P":
        stored = getattr(image, "tag_v2", {}).get(_BITS_PER_SAMPLE, (1,))
        return int(max(stored)) if isinstance(stored, tuple) else int(stored)
    return 16 if image.mode.startswith(_SIXTEEN) else _BITS.get(image.mode, 8)


def _transparent(image: Image.Image) -> bool:
    """Whether any pixel may be seen through: many programs write an alpha channel that hides nothing."""
    if not image.has_transparency_data:
        return False
    least, _ = image.convert("RGBA").getchannel("A").getextrema()
    return least != _OPAQUE


def _frames(image: Image.Image, data: bytes) -> int:
    """How many images are in the file; 1 when the rest of it cannot be walked."""
    if image.format == "TIFF":
        return tiff_pages(data)
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception:  # noqa: BLE001 - as in `probe`; no loader reads beyond the first
        return 1


def _told(e: Exception, path: str) -> str:
    """Why, in words that are the same on every run: Pillow puts addresses of objects into some."""
    if isinstance(e, UnidentifiedImageError):
        if suffix(path) in _NOT_READ_HERE:
            return f"format not supported ({suffix(path)})"
        return "no image: the bytes are of no known format"
    if isinstance(e, (Image.DecompressionBombWarning, Image.DecompressionBombError)):
        return _too_large()
    if isinstance(e, MemoryError):
        return "not enough memory to decode it"
    text = str(e).strip().splitlines()[0] if str(e).strip() else ""
    if isinstance(e, OSError) and text:
        return text
    return f"{type(e).__name__}: {text}" if text else type(e).__name__


def _too_large() -> str:
    return f"more than {MAX_PIXELS // 1_000_000} million pixels"
