"""Notice a model whose answers are read the wrong way round: it knows the classes, and their names are swapped."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from labelkit.domain.classes import ClassMap
from labelkit.domain.evaluation import Reversal
from labelkit.training.metrics import Indices, Logits, log_probabilities, rank_area

ALARM = 0.01
"""Chance, over all pairs of classes, that a model which knows nothing is called reversed."""


def find_reversal(logits: Logits, truth: Indices, *, class_map: ClassMap) -> Reversal | None:
    """The pair of classes that the model ranks the wrong way round most surely, or None.

    For each pair, the images of both are ranked by how much more the model gives to the second than to the first.
    A model that knows nothing ranks them at random, whatever its threshold and however rare a class is; whether the
    order is reversed is told by the one-sided test of Mann and Whitney (Annals of Mathematical Statistics 18, 1947),
    corrected for the number of pairs (Bonferroni).

    Args:
        logits: of the model.
        truth: the class that each image is said to be.
        class_map: the classes in the order of the outputs.

    """
    logs = log_probabilities(logits)
    found = [_of_pair(logs, truth, pair) for pair in combinations(range(len(class_map.classes)), 2)]
    if not found:
        return None
    p, area, (i, j) = min(found)
    p = min(1.0, p * len(found))
    if p >= ALARM:
        return None
    return Reversal(class_map.classes[i], class_map.classes[j], area, p, _fitting(logs, truth, class_map))


def _of_pair(logs: Logits, truth: Indices, pair: tuple[int, int]) -> tuple[float, float, tuple[int, int]]:
    """(p, ROC-AUC, pair): how surely the second of two classes is given less on its own images than on the first's."""
    from scipy.stats import mannwhitneyu

    i, j = pair
    lean = logs[:, j] - logs[:, i]
    first, second = lean[truth == i], lean[truth == j]
    if not len(first) or not len(second):
        return 1.0, 0.5, pair
    of_two = np.concatenate([second, first])
    area = rank_area(of_two, np.arange(len(of_two)) < len(second))
    return float(mannwhitneyu(second, first, alternative="less").pvalue), area, pair


def _fitting(logs: Logits, truth: Indices, class_map: ClassMap) -> tuple[str, ...]:
    """The class names in the order of the outputs under which the images would be most likely (Hungarian method)."""
    from scipy.optimize import linear_sum_assignment

    names = class_map.classes
    gain = np.array([logs[truth == c].sum(axis=0) for c in range(len(names))])  # class x output
    classes, outputs = linear_sum_assignment(gain, maximize=True)
    by_output = dict(zip(outputs.tolist(), classes.tolist(), strict=True))
    return tuple(names[by_output[i]] for i in range(len(names)))
