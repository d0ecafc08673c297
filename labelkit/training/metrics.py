"""Judge logits against the true classes."""

from __future__ import annotations

from collections.abc import Sequence

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
    area, of = _pr_auc(logs, truth, class_map)
    return Metrics(
        classes=class_map.classes,
        confusion=tuple(tuple(int(n) for n in row) for row in confusion),
        cross_entropy=cross_entropy(logits, truth),
        prior_cross_entropy=float(-np.log(np.asarray(shares))[truth].mean()),
        pr_auc=area,
        pr_auc_of=of,
        accuracy_interval=exact_interval(int(np.trace(confusion)), len(truth)),
        guess=class_map.classes[int(np.argmax(shares))],
        reject=class_map.reject,
    )


def looks_swapped(logits: Logits, truth: Indices, *, prior_cross_entropy: float) -> bool:
    """Whether two classes fit better the other way round, and better than their shares alone: a mapping is inverted."""
    if logits.shape[1] > 2:  # noqa: PLR2004 - only two classes can be swapped
        return False
    swapped = cross_entropy(logits, np.asarray(1 - truth))
    return swapped < min(cross_entropy(logits, truth), prior_cross_entropy)


def _pr_auc(logs: Logits, truth: Indices, class_map: ClassMap) -> tuple[float, str | None]:
    of = class_map.reject or class_map.positive
    if of is not None and len(class_map.classes) == 2:  # noqa: PLR2004 - more classes: the mean over them
        index = class_map.classes.index(of)
        return average_precision(logs[:, index], truth == index), of
    areas = [average_precision(logs[:, i], truth == i) for i in np.unique(truth)]
    return float(np.mean(areas)), None
