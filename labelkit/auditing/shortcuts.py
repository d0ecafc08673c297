"""Shortcuts: whether the class can be told from one nuisance alone, as chance would hardly have it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from labelkit.auditing.chances import Scheme, chances
from labelkit.auditing.coding import Coded, Codes, coded
from labelkit.auditing.holm import holm
from labelkit.auditing.measures import Measure, Origin, Value, column
from labelkit.auditing.nuisances import Subject, nuisances

WORTH_TELLING = 0.70
"""Area under the ROC curve from which on a nuisance tells the class."""

RARE = 0.01
"""Chance of one false alarm or more among all nuisances."""

_TRIES = 150
"""Permutations for each nuisance: enough that a chance of none, times all nuisances, is below `RARE`."""

_SAMPLE = 8_000
"""Images that permutations are drawn over; the area itself is of all."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One nuisance, judged.

    Attributes:
        measure: which.
        auc: area under the ROC curve, cross-validated; 0.5 says nothing.
        values: one an image; empty where the area is too small to be tested.
        coded: the same as bins.
        chance: of an area as large by chance; 1 where the area is too small to be tested.
        corrected: the same among all nuisances.

    """

    measure: Measure
    auc: float
    values: Sequence[Value] = ()
    coded: Coded | None = None
    chance: float = 1.0
    corrected: float = 1.0

    @property
    def tells(self) -> bool:
        """Whether the class can be told from it."""
        return self.auc >= WORTH_TELLING and self.corrected < RARE


def search(subject: Subject, group_of: Mapping[str, str]) -> tuple[Judged, ...]:
    """Judge every nuisance that is not the same for all images, nor the same as an earlier one of its origin.

    Args:
        subject: the images, in an order that follows from their content: then so does the result.
        group_of: path to the group that must stay whole; others stand alone, together with their copies.

    Returns:
        one for each nuisance, those that tell the most first.

    """
    ways = _Ways.of(subject, group_of)
    judged = [_judged(measure, values, bins, ways) for measure, values, bins in _different(subject)]
    tries = _TRIES * len(judged)
    chosen = _sample(np.array(subject.labels, np.intp), len(subject.classes))
    for scheme, alone in ((ways.grouped, False), (ways.alone, True)):
        ours = [(i, j.coded) for i, j in enumerate(judged) if j.coded and ways.alone_for(j.measure, j.coded) is alone]
        cut = [replace(bins, codes=bins.codes[chosen]) for _, bins in ours]
        for (i, _), chance in zip(
            ours, chances(cut, scheme.cut(chosen), tries=tries, seed=_seed(subject)), strict=True
        ):
            judged[i] = replace(judged[i], chance=chance)
    corrected = holm([j.chance for j in judged])
    told = [replace(j, corrected=c) for j, c in zip(judged, corrected, strict=True)]
    return tuple(sorted(told, key=lambda j: -j.auc))


@dataclass(frozen=True, slots=True)
class _Ways:
    """The two ways of dealing the images: groups whole, and every image alone (with its copies)."""

    grouped: Scheme
    alone: Scheme

    @classmethod
    def of(cls, subject: Subject, group_of: Mapping[str, str]) -> _Ways:
        labels, classes = np.array(subject.labels, np.intp), len(subject.classes)
        own = [f"\0{sha256}" for sha256 in column(subject.facts, "sha256")]
        alone = Scheme.of(labels, classes, _numbered(own))
        groups = _numbered([group_of.get(p) or o for p, o in zip(subject.paths, own, strict=True)])
        return cls(Scheme.of(labels, classes, groups) if groups.max() > 0 else alone, alone)

    def alone_for(self, measure: Measure, bins: Coded) -> bool:
        """Whether a nuisance is the grouping itself, as lots are: then groups cannot be exchanged, but images can."""
        if measure.numeric or measure.origin not in {Origin.TAKEN, Origin.NAMED}:
            return False
        pairs = np.unique(np.stack([self.grouped.groups, bins.codes]), axis=1)
        groups_in = np.bincount(pairs[1], minlength=bins.bins)
        known = [n for n, kind in zip(groups_in.tolist(), bins.kinds, strict=True) if kind]
        return pairs.shape[1] == int(self.grouped.groups.max()) + 1 and max(known, default=0) == 1


def _different(subject: Subject) -> Iterator[tuple[Measure, Sequence[Value], Coded]]:
    seen: set[tuple[Origin, bytes]] = set()
    for measure, values in nuisances(subject):
        bins = coded(values, numeric=measure.numeric)
        same = (measure.origin, hashlib.sha256(bins.codes.tobytes()).digest())
        if bins.bins > 1 and same not in seen:
            seen.add(same)
            yield measure, values, bins


def _judged(measure: Measure, values: Sequence[Value], bins: Coded, ways: _Ways) -> Judged:
    scheme = ways.alone if ways.alone_for(measure, bins) else ways.grouped
    auc = round(float(scheme.auc(bins)[0]), 6)
    return Judged(measure, auc, values, bins) if auc >= WORTH_TELLING else Judged(measure, auc)


def _numbered(names: Sequence[str]) -> Codes:
    number: dict[str, int] = {}
    return np.array([number.setdefault(name, len(number)) for name in names], np.intp)


def _sample(labels: Codes, classes: int) -> Codes:
    """The first images of each class, as many of each as there is room for."""
    return np.sort(np.concatenate([np.flatnonzero(labels == c)[: _SAMPLE // classes] for c in range(classes)]))


def _seed(subject: Subject) -> int:
    told = hashlib.sha256()
    for sha256, label in zip(column(subject.facts, "sha256"), subject.labels, strict=True):
        told.update(f"{sha256}{label}".encode())
    return int.from_bytes(told.digest()[:8])
