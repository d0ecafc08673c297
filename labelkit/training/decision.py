"""Where to draw the line between good and reject, when an escape costs more than an overkill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelkit.domain.evaluation import Costs, CostThreshold, ErrorCounts, LineKind, RejectCurve, RejectLine
from labelkit.training.metrics import Indices, Logits, exact_interval

_POINTS = 100
"""So many points of a curve are taken evenly along the images, and as many along the scale of the probability."""


@dataclass(frozen=True, slots=True)
class _Gaps:
    """The gaps between neighbouring probabilities, the lowest first: their ends, and the mistakes of a line there."""

    low: Logits
    high: Logits
    escapes: Logits
    overkills: Logits

    @property
    def middle(self) -> Logits:
        """A threshold in each."""
        return np.asarray((self.low + self.high) / 2)


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
    gaps = _gaps(reject, is_reject)
    spent = costs.escape * gaps.escapes + costs.overkill * gaps.overkills
    ideal = costs.overkill / (costs.escape + costs.overkill)
    threshold = np.clip(ideal, gaps.low, gaps.high)
    threshold = np.where((threshold == gaps.low) | (threshold == gaps.high), gaps.middle, threshold)
    best = min(np.flatnonzero(spent == spent.min()), key=lambda i: abs(threshold[i] - ideal))
    at = float(threshold[best])
    return CostThreshold(costs, at, _counts(reject, is_reject, at), _counts(reject, is_reject, 0.5))


def reject_curve(reject: Logits, is_reject: Indices, *, name: str) -> RejectCurve:
    """What each threshold on the probability of the reject class lets through and throws away.

    Args:
        reject: probability of the reject class, shape (n,).
        is_reject: 1 for a true reject, else 0; both must occur.
        name: of the class.

    """
    gaps = _gaps(reject, is_reject)
    none_escapes, none_is_lost = np.flatnonzero(gaps.escapes == 0), np.flatnonzero(gaps.overkills == 0)
    wanted = [(LineKind.HALF, 0.5)]
    if len(none_escapes):
        wanted.append((LineKind.NO_ESCAPE, float(gaps.middle[none_escapes[-1]])))
    if len(none_is_lost):
        wanted.append((LineKind.NO_OVERKILL, float(gaps.middle[none_is_lost[0]])))
    lines = [RejectLine(kind, at, _counts(reject, is_reject, at)) for kind, at in wanted]
    chosen = _some(gaps.low)
    points = [(float(gaps.low[i]), int(gaps.escapes[i]), int(gaps.overkills[i])) for i in chosen]
    return RejectCurve(name, tuple(sorted(lines, key=lambda line: line.threshold)), tuple(points))


def _gaps(reject: Logits, is_reject: Indices) -> _Gaps:
    order = np.argsort(reject, kind="stable")
    values, truth = reject[order], np.asarray(is_reject)[order]
    edges = np.concatenate([[0], np.flatnonzero(np.diff(values)) + 1, [len(values)]])
    if values[0] == 0:  # no threshold rejects what the reject class gets nothing of
        edges = edges[1:]
    return _Gaps(
        low=np.concatenate([[0.0], values])[edges],
        high=np.concatenate([values, [1.0]])[edges],
        escapes=np.concatenate([[0], np.cumsum(truth)])[edges],
        overkills=(len(truth) - truth.sum()) - np.concatenate([[0], np.cumsum(1 - truth)])[edges],
    )


def _some(thresholds: Logits) -> list[int]:
    """Places in a rising list, first and last among them: evenly along the list, and along the logit of the values."""
    along = np.linspace(0, len(thresholds) - 1, _POINTS + 1).astype(int)
    grid = 1 / (1 + np.exp(-np.linspace(-9, 9, _POINTS + 1)))
    found = np.clip(np.searchsorted(thresholds, grid), 0, len(thresholds) - 1)
    return sorted({int(i) for i in (*along, *found)})


def _counts(reject: Logits, is_reject: Indices, threshold: float) -> ErrorCounts:
    rejected, true = reject > threshold, np.asarray(is_reject) == 1
    rejects, goods = int(true.sum()), int((~true).sum())
    escapes, overkills = int((~rejected & true).sum()), int((rejected & ~true).sum())
    return ErrorCounts(
        escapes, rejects, exact_interval(escapes, rejects), overkills, goods, exact_interval(overkills, goods)
    )
