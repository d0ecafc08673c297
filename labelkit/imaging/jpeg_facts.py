"""How a JPEG was written: its quality, its tables, its subsampling."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from labelkit.domain.facts import JpegFacts

_Tables = tuple[tuple[int, tuple[int, ...]], ...]
"""Quantisation tables: number and values, row by row."""

_IJG_LUMA = (
    *(16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55),
    *(14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62),
    *(18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92),
    *(49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99),
)
"""The luma table of ITU-T T.81, Annex K.1, row by row."""


def _scaled(quality: int) -> tuple[int, ...]:
    """The table that libjpeg writes for a quality (`jpeg_quality_scaling`)."""
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality  # noqa: PLR2004 - the formula's own bend
    return tuple(min(max((q * percent + 50) // 100, 1), 255) for q in _IJG_LUMA)


_SUBSAMPLINGS: dict[tuple[float, float], str] = {
    (1, 1): "4:4:4",
    (2, 1): "4:2:2",
    (2, 2): "4:2:0",
    (1, 2): "4:4:0",
    (4, 1): "4:1:1",
    (4, 2): "4:1:0",
}
"""How many times as many luma samples as chroma samples, across and down, to the name of that."""

_TABLES = {quality: _scaled(quality) for quality in range(1, 101)}
_SUMS = {quality: sum(table) for quality, table in _TABLES.items()}


def jpeg_facts(image: Image.Image) -> JpegFacts | None:
    """The facts of an opened JPEG; its pixels need not be decoded. None for any other format."""
    if not isinstance(image, JpegImageFile):
        return None
    tables = tuple((number, tuple(table)) for number, table in sorted(image.quantization.items()))
    quality, ijg, fingerprint = _judged(tables, image.layer[0][3] if image.layer else 0)
    return JpegFacts(
        quality=quality,
        ijg_tables=ijg,
        tables=fingerprint,
        subsampling=_subsampling(image.layer),
        progressive="progressive" in image.info,
    )


@lru_cache(maxsize=64)
def _judged(tables: _Tables, of_luma: int) -> tuple[int, bool, str]:
    """Quality, whether the luma table is the IJG's, fingerprint; most sets know but a few encoders."""
    luma = dict(tables).get(of_luma, ())
    quality = _quality(luma)
    return quality, bool(quality) and luma == _TABLES[quality], _fingerprint(tables)


def _quality(luma: Sequence[int]) -> int:
    """The quality whose table sums to the nearest; the better of two that are equally near, 0 without a table."""
    if not luma:
        return 0
    total = sum(luma)
    return min(_SUMS, key=lambda quality: (abs(_SUMS[quality] - total), -quality))


def _fingerprint(tables: _Tables) -> str:
    told = ";".join(f"{number}:{','.join(map(str, table))}" for number, table in tables)
    return hashlib.sha256(told.encode()).hexdigest()[:16] if tables else ""


def _subsampling(layer: Sequence[tuple[int, int, int, int]]) -> str:
    """J:a:b of the second component against the first (ITU-T T.81 has the factors), where it has such a name."""
    if len(layer) < 2:  # noqa: PLR2004 - gray has no chroma
        return ""
    (_, across, down, _), (_, chroma_across, chroma_down, _) = layer[:2]
    return _SUBSAMPLINGS.get((across / chroma_across, down / chroma_down), "")
