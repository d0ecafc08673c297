"""What can be measured of an image without knowing the part: each measure by name, and how facts give it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from operator import attrgetter
from typing import cast

from labelkit.domain.fact_table import ChosenFacts
from labelkit.domain.facts import ExifFacts, FactValue, ImageFacts, JpegFacts, PixelFacts
from labelkit.domain.units import told_bytes

Value = float | str | None
"""What a measure gives of one image: a number, a kind, or None where it is not known."""

Cells = tuple[FactValue, ...]
"""The facts that a measure needs, in its order."""


class Origin(StrEnum):
    """Where a measure comes from: that decides how grave it is that it tells the class."""

    WRITTEN = "written"
    """How the file was written. No part makes that."""
    PICTURE = "picture"
    """One number of the whole picture. A defect may make that, and so may a lamp."""
    TAKEN = "taken"
    """When, where and by what the picture was taken."""
    NAMED = "named"
    """The file's name and folder, which no network sees."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that facts tell of an image.

    Attributes:
        name: as numbers in a report have it.
        told: the same in words.
        origin: where it comes from.
        numeric: values are numbers with an order; else kinds.
        needs: the columns of facts that it is made of.
        make: its value from these facts; None takes the only one as it is.
        tell: a value in words.

    """

    name: str
    told: str
    origin: Origin
    numeric: bool
    needs: tuple[str, ...]
    make: Callable[[Cells], Value] | None = None
    tell: Callable[[float], str] = "{:.3g}".format

    def values(self, columns: Sequence[Sequence[FactValue]]) -> list[Value]:
        """One value an image.

        Args:
            columns: those of `needs`, one cell an image.

        """
        make = self.make or (_number if self.numeric else _kind)
        return [make(cells) for cells in zip(*columns, strict=True)]


def _number(cells: Cells) -> Value:
    value = cells[0]
    return None if value is None or isinstance(value, str) else float(value)


def _kind(cells: Cells) -> Value:
    value = cells[0]
    return None if value is None else str(value)


def _bytes_a_pixel(cells: Cells) -> Value:
    size, width, height = cells
    area = _product((width, height))
    return size / area if isinstance(size, (int, float)) and isinstance(area, float) and area else None


def _product(cells: Cells) -> Value:
    width, height = cells
    return float(width) * float(height) if isinstance(width, int) and isinstance(height, int) else None


def _size(cells: Cells) -> Value:
    width, height = cells
    return f"{width} x {height}"


def _encoding(cells: Cells) -> Value:
    """How the chroma is stored and in how many passes; no JPEG, no kind of its own."""
    subsampling, progressive = cells
    return None if progressive is None else f"{subsampling}{' progressive' if progressive else ''}"


def _quality(cells: Cells) -> Value:
    """0 says that there are no tables."""
    return float(cells[0]) if isinstance(cells[0], int) and cells[0] else None


def _colour(cells: Cells) -> Value:
    return None if cells[0] is None else ("gray" if cells[0] else "coloured")


def _bytes(value: float) -> str:
    return told_bytes(round(value))


_W, _P, _T = Origin.WRITTEN, Origin.PICTURE, Origin.TAKEN

MEASURES: tuple[Measure, ...] = (
    Measure("format", "format", _W, False, ("format",)),
    Measure("mode", "colour mode", _W, False, ("mode",)),
    Measure("bits", "bits of a sample", _W, False, ("bits",)),
    Measure("orientation", "EXIF orientation", _W, False, ("orientation",)),
    Measure("dimensions", "width x height", _W, False, ("width", "height"), _size),
    Measure("pixels", "number of pixels", _W, True, ("width", "height"), _product, "{:,.0f}".format),
    Measure("jpeg_quality", "JPEG quality", _W, True, ("jpeg_quality",), _quality),
    Measure("jpeg_tables", "JPEG tables", _W, False, ("jpeg_tables",)),
    Measure("jpeg_encoding", "JPEG subsampling", _W, False, ("jpeg_subsampling", "jpeg_progressive"), _encoding),
    Measure("gray", "gray or coloured", _W, False, ("gray",), _colour),
    Measure("file_size", "file size", _P, True, ("size",), None, _bytes),
    Measure("bytes_per_pixel", "bytes per pixel", _P, True, ("size", "width", "height"), _bytes_a_pixel),
    Measure("brightness", "brightness", _P, True, ("brightness",)),
    Measure("contrast", "contrast", _P, True, ("contrast",)),
    Measure("sharpness", "sharpness", _P, True, ("sharpness",)),
    Measure("red", "mean red", _P, True, ("red",)),
    Measure("green", "mean green", _P, True, ("green",)),
    Measure("blue", "mean blue", _P, True, ("blue",)),
    Measure("border", "brightness of the border", _P, True, ("border",)),
    Measure("border_contrast", "contrast of the border", _P, True, ("border_contrast",)),
    Measure("camera", "camera (EXIF)", _T, False, ("exif_camera",)),
    Measure("software", "software (EXIF)", _T, False, ("exif_software",)),
)
"""What shortcuts and drift are looked for in, of facts alone."""


def column(facts: Sequence[ImageFacts], name: str) -> list[FactValue]:
    """One column of facts, one cell an image.

    Raises:
        KeyError: no such column.

    """
    group, field = _PLACES[name]
    if isinstance(facts, ChosenFacts):
        return cast("list[FactValue]", facts.column(group, field))
    get: Callable[[object], FactValue] = attrgetter(field)
    if not group:
        return [get(fact) for fact in facts]
    holder: Callable[[ImageFacts], object] = attrgetter(group)
    return [None if (held := holder(fact)) is None else get(held) for fact in facts]


def _places() -> dict[str, tuple[str, str]]:
    groups = {"pixels": ("", PixelFacts), "jpeg": ("jpeg_", JpegFacts), "exif": ("exif_", ExifFacts)}
    out = {f.name: ("", f.name) for f in fields(ImageFacts) if f.name not in groups}
    for group, (prefix, kind) in groups.items():
        out.update({prefix + f.name: (group, f.name) for f in fields(kind)})
    return out


_PLACES = _places()
"""Column to the group of facts that it is in (empty: none), and its name there."""
