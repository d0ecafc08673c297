"""How rarely chance alone would tell the class as well as a nuisance does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labelkit.auditing.coding import Coded, Codes
from labelkit.auditing.folds import folds
from labelkit.auditing.label_auc import counted, label_auc
from labelkit.auditing.permuted_labels import permuted

_ENOUGH = 10
"""So many permutations as good as the truth, and the test ends (Besag and Clifford, Biometrika 1991)."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """Images as they are dealt into folds, and exchanged by permutations.

    Attributes:
        labels: index of each image's class.
        classes: how many.
        groups: number of each image's group.
        folds: fold of each image.

    """

    labels: Codes
    classes: int
    groups: Codes
    folds: Codes

    @classmethod
    def of(cls, labels: Codes, classes: int, groups: Codes) -> Scheme:
        """Deal the images into folds."""
        return cls(labels, classes, groups, folds(labels, groups))

    def cut(self, chosen: Codes) -> Scheme:
        """The same for some of the images, by their numbers."""
        _, groups = np.unique(self.groups[chosen], return_inverse=True)
        return Scheme(self.labels[chosen], self.classes, groups.astype(np.intp), self.folds[chosen])

    def auc(self, bins: Coded, labels: Codes | None = None) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        """How well bins tell the class: one number for each row of labels, by default the true ones."""
        rows = self.labels[None, :] if labels is None else labels
        tables = counted(bins, self.folds, rows, self.classes)
        return label_auc(tables, ordered=bins.ordered, starts=bins.starts)


def chances(found: Sequence[Coded], scheme: Scheme, *, tries: int, seed: int) -> list[float]:
    """The chance of an area as large, of each nuisance: (as good + 1) / (permutations + 1).

    All nuisances share the permutations; each is let go once enough were as good.

    Args:
        found: bins of the images of the scheme.
        scheme: the images.
        tries: permutations for each, at most.
        seed: of the permutations.

    """
    if not found:
        return []
    truth = [float(scheme.auc(bins)[0]) for bins in found]
    as_good, drawn = [0] * len(found), [0] * len(found)
    for labels in permuted(scheme.labels, scheme.groups, np.random.default_rng(seed), tries):
        alive = [i for i, n in enumerate(as_good) if n < _ENOUGH]
        if not alive:
            break
        for i in alive:
            as_good[i] += int((scheme.auc(found[i], labels) >= truth[i] - 1e-9).sum())
            drawn[i] += len(labels)
    return [(good + 1) / (n + 1) for good, n in zip(as_good, drawn, strict=True)]
