"""How far a model's probabilities can be taken at their word, and the one number that mends most of it."""

from __future__ import annotations

import numpy as np

from labelkit.domain.evaluation import Calibration, ReliabilityBin
from labelkit.training.metrics import Indices, Logits, cross_entropy, exact_interval, log_probabilities

BINS = 15
"""Of equal width, as Guo et al. have it (On Calibration of Modern Neural Networks, ICML 2017)."""

_LEAST, _MOST = 0.05, 20.0
"""Where a temperature is looked for; one at the edge is not determined by the images."""


def calibrate(logits: Logits, truth: Indices) -> Calibration:
    """The temperature that makes these images most likely, with the calibration error as it is and after it.

    Logits are divided by the temperature (Guo et al. 2017): above 1 the model is too sure of itself, below 1 not sure
    enough; which class is said stays as it is for one temperature over all classes.

    Args:
        logits: of the model.
        truth: the true classes.

    """
    error = calibration_error(logits, truth)
    temperature = fit_temperature(logits, truth)
    if temperature is None:
        return Calibration(error, None, None, None)
    cooled = logits / temperature
    return Calibration(error, temperature, calibration_error(cooled, truth), cross_entropy(cooled, truth))


def fit_temperature(logits: Logits, truth: Indices) -> float | None:
    """The temperature with the lowest cross-entropy; None where the images do not determine one.

    That is so where every image is said rightly (the colder the better) or the model knows nothing (the hotter the
    better). The cross-entropy is convex in the inverse temperature, so one bounded search finds its minimum.
    """
    from scipy.optimize import minimize_scalar

    def loss(cold: float) -> float:
        return cross_entropy(logits * cold, truth)

    ends = (1 / _MOST, 1 / _LEAST)
    found = minimize_scalar(loss, bounds=ends, method="bounded")
    if loss(float(found.x)) >= min(map(loss, ends)):  # flat: a model that is surer than numbers can tell
        return None
    temperature = 1 / float(found.x)
    return temperature if 1.01 * _LEAST < temperature < 0.99 * _MOST else None


def calibration_error(logits: Logits, truth: Indices) -> float:
    """Expected calibration error, 0 to 1: mean gap between how sure the model is and how often it is right.

    Over bins of the probability of the class that is said, weighted by their images (Guo et al. 2017).
    """
    sure, right, bins = _binned(logits, truth)
    gaps = np.bincount(bins, weights=right - sure, minlength=BINS)
    return float(np.abs(gaps).sum() / len(truth))


def reliability(logits: Logits, truth: Indices) -> tuple[ReliabilityBin, ...]:
    """How often the model is right where it is about so sure, over the bins of `calibration_error` that hold images."""
    sure, right, bins = _binned(logits, truth)
    out = []
    for place in range(BINS):
        inside = bins == place
        images, hits = int(inside.sum()), int(right[inside].sum())
        if images:
            ends = (place / BINS, (place + 1) / BINS)
            out.append(ReliabilityBin(*ends, images, float(sure[inside].mean()), hits, exact_interval(hits, images)))
    return tuple(out)


def _binned(logits: Logits, truth: Indices) -> tuple[Logits, Indices, Indices]:
    """Of each image: the probability of the class that is said, 1 where that is the true class, and its bin."""
    logs = log_probabilities(logits)
    sure = np.exp(logs.max(axis=1))
    right = (logs.argmax(axis=1) == truth).astype(np.intp)
    return sure, right, np.minimum((sure * BINS).astype(np.intp), BINS - 1)
