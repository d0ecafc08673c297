"""One read, one full decode, the facts: the only way an image enters an audit."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO

from labelkit.domain.facts import ImageFacts
from labelkit.domain.formats import PILLOW_FORMATS, suffix

MAX_PIXELS = 50_000_000
"""More is refused before it is decoded: a few kilobytes can declare images that fill the memory."""

_NOT_READ_HERE = frozenset([".avif", ".heic"])
"""Image suffixes whose formats are not among `PILLOW_FORMATS`."""


def probe(path: str, data: bytes) -> ImageFacts:
    """The facts of one image, decoded in full; whatever is wrong with it stands in `fault`.

    Args:
        path: POSIX path relative to the root; only carried along, and its suffix named in a fault.
        data: the whole file.

    Returns:
        the facts; never an exception, whatever the bytes are.

    """
    facts = ImageFacts(path, len(data), hashlib.sha256(data).hexdigest())
    if not data:
        return replace(facts, fault="the file is empty")
    try:
        with _strict_pillow():
            return _decoded(facts, data)
    except Exception as e:  # noqa: BLE001 - hostile bytes make a decoder raise anything: ValueError, SyntaxError, MemoryError
        return replace(facts, fault=_told(e, path))


@contextmanager
def _strict_pillow() -> Iterator[None]:
    """Pillow with our limits, and as it was afterwards: the caller may use Pillow too."""
    from PIL import Image, ImageFile

    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
    Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = MAX_PIXELS, False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    finally:
        Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = before


def _decoded(facts: ImageFacts, data: bytes) -> ImageFacts:
    from PIL import Image

    with Image.open(BytesIO(data), formats=PILLOW_FORMATS) as image:
        seen = replace(facts, format=image.format or "", mode=image.mode, width=image.size[0], height=image.size[1])
        if image.size[0] * image.size[1] > MAX_PIXELS:
            return replace(seen, fault=_too_large())
        try:
            image.load()
        except Exception as e:  # noqa: BLE001 - as in `probe`; what the header said is kept
            return replace(seen, fault=_told(e, facts.path))
        return seen


def _told(e: Exception, path: str) -> str:
    """Why, in words that are the same on every run: Pillow puts addresses of objects into some."""
    from PIL import Image, UnidentifiedImageError

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
