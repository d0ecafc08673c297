"""A thumbnail: the small picture of an image, upright, for people and for holding pictures against each other."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from labelkit.domain.formats import PILLOW_FORMATS
from labelkit.domain.thumbnails import LONG_SIDE
from labelkit.imaging.decode import check_size
from labelkit.imaging.exif_facts import orientation_of
from labelkit.imaging.pixel_facts import TURNS
from labelkit.imaging.silence import silenced
from labelkit.imaging.small_picture import LEAST, Samples, SmallPicture, scale_for, small_picture
from labelkit.imaging.strict_jpeg import decode_strictly

_QUALITY = 85
"""Of the JPEG, as libjpeg counts: some 3 kB a picture."""

_EIGHT = 8


def thumbnail(data: bytes, *, side: int = LONG_SIDE) -> bytes:
    """The thumbnail of an image that was decoded in full before.

    16 bits stand in their own range, never stretched; alpha is shown over black: the rules of `small_picture`.

    Args:
        data: the whole file.
        side: pixels of the longer side, at most.

    Returns:
        JPEG bytes, upright, gray or RGB, never enlarged; b"" where the pixels cannot be had, are too many,
        or have no fixed range.

    """
    try:
        with Image.open(BytesIO(data), formats=PILLOW_FORMATS) as image:
            return _of(image, _small(image, data, max(LEAST, side)), side)
    except Exception:  # noqa: BLE001 - hostile bytes make a decoder raise anything; then there is no thumbnail
        return b""


class SharedThumbnail:
    """Makes the same thumbnail from an image that is decoded for its facts; takes it as `imaging.probe.Also` says.

    Attributes:
        data: what `thumbnail` gives; None until an image came, and where its pixels need a decode of their own.

    """

    def __init__(self) -> None:
        self.data: bytes | None = None

    def __call__(self, image: Image.Image, _: Samples | None, small: SmallPicture | None) -> None:
        """Make it of an image's small picture."""
        try:
            self.data = _of(image, small, LONG_SIDE)
        except Exception:  # noqa: BLE001 - as above; the facts must not suffer
            self.data = None


def _of(image: Image.Image, small: SmallPicture | None, side: int) -> bytes:
    return b"" if small is None else _written(_bytes_of(small), TURNS.get(orientation_of(image)), side)


def _small(image: Image.Image, data: bytes, least: int) -> SmallPicture | None:
    check_size(image)
    if isinstance(image, JpegImageFile):
        scale = scale_for(*image.size, least=least)
        samples = decode_strictly(data, image.size, gray=image.mode == "L", scale=scale).samples
        if samples is not None:
            return SmallPicture.of(samples, 255, scale)
    with silenced():
        image.load()
        return small_picture(image, least=least)


def _bytes_of(small: SmallPicture) -> Image.Image:
    samples: Samples = small.samples
    if samples.dtype == np.uint16:
        samples = (samples >> _EIGHT).astype(np.uint8)
    return Image.fromarray(samples)


def _written(picture: Image.Image, turn: Image.Transpose | None, side: int) -> bytes:
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    upright = picture if turn is None else picture.transpose(turn)
    out = BytesIO()
    upright.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()
