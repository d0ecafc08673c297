"""Judge a model on images it did not learn from, through the very path that predict takes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labelkit.domain.bundle import Prediction
from labelkit.domain.errors import DataError, ImageError
from labelkit.domain.metrics import Metrics
from labelkit.domain.training import Dataset
from labelkit.training.metrics import judge, looks_swapped
from labelkit.training.open_bundle import Bundle
from labelkit.training.predicting import NOT_FINITE, predict_images


@dataclass(frozen=True, slots=True)
class Judged:
    """The metrics, and what a person should know before trusting the model."""

    metrics: Metrics
    warnings: tuple[str, ...]


def evaluate(bundle: Bundle, held: Dataset, *, learned: Dataset, threads: int) -> Judged:
    """Judge a model on the images of `held`; the class shares to compare with are those of `learned`.

    Raises:
        ImageError: an image cannot be decoded; its path is the place.
        DataError: the model gives no finite numbers.

    """
    paths = [os.path.join(held.root, path) for path, _ in held.samples]  # noqa: PTH118 - bytes stay
    predictions = list(predict_images(bundle, paths, threads=threads))
    logits = np.array([_logits(p) for p in predictions])
    indices = held.class_map.indices
    truth = np.array([indices[name] for _, name in held.samples], np.intp)
    shares = [n / len(learned) for n in learned.counts.values()]
    metrics = judge(logits, truth, class_map=held.class_map, shares=shares)
    swapped = looks_swapped(logits, truth, prior_cross_entropy=metrics.prior_cross_entropy)
    return Judged(metrics, tuple(_warnings(metrics, swapped=swapped)))


def _logits(p: Prediction) -> tuple[float, ...]:
    if p.error == NOT_FINITE:
        raise DataError(
            "the training diverged: the model gives no finite numbers",
            remedy="try another --seed; labelkit audit tells of broken and odd images",
        )
    if p.error:
        raise ImageError(p.error, place=p.path)
    return p.logits


def _warnings(metrics: Metrics, *, swapped: bool) -> Sequence[str]:
    if swapped:
        first, second = metrics.classes
        return [f"with {first} and {second} swapped the model would be better: are the folders the right way round?"]
    if metrics.cross_entropy >= metrics.prior_cross_entropy:
        return ["the model is no better than the class shares alone: do not use it"]
    return []
