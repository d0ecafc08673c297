"""Sums of many values, from which their mean and their spread come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelkit.imaging.small_picture import Planes

Counts = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
"""How many pixels have each of the levels 0 to 255; shape (256,)."""

_LEVELS = np.arange(256)
_SQUARES = _LEVELS**2


@dataclass(frozen=True, slots=True)
class Sums:
    """How many values there are, their sum, and the sum of their squares.

    What the squares of 64 bits lose is far below the last decimal of a fact; of whole numbers they lose nothing.
    """

    count: int
    first: float
    second: float

    @classmethod
    def of_rows(cls, values: Planes) -> Sums:
        """Of float32, row by row: `dot` of ten thousand and more would wake a thread on every core for each image."""
        exact = values.astype(np.float64)
        return cls(exact.size, float(np.add.reduce(exact, axis=None)), float(np.add.reduce(np.vecdot(exact, exact))))

    @classmethod
    def of_levels(cls, counts: Counts) -> Sums:
        """Of levels, each there so many times."""
        return cls(int(np.add.reduce(counts)), float(counts @ _LEVELS), float(counts @ _SQUARES))

    @classmethod
    def of_counts(cls, counts: Counts) -> Sums:
        """Of the counts themselves: how unevenly the levels are used."""
        return cls(len(counts), float(np.add.reduce(counts)), float(counts @ counts))

    @property
    def mean(self) -> float:
        """Of the values."""
        return self.first / self.count

    @property
    def variance(self) -> float:
        """Mean square less squared mean; 0 at least."""
        return max(0.0, self.second / self.count - self.mean * self.mean)
