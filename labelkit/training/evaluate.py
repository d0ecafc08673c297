"""Judge a model on images it did not learn from, through the very path that predict takes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from labelkit.domain.bundle import BundleCard, Prediction
from labelkit.domain.classes import number_of
from labelkit.domain.dataset import Dataset
from labelkit.domain.errors import DataError, ImageError
from labelkit.domain.evaluation import (
    Costs,
    CostThreshold,
    Evaluation,
    GroupScore,
    Mistake,
    RejectCurve,
    Reversal,
    ScoreErrors,
)
from labelkit.domain.metrics import Metrics
from labelkit.training.calibration import calibrate, reliability
from labelkit.training.decision import cheapest_threshold, reject_curve
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
    """A new model judged on held-out images, and what a person should know before trusting it.

    Attributes:
        found: every figure; its bundle and base_dir are empty, for neither has a name yet.
        warnings: one sentence each.

    """

    found: Evaluation
    warnings: tuple[str, ...]

    @property
    def metrics(self) -> Metrics:
        """The figures that the bundle keeps."""
        return self.found.metrics


@dataclass(frozen=True, slots=True)
class Beside:
    """What else is told: the cheapest line for these costs, and each group (path of an image to its group)."""

    costs: Costs | None = None
    group_of: Mapping[str, str] = field(default_factory=dict)


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
    card = replace(bundle.card, learned=tuple(learned.counts.values()))
    found = evaluation_of(ask(bundle, held, threads=threads), card)
    return Judged(found, tuple(_warnings(found.metrics, found.reversal)))


def evaluation_of(answers: Answers, card: BundleCard, beside: Beside | None = None) -> Evaluation:
    """Every figure of what a model said, without the names of bundle and folder.

    The class shares to compare with are those of the images that it learned from, else of the images judged.

    Args:
        answers: what it said.
        card: of the model.
        beside: what else is wanted; costs need a reject class and images of it and of others.

    """
    wanted, dataset = beside or Beside(), answers.dataset
    class_map, logits, truth = dataset.class_map, answers.logits, answers.truth
    shares = shares_of(card.learned or tuple(dataset.counts.values()))
    return Evaluation(
        bundle="",
        base_dir="",
        root=dataset.root,
        card=card,
        counts=dataset.counts,
        metrics=judge(logits, truth, class_map=class_map, shares=shares),
        calibration=calibrate(logits, truth),
        reliability=reliability(logits, truth),
        reject_curve=_reject_curve(answers),
        threshold=cost_threshold(answers, wanted.costs) if wanted.costs else None,
        scores=score_errors(answers),
        groups=group_scores(answers, wanted.group_of) if wanted.group_of else (),
        mistakes=mistakes(answers),
        reversal=find_reversal(logits, truth, class_map=class_map),
    )


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
    return cheapest_threshold(*_rejection(answers), costs)


def _reject_curve(answers: Answers) -> RejectCurve | None:
    """Every line on the reject class; None where none is known, or not both it and others occur."""
    reject = answers.dataset.class_map.reject
    if reject is None:
        return None
    probabilities, is_reject = _rejection(answers)
    both = 0 < is_reject.sum() < len(is_reject)
    return reject_curve(probabilities, is_reject, name=reject) if both else None


def _rejection(answers: Answers) -> tuple[Logits, Indices]:
    """Of each image the probability of the reject class, and 1 where it is one."""
    class_map = answers.dataset.class_map
    assert class_map.reject is not None
    index = class_map.classes.index(class_map.reject)
    probabilities = np.exp(log_probabilities(answers.logits)[:, index])
    return probabilities, (answers.truth == index).astype(np.intp)


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
