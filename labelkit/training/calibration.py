"""How far a model's probabilities can be taken at their word, and the one number that mends most of it."""

from __future__ import annotations

import numpy as np

from labelkit.domain.evaluation import Calibration
from labelkit.training.metrics import Indices, Logits, cross_entropy, log_probabilities

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

    found = minimize_scalar(
        lambda cold: cross_entropy(logits * cold, truth), bounds=(1 / _MOST, 1 / _LEAST), method="bounded"
    )
    temperature = 1 / float(found.x)
    return temperature if 1.01 * _LEAST < temperature < 0.99 * _MOST else None


def calibration_error(logits: Logits, truth: Indices) -> float:
    """Expected calibration error, 0 to 1: mean gap between how sure the model is and how often it is right.

    Over bins of the probability of the class that is said, weighted by their images (Guo et al. 2017).
    """
    logs = log_probabilities(logits)
    sure = np.exp(logs.max(axis=1))
    right = logs.argmax(axis=1) == truth
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=right - sure, minlength=BINS)
    return float(np.abs(gaps).sum() / len(truth))
