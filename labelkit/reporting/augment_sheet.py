"""The picture sheet of an augmentation: a row an image, its views beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labelkit.reporting.picture_sheet import GAP, LINE, PictureSheet, Pixels, shown_path

_TILE = 120
"""Pixels that the longer side of a view is enlarged to, at least, by a whole number."""

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
    step = high + LINE + GAP
    sheet = PictureSheet(GAP + columns * (wide + GAP), 2 * LINE + GAP + len(rows) * step)
    sheet.write(GAP, GAP, title)
    for k in range(columns):
        sheet.write(GAP + k * (wide + GAP), GAP + LINE, "unchanged" if k == 0 else f"epoch {k - 1}", faint=True)
    for n, row in enumerate(rows):
        top = 2 * LINE + GAP + n * step
        sheet.write(GAP, top, f"{row.label}  {_shortened(row.path)}")
        for k, pixels in enumerate(row.pictures):
            sheet.paste(GAP + k * (wide + GAP), top + LINE, pixels, (wide, high))
    return sheet.png()


def _shortened(path: str) -> str:
    shown = shown_path(path)
    return shown if len(shown) <= _NAME_CHARS else f"...{shown[-_NAME_CHARS:]}"
