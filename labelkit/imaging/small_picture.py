"""The small picture of an image: what its facts are reckoned from, at a stated fraction of its size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

Samples = np.ndarray[tuple[int, ...], np.dtype[np.uint8] | np.dtype[np.uint16]]
"""uint8 or uint16, shape (height, width) for gray and (height, width, 3) for RGB."""

Planes = np.ndarray[tuple[int, ...], np.dtype[np.float32]]

LEAST = 96
"""Pixels that the shorter side keeps: enough for a 32 x 32 perceptual hash, and little enough to be quick."""

SCALES = (8, 4, 2)
"""What a JPEG decoder divides by without reckoning all pixels; other formats are divided likewise, by block means."""

_BYTE, _WORD = 255, 65535

_SOME = 16
"""One row in so many tells most coloured pictures from gray ones."""

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True, slots=True)
class SmallPicture:
    """An image, reduced.

    Attributes:
        samples: before EXIF rotation; gray also when an RGB image holds nothing but gray.
        top: the largest value that the file's bit depth has, 255 or 65535.
        scale: by what each side was divided: 1, 2, 4 or 8.
        planes: the samples as float32, shape (channels, height, width).
        luma: ITU-R BT.601 luma of the planes, in their own range, shape (height, width).
        image: the samples as Pillow gave them, not to be altered; None where they came otherwise.

    """

    samples: Samples
    top: int
    scale: int
    planes: Planes
    luma: Planes
    image: Image.Image | None = None

    @classmethod
    def of(cls, samples: Samples, top: int, scale: int, image: Image.Image | None = None) -> SmallPicture:
        """The picture of these samples, and of the image that holds them, where there is one."""
        told = single_channel(samples)
        if told.ndim == 2:  # noqa: PLR2004 - rows and columns
            planes: Planes = told[None].astype(np.float32)
            luma = planes[0]
        else:
            planes = np.ascontiguousarray(told.transpose(2, 0, 1)).astype(np.float32)
            luma = np.einsum("c,chw->hw", _LUMA, planes)
        return cls(told, top, scale, planes, luma, image if told is samples else None)

    @property
    def gray(self) -> bool:
        """Whether there is one channel."""
        return len(self.planes) == 1


def scale_for(width: int, height: int, *, least: int = LEAST) -> int:
    """By what an image of this size is divided: the largest of 8, 4, 2 that leaves enough pixels, else 1."""
    return next((s for s in SCALES if -(-min(width, height) // s) >= least), 1)


def small_picture(image: Image.Image, *, least: int = LEAST) -> SmallPicture | None:
    """The small picture of a decoded image; None where its values have no fixed range.

    16 bits stand in their own range, never stretched; a palette gives its colours; alpha is shown over black; other
    colour spaces become RGB as Pillow converts them. The same rules as the decode recipe `labelkit-v1`.
    """
    scale = scale_for(*image.size, least=least)
    if image.mode.startswith("I"):
        return _of_words(image, scale)
    if image.mode == "F":
        return None
    plain = _eight_bits(image)
    small = plain.reduce(scale) if scale > 1 else plain
    return SmallPicture.of(np.asarray(small), _BYTE, scale, small)


def single_channel(samples: Samples) -> Samples:
    """The samples, as one channel when red, green and blue are all the same."""
    if samples.ndim == 2:  # noqa: PLR2004 - gray already
        return samples
    first = samples[::_SOME]
    if (first[..., 0] != first[..., 1]).any():
        return samples
    red: Samples = samples[..., 0].copy()
    return red if np.array_equal(red, samples[..., 1]) and np.array_equal(red, samples[..., 2]) else samples


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode in {"L", "RGB"} and "transparency" not in image.info:
        return image
    if image.mode == "1":
        return image.convert("L")
    if image.has_transparency_data:
        shown = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", shown.size, (0, 0, 0, 255)), shown).convert("RGB")
    return image.convert("RGB")


def _of_words(image: Image.Image, scale: int) -> SmallPicture | None:
    words = np.asarray(image)
    if words.min() < 0 or words.max() > _WORD:
        return None
    if scale > 1:
        blocks = Image.fromarray(words.astype(np.float32)).reduce(scale)
        return SmallPicture.of(np.rint(np.asarray(blocks)).astype(np.uint16), _WORD, scale)
    return SmallPicture.of(words.astype(np.uint16), _WORD, scale)
