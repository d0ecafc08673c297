"""How far two sets of values are apart, and how rarely chance alone has them as far."""

from __future__ import annotations

import math

import numpy as np

from labelkit.auditing.coding import Numbers

_TERMS = 100
"""Of a series that has converged long before."""


def kolmogorov_smirnov(some: Numbers, others: Numbers) -> float:
    """The largest gap between the two distributions, 0 to 1 (Smirnov 1939); both sets must hold a number."""
    some, others = np.sort(some), np.sort(others)
    at = np.concatenate([some, others])
    below = [np.searchsorted(side, at, side="right") / side.size for side in (some, others)]
    return float(np.abs(below[0] - below[1]).max())


def chance_of_gap(gap: float, some: int, others: int) -> float:
    """The chance of a gap as large between two samples of one distribution; too large where values repeat.

    Kolmogorov's limit with the correction for small samples of Stephens (Journal of the Royal Statistical Society B,
    1970).
    """
    root = math.sqrt(some * others / (some + others))
    scaled = (root + 0.12 + 0.11 / root) * gap
    if scaled < 0.2:  # noqa: PLR2004 - below, the series needs more terms and the chance is 1 to ten digits
        return 1.0
    series = math.fsum(-math.exp(-2 * (k * scaled) ** 2) * (-1) ** k for k in range(1, _TERMS))
    return min(1.0, max(0.0, 2 * series))


def cramers_v(table: Numbers) -> Numbers:
    """Cramér's V between kind and set, 0 to 1, both sets weighing the same whatever their sizes.

    Without equal weights a small new set could never be far from a large old one.

    Args:
        table: shape (..., kinds, 2): images of each kind in each set; neither set empty.

    """
    share = table / table.sum(axis=-2, keepdims=True)
    both = share.sum(axis=-1)
    apart = np.square(share[..., 0] - share[..., 1]) / np.where(both > 0, both, 1)
    distance: Numbers = np.sqrt(apart.sum(axis=-1) / 2)
    return distance


def chance_of_shares(table: Numbers, tries: int, seed: int) -> float:
    """The chance of a V as large when images are dealt to the two sets at random: (as far + 1) / (tries + 1).

    Args:
        table: shape (kinds, 2).
        tries: how many times they are dealt.
        seed: of the dealing.

    """
    whole = table.sum(axis=1).astype(np.int64)
    rng = np.random.default_rng(seed)
    drawn = rng.multivariate_hypergeometric(whole, int(table[:, 1].sum()), size=tries, method="marginals")
    dealt = np.stack([whole - drawn, drawn], axis=-1).astype(np.float64)
    return (int((cramers_v(dealt) >= cramers_v(table) - 1e-9).sum()) + 1) / (tries + 1)


def chance_of_absence(images: int, there: int, whole: int) -> float:
    """The chance that all images of a kind lie in one of two sets.

    Args:
        images: of the kind.
        there: images of the set that they lie in.
        whole: images of both sets.

    """
    log = math.lgamma(there + 1) - math.lgamma(there - images + 1)
    return math.exp(log + math.lgamma(whole - images + 1) - math.lgamma(whole + 1))
