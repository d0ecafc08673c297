"""Where to draw the line between good and reject, when an escape costs more than an overkill."""

from __future__ import annotations

import numpy as np

from labelkit.domain.evaluation import Costs, CostThreshold, ErrorCounts
from labelkit.training.metrics import Indices, Logits, exact_interval


def cheapest_threshold(reject: Logits, is_reject: Indices, costs: Costs) -> CostThreshold:
    """The probability of the reject class from which on rejecting is cheapest on these images.

    Every threshold between two neighbouring probabilities is tried (Elkan, The Foundations of Cost-Sensitive Learning,
    IJCAI 2001). Of equally cheap ones the one nearest to overkill / (escape + overkill) is taken: where it would lie
    if the probabilities were exact; where that is no place between two images, the middle of their gap.

    Args:
        reject: probability of the reject class, shape (n,).
        is_reject: 1 for a true reject, else 0; both must occur.
        costs: of one escape and of one overkill.

    """
    order = np.argsort(reject, kind="stable")
    values, truth = reject[order], np.asarray(is_reject)[order]
    edges = np.concatenate([[0], np.flatnonzero(np.diff(values)) + 1, [len(values)]])
    low = np.concatenate([[0.0], values])[edges]
    high = np.concatenate([values, [1.0]])[edges]
    escapes = np.concatenate([[0], np.cumsum(truth)])[edges]
    overkills = (len(truth) - truth.sum()) - np.concatenate([[0], np.cumsum(1 - truth)])[edges]
    spent = costs.escape * escapes + costs.overkill * overkills
    ideal = costs.overkill / (costs.escape + costs.overkill)
    threshold = np.clip(ideal, low, high)
    threshold = np.where((threshold == low) | (threshold == high), (low + high) / 2, threshold)
    best = min(np.flatnonzero(spent == spent.min()), key=lambda i: abs(threshold[i] - ideal))
    at = float(threshold[best])
    return CostThreshold(costs, at, _counts(reject, is_reject, at), _counts(reject, is_reject, 0.5))


def _counts(reject: Logits, is_reject: Indices, threshold: float) -> ErrorCounts:
    rejected, true = reject > threshold, np.asarray(is_reject) == 1
    rejects, goods = int(true.sum()), int((~true).sum())
    escapes, overkills = int((~rejected & true).sum()), int((rejected & ~true).sum())
    return ErrorCounts(
        escapes, rejects, exact_interval(escapes, rejects), overkills, goods, exact_interval(overkills, goods)
    )
