"""White paper that pictures and lines of text are put on, as a PNG."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
"""Shape (height, width, 3), uint8, RGB."""

GAP, LINE = 6, 18
"""Pixels between pictures, and that a line of text takes."""

_PAPER, _INK, _FAINT = (255, 255, 255), (20, 20, 20), (110, 110, 110)
_FONT_SIZE = 13


class PictureSheet:
    """Paper of a size in pixels; places are counted from its upper left corner."""

    def __init__(self, width: int, height: int) -> None:
        self._image = Image.new("RGB", (width, height), _PAPER)
        self._draw = ImageDraw.Draw(self._image)
        self._font = ImageFont.load_default(_FONT_SIZE)

    def write(self, x: int, y: int, text: str, *, faint: bool = False, within: int = 0) -> None:
        """One line of text; with `within` its beginning is cut away until it takes no more pixels than that."""
        self._draw.text((x, y), self._fitting(text, within), _FAINT if faint else _INK, self._font)

    def paste(self, x: int, y: int, pixels: Pixels, size: tuple[int, int]) -> None:
        """A picture, brought to (width, height) without smoothing, so that its pixels can be seen."""
        tile = Image.fromarray(pixels)
        self._image.paste(tile if tile.size == size else tile.resize(size, Image.Resampling.NEAREST), (x, y))

    def png(self) -> bytes:
        """All of it."""
        out = io.BytesIO()
        self._image.save(out, "PNG")
        return out.getvalue()

    def _fitting(self, text: str, within: int) -> str:
        if not within or self._font.getlength(text) <= within:
            return text
        rest = text
        while rest and self._font.getlength(f"...{rest}") > within:
            rest = rest[1:]
        return f"...{rest}"


def shown_path(path: str) -> str:
    """A path as it can be drawn: what is no character becomes a question mark."""
    return path.encode("utf-8", "replace").decode("utf-8")
