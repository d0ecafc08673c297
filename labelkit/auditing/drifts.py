"""Two sets beside each other: how far each measure of one is from that of the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from labelkit.auditing.coding import Numbers, as_numbers, coded
from labelkit.auditing.distances import (
    chance_of_absence,
    chance_of_gap,
    chance_of_shares,
    cramers_v,
    kolmogorov_smirnov,
)
from labelkit.auditing.holm import holm
from labelkit.auditing.measures import Measure, Value

RARE = 0.01
"""Chance of one false alarm or more among all measures."""

_TRIES = 150
"""Dealings for each measure: enough that a chance of none, times all measures, is below `RARE`."""

_SEED = 0


@dataclass(frozen=True, slots=True)
class Beside:
    """One measure of both sets.

    Attributes:
        measure: which.
        limit: distance from which on it has drifted.
        then, now: its values, one an image of the older and the present set.

    """

    measure: Measure
    limit: float
    then: Sequence[Value]
    now: Sequence[Value]


@dataclass(frozen=True, slots=True)
class Drift:
    """How far one measure has drifted.

    Attributes:
        beside: the measure and its values.
        distance: Kolmogorov-Smirnov of numbers, Cramér's V of kinds; 0 to 1.
        chance: of a distance as large by chance; 1 where it is too small to be tested.
        corrected: the same among all measures.
        fresh, gone: kinds that only the present, and only the older set has, with their images, as chance would hardly
            have it.

    """

    beside: Beside
    distance: float
    chance: float = 1.0
    corrected: float = 1.0
    fresh: tuple[tuple[str, int], ...] = ()
    gone: tuple[tuple[str, int], ...] = ()

    @property
    def far(self) -> bool:
        """Whether it has drifted."""
        return self.distance >= self.beside.limit and self.corrected < RARE


def compare(pairs: Sequence[Beside]) -> tuple[Drift, ...]:
    """How far each measure has drifted, the farthest first; one that is not known of both sets is passed over."""
    tries = _TRIES * len(pairs)
    found = [_of_numbers(pair) if pair.measure.numeric else _of_kinds(pair, tries) for pair in pairs]
    drifts = [drift for drift in found if drift is not None]
    corrected = holm([drift.chance for drift in drifts])
    told = [replace(drift, corrected=c) for drift, c in zip(drifts, corrected, strict=True)]
    return tuple(sorted(told, key=lambda d: -d.distance))


def _of_numbers(pair: Beside) -> Drift | None:
    then, now = (numbers[np.isfinite(numbers)] for numbers in (as_numbers(pair.then), as_numbers(pair.now)))
    if not then.size or not now.size:
        return None
    distance = kolmogorov_smirnov(then, now)
    chance = chance_of_gap(distance, then.size, now.size) if distance >= pair.limit else 1.0
    return Drift(pair, round(distance, 6), chance)


def _of_kinds(pair: Beside, tries: int) -> Drift:
    table = _table(pair)
    distance = float(cramers_v(table))
    chance = chance_of_shares(table, tries, _SEED) if distance >= pair.limit else 1.0
    then, now = (Counter("" if v is None else str(v) for v in side) for side in (pair.then, pair.now))
    return Drift(pair, round(distance, 6), chance, fresh=_only(now, then), gone=_only(then, now))


def _table(pair: Beside) -> Numbers:
    """Images of each kind in the older and in the present set."""
    bins = coded([*pair.then, *pair.now], numeric=False)
    sides = (bins.codes[: len(pair.then)], bins.codes[len(pair.then) :])
    return np.stack([np.bincount(side, minlength=bins.bins) for side in sides], axis=1).astype(np.float64)


def _only(here: Counter[str], there: Counter[str]) -> tuple[tuple[str, int], ...]:
    whole = here.total() + there.total()
    only = [(kind, n) for kind, n in here.items() if kind and kind not in there]
    kinds = max(1, len(here | there))
    kept = [(kind, n) for kind, n in only if chance_of_absence(n, here.total(), whole) * kinds < RARE]
    return tuple(sorted(kept, key=lambda pair: (-pair[1], pair[0])))
