"""Judge a model on images it did not learn from, through the very path that predict takes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labelkit.domain.errors import ImageError
from labelkit.domain.metrics import Metrics
from labelkit.domain.training import Dataset
from labelkit.training.metrics import judge, looks_swapped
from labelkit.training.open_bundle import Bundle
from labelkit.training.predicting import predict_images


@dataclass(frozen=True, slots=True)
class Judged:
    """The metrics, and what a person should know before trusting the model."""

    metrics: Metrics
    warnings: tuple[str, ...]


def evaluate(bundle: Bundle, held: Dataset, *, learned: Dataset, threads: int) -> Judged:
    """Judge a model on the images of `held`; the class shares to compare with are those of `learned`.

    Raises:
        ImageError: an image cannot be decoded; or the model gives no finite number; its path is the place.

    """
    paths = [os.path.join(held.root, path) for path, _ in held.samples]  # noqa: PTH118 - bytes stay
    predictions = list(predict_images(bundle, paths, threads=threads))
    for p in predictions:
        if p.error:
            raise ImageError(p.error, place=p.path)
    logits = np.array([p.logits for p in predictions])
    indices = held.class_map.indices
    truth = np.array([indices[name] for _, name in held.samples], np.intp)
    shares = [n / len(learned) for n in learned.counts.values()]
    metrics = judge(logits, truth, class_map=held.class_map, shares=shares)
    swapped = looks_swapped(logits, truth, prior_cross_entropy=metrics.prior_cross_entropy)
    return Judged(metrics, tuple(_warnings(metrics, swapped=swapped)))


def _warnings(metrics: Metrics, *, swapped: bool) -> Sequence[str]:
    if swapped:
        first, second = metrics.classes
        return [f"with {first} and {second} swapped the model would be better: are the folders the right way round?"]
    if metrics.cross_entropy >= metrics.prior_cross_entropy:
        return ["the model is no better than the class shares alone: do not use it"]
    return []
