"""The picture sheet of an augmentation: a row an image, its views beside it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]

_TILE = 120
"""Pixels that the longer side of a view is enlarged to, at least, by a whole number."""

_GAP, _LINE = 6, 18
_PAPER, _INK, _FAINT = (255, 255, 255), (20, 20, 20), (110, 110, 110)
_NAME_CHARS = 40


@dataclass(frozen=True, slots=True)
class Row:
    """One image: its class, its path, and its pictures, uint8 (height, width, 3), the unchanged one first."""

    label: str
    path: str
    pictures: Sequence[Pixels]


def draw_sheet(rows: Sequence[Row], *, title: str) -> bytes:
    """A PNG of all rows, each below a line with class and path."""
    height, width = rows[0].pictures[0].shape[:2]
    factor = max(1, -(-_TILE // max(height, width)))
    wide, high = width * factor, height * factor
    columns = max(len(row.pictures) for row in rows)
    step = high + _LINE + _GAP
    sheet = Image.new("RGB", (_GAP + columns * (wide + _GAP), 2 * _LINE + _GAP + len(rows) * step), _PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(13)
    draw.text((_GAP, _GAP), title, _INK, font)
    for k in range(columns):
        told = "unchanged" if k == 0 else f"epoch {k - 1}"
        draw.text((_GAP + k * (wide + _GAP), _GAP + _LINE), told, _FAINT, font)
    for n, row in enumerate(rows):
        top = 2 * _LINE + _GAP + n * step
        draw.text((_GAP, top), f"{row.label}  {_shortened(row.path)}", _INK, font)
        for k, pixels in enumerate(row.pictures):
            tile = Image.fromarray(pixels).resize((wide, high), Image.Resampling.NEAREST)
            sheet.paste(tile, (_GAP + k * (wide + _GAP), top + _LINE))
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def _shortened(path: str) -> str:
    shown = path.encode("utf-8", "replace").decode("utf-8")
    return shown if len(shown) <= _NAME_CHARS else f"...{shown[-_NAME_CHARS:]}"
