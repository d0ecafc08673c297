"""Distances between rows of numbers: how far each is from its nearest others."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

import numpy as np

Rows = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
"""Shape (images, measures)."""

Distances = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
"""Shape (images,)."""

_LANDMARKS = 2000
"""Above so many rows, neighbours are sought among so many of them, drawn once by a fixed seed."""

_AT_ONCE = 1 << 20
"""Distances held at a time: 8 MB, and the same again for each step of the reckoning."""

_AS_DEVIATION = 1.4826
_SEED = 0


def standardised(columns: Iterable[array[float]], measures: int) -> Rows:
    """Each measure less its median, in scaled median absolute deviations; where these are nothing, in deviations.

    Args:
        columns: of each measure one number a row; one column is held at a time.
        measures: how many columns there are.

    Returns:
        shape (rows, measures).

    """
    rows = np.empty((0, measures))
    for at, column in enumerate(columns):
        values = np.frombuffer(column)
        rows = rows if at else np.empty((len(values), measures))
        centred = values - np.median(values)
        spread = _AS_DEVIATION * float(np.median(np.abs(centred))) or float(values.std()) or 1.0
        np.divide(centred, spread, out=rows[:, at])
    return rows


def mean_distances(rows: Rows, neighbours: int) -> Distances:
    """The mean Euclidean distance of each row to so many nearest others.

    Up to 2,000 rows: to all others. Above: to 2,000 landmarks, the same for all, so that the work grows with the number
    of rows and not with its square (Sugiyama and Borgwardt, "Rapid Distance-Based Outlier Detection via Sampling",
    NIPS 2013). A row that is a landmark itself is not its own neighbour.
    """
    count = min(len(rows), _LANDMARKS)
    drawn = np.sort(np.random.default_rng(_SEED).permutation(len(rows))[:count])
    landmarks = rows[drawn]
    squares = np.einsum("ij,ij->i", landmarks, landmarks)
    found = np.empty(len(rows))
    step = max(1, _AT_ONCE // count)
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        apart = np.einsum("ij,ij->i", part, part)[:, None] + squares - 2 * (part @ landmarks.T)
        own = np.flatnonzero((drawn >= start) & (drawn < start + len(part)))
        apart[drawn[own] - start, own] = np.inf
        nearest = np.partition(apart, neighbours - 1, axis=1)[:, :neighbours]
        found[start : start + len(part)] = np.sqrt(np.maximum(nearest, 0)).mean(axis=1)
    return np.round(found, 6)
