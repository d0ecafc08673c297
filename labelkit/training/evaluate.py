"""Judge a model on images it did not learn from, through the very path that predict takes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from labelkit.domain.bundle import Prediction
from labelkit.domain.classes import number_of
from labelkit.domain.dataset import Dataset
from labelkit.domain.errors import DataError, ImageError
from labelkit.domain.evaluation import Costs, CostThreshold, GroupScore, Mistake, Reversal, ScoreErrors
from labelkit.domain.metrics import Metrics
from labelkit.training.decision import cheapest_threshold
from labelkit.training.metrics import Indices, Logits, exact_interval, judge, log_probabilities
from labelkit.training.open_bundle import Bundle
from labelkit.training.predicting import NOT_FINITE, predict_images
from labelkit.training.reversal import find_reversal


@dataclass(frozen=True, slots=True)
class Answers:
    """What a model said of a labeled set.

    Attributes:
        dataset: the set; its class map is that of the model.
        logits: of each image, in the order of the samples.
        truth: the class of each image.

    """

    dataset: Dataset
    logits: Logits
    truth: Indices


@dataclass(frozen=True, slots=True)
class Judged:
    """The metrics, and what a person should know before trusting the model."""

    metrics: Metrics
    warnings: tuple[str, ...]


def ask(bundle: Bundle, dataset: Dataset, *, threads: int, advance: Callable[[], None] | None = None) -> Answers:
    """What the model says of every image of a set.

    Raises:
        ImageError: an image cannot be decoded; its path is the place.
        DataError: the model gives no finite numbers.

    """
    paths = [os.path.join(dataset.root, path) for path, _ in dataset.samples]  # noqa: PTH118 - bytes stay
    found = []
    for prediction in predict_images(bundle, paths, threads=threads):
        found.append(_logits(prediction))
        if advance is not None:
            advance()
    indices = dataset.class_map.indices
    return Answers(dataset, np.array(found), np.array([indices[name] for _, name in dataset.samples], np.intp))


def evaluate(bundle: Bundle, held: Dataset, *, learned: Dataset, threads: int) -> Judged:
    """Judge a new model on the images of `held`; the class shares to compare with are those of `learned`.

    Raises:
        ImageError: an image cannot be decoded; its path is the place.
        DataError: the model gives no finite numbers.

    """
    answers = ask(bundle, held, threads=threads)
    shares = [n / len(learned) for n in learned.counts.values()]
    metrics = judge(answers.logits, answers.truth, class_map=held.class_map, shares=shares)
    reversal = find_reversal(answers.logits, answers.truth, class_map=held.class_map)
    return Judged(metrics, tuple(_warnings(metrics, reversal)))


def mistakes(answers: Answers) -> tuple[Mistake, ...]:
    """The images said to be another class, those with the least probability for their own class first."""
    names = answers.dataset.class_map.classes
    logs = log_probabilities(answers.logits)
    said = logs.argmax(axis=1)
    own = logs[np.arange(len(said)), answers.truth]
    wrong = np.flatnonzero(said != answers.truth)
    wrong = wrong[np.argsort(own[wrong], kind="stable")]
    samples = answers.dataset.samples
    return tuple(Mistake(samples[i][0], samples[i][1], names[said[i]], float(np.exp(own[i]))) for i in wrong)


def score_errors(answers: Answers) -> ScoreErrors | None:
    """How far off in score units; None where a class name is no number."""
    values = [number_of(name) for name in answers.dataset.class_map.classes]
    if any(v is None for v in values):
        return None
    scores = np.array([v for v in values if v is not None])
    logs = log_probabilities(answers.logits)
    true = scores[answers.truth]
    return ScoreErrors(
        mean_absolute_error=float(np.abs(scores[logs.argmax(axis=1)] - true).mean()),
        expected_absolute_error=float(np.abs(np.exp(logs) @ scores - true).mean()),
        guess_absolute_error=float(np.abs(np.median(true) - true).mean()),
    )


def group_scores(answers: Answers, group_of: Mapping[str, str]) -> tuple[GroupScore, ...]:
    """One score for each group, the lowest accuracy first; path to group, images without one are left out."""
    logs = log_probabilities(answers.logits)
    right = logs.argmax(axis=1) == answers.truth
    losses = -logs[np.arange(len(right)), answers.truth]
    groups = np.array([group_of.get(path, "") for path, _ in answers.dataset.samples])
    out = []
    for name in sorted(set(group_of.values())):
        inside = groups == name
        images, hits = int(inside.sum()), int(right[inside].sum())
        out.append(GroupScore(name, images, hits, exact_interval(hits, images), float(losses[inside].mean())))
    return tuple(sorted(out, key=lambda g: (g.accuracy, -g.images, g.group)))


def cost_threshold(answers: Answers, costs: Costs) -> CostThreshold:
    """The cheapest line on the probability of the reject class; rejects and other images must occur."""
    class_map = answers.dataset.class_map
    assert class_map.reject is not None
    index = class_map.classes.index(class_map.reject)
    probabilities = np.exp(log_probabilities(answers.logits)[:, index])
    return cheapest_threshold(probabilities, (answers.truth == index).astype(np.intp), costs)


def shares_of(counts: Sequence[int]) -> list[float]:
    """The share of each class; one without images counts as half an image, so that nothing is infinitely surprising."""
    whole = sum(counts)
    return [max(n, 0.5) / whole for n in counts]


def _logits(p: Prediction) -> tuple[float, ...]:
    if p.error == NOT_FINITE:
        raise DataError(
            "the training diverged: the model gives no finite numbers",
            remedy="try another --seed; labelkit audit tells of broken and odd images",
        )
    if p.error:
        raise ImageError(p.error, place=p.path)
    return p.logits


def _warnings(metrics: Metrics, reversal: Reversal | None) -> Sequence[str]:
    if reversal is not None:
        return [f"{reversal}: are the folders named the right way round?"]
    if metrics.cross_entropy >= metrics.prior_cross_entropy:
        return ["the model is no better than the class shares alone: do not use it"]
    return []
