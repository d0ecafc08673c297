"""Values as the numbers of bins: of numbers as many in each, of kinds one each, rare kinds together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labelkit.auditing.measures import Value

Codes = np.ndarray[tuple[int, ...], np.dtype[np.intp]]
Numbers = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

_BINS = 32
_COARSE = 4
"""So many neighbouring bins make one for the predictor that knows no direction."""

_KINDS = 64
_LEAST = 8
"""A kind of fewer images says nothing of its own."""


@dataclass(frozen=True, slots=True)
class Coded:
    """One nuisance as bins.

    Attributes:
        codes: bin of each image, 0 to `bins` - 1.
        bins: how many.
        ordered: bins come in the order of the numbers; what is not known is bin 0.
        starts: the first bin of each coarse bin; of kinds every one.
        kinds: name of each bin of kinds; "" for those put together.

    """

    codes: Codes
    bins: int
    ordered: bool
    starts: tuple[int, ...]
    kinds: tuple[str, ...] = ()


def coded(values: Sequence[Value], *, numeric: bool) -> Coded:
    """Bins of values.

    Args:
        values: one an image; None where it is not known.
        numeric: they are numbers.

    """
    return _of_numbers(as_numbers(values)) if numeric else _of_kinds(values)


def as_numbers(values: Sequence[Value]) -> Numbers:
    """Values as an array; NaN where there is no number."""
    return np.array([v if isinstance(v, float) else np.nan for v in values], np.float64)


def _of_numbers(numbers: Numbers) -> Coded:
    known = numbers[np.isfinite(numbers)]
    if not known.size:
        return Coded(np.zeros(len(numbers), np.intp), 1, ordered=True, starts=(0,))
    distinct = np.unique(known)
    if distinct.size <= _BINS:
        edges = distinct[1:]
    else:
        edges = np.unique(np.quantile(known, np.arange(1, _BINS) / _BINS, method="higher"))
        edges = edges[edges > distinct[0]]
    codes = np.searchsorted(edges, numbers, side="right") + 1
    codes[~np.isfinite(numbers)] = 0
    used, codes = np.unique(codes, return_inverse=True)
    step = _COARSE if used.size > 2 * _COARSE else 1
    return Coded(codes.astype(np.intp), used.size, ordered=True, starts=tuple(range(0, used.size, step)))


def _of_kinds(values: Sequence[Value]) -> Coded:
    texts = ["" if v is None else str(v) for v in values]
    counts = Counter(texts)
    often = sorted((k for k, n in counts.items() if n >= _LEAST), key=lambda k: (-counts[k], k))[:_KINDS]
    rare = len(often) < len(counts)
    number = {kind: i for i, kind in enumerate(often)}
    codes = np.array([number.get(text, len(often)) for text in texts], np.intp)
    bins = len(often) + rare
    kinds = (*(kind or "none" for kind in often), *([""] if rare else []))
    return Coded(codes, bins, ordered=False, starts=tuple(range(bins)), kinds=kinds)
