"""Judge logits against the true classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from labelkit.domain.classes import ClassMap
from labelkit.domain.metrics import Metrics

Logits = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
"""Shape (n, 1), the logit of index 1 of two; or (n, classes)."""

Indices = np.ndarray[tuple[int], np.dtype[np.intp]]
"""The true class of each image."""


def log_probabilities(logits: Logits) -> Logits:
    """Natural logarithms of the probabilities, shape (n, classes); exact however large the logits are."""
    if logits.shape[1] == 1:
        z = logits[:, 0]
        return np.stack([-np.logaddexp(0, z), -np.logaddexp(0, -z)], axis=1)
    return np.asarray(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))


def cross_entropy(logits: Logits, truth: Indices) -> float:
    """Mean over the images of -log p(true class), in nats."""
    return float(-log_probabilities(logits)[np.arange(len(truth)), truth].mean())


def average_precision(scores: Logits, hits: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
    """Area under the precision-recall curve as steps: the mean over the hits of the precision down to each.

    Equal scores are taken together (scikit-learn's definition of average precision). NaN where nothing is a hit.
    """
    if not hits.any():
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    found = np.cumsum(hits[order])
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    precision = found[ends] / (ends + 1)
    gained = np.diff(found[ends], prepend=0)
    return float((precision * gained).sum() / hits.sum())


def rank_area(scores: Logits, hits: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
    """ROC-AUC: the chance that a hit scores higher than another image, ties counting half (Mann and Whitney 1947).

    NaN where there are no hits, or nothing else.
    """
    n = int(hits.sum())
    if n in (0, len(hits)):
        return float("nan")
    _, position, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[position]
    return float((ranks[hits].sum() - n * (n + 1) / 2) / (n * (len(hits) - n)))


def exact_interval(right: int, images: int) -> tuple[float, float]:
    """The 95 % interval of a share by Clopper and Pearson (Biometrika 26, 1934): from quantiles of the beta law."""
    from scipy.stats import beta

    low = float(beta.ppf(0.025, right, images - right + 1)) if right else 0.0
    high = float(beta.ppf(0.975, right + 1, images - right)) if right < images else 1.0
    return low, high


def judge(logits: Logits, truth: Indices, *, class_map: ClassMap, shares: Sequence[float]) -> Metrics:
    """All figures of one set of images.

    Args:
        logits: of the model.
        truth: the true classes.
        class_map: the classes in the order of the outputs.
        shares: share of each class among the training images: what one knows without a model.

    """
    logs = log_probabilities(logits)
    said = logs.argmax(axis=1)
    confusion = np.zeros((len(class_map.classes),) * 2, np.int64)
    np.add.at(confusion, (truth, said), 1)
    of = class_map.reject or class_map.positive
    if len(class_map.classes) != 2:  # noqa: PLR2004 - more classes: the mean over them
        of = None
    told = Metrics(
        classes=class_map.classes,
        confusion=tuple(tuple(int(n) for n in row) for row in confusion),
        cross_entropy=cross_entropy(logits, truth),
        prior_cross_entropy=float(-np.log(np.asarray(shares))[truth].mean()),
        pr_auc=_area(average_precision, logs, truth, class_map, of),
        roc_auc=_area(rank_area, logs, truth, class_map, of),
        auc_of=of,
        accuracy_interval=exact_interval(int(np.trace(confusion)), len(truth)),
        guess=class_map.classes[int(np.argmax(shares))],
        reject=class_map.reject,
    )
    return replace(told, escape_interval=_interval(told.escaped), overkill_interval=_interval(told.overkilled))


def _interval(share: tuple[int, int]) -> tuple[float, float] | None:
    return exact_interval(*share) if share[1] else None


Area = Callable[[Logits, np.ndarray[tuple[int], np.dtype[np.bool_]]], float]
"""A figure of how well scores find the hits."""


def _area(area: Area, logs: Logits, truth: Indices, class_map: ClassMap, of: str | None) -> float:
    present = np.unique(truth)
    if len(present) == 1:
        return float("nan")
    if of is not None:
        index = class_map.classes.index(of)
        return area(logs[:, index], truth == index)
    return float(np.mean([area(logs[:, i], truth == i) for i in present]))
