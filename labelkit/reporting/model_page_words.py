"""What a model's page says of the figures: is it any good, how sure is that, and what each figure means."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from labelkit.domain.evaluation import Evaluation
from labelkit.domain.metrics import FEW, Metrics
from labelkit.domain.model_report import FitStory, ModelReport
from labelkit.domain.names import shown
from labelkit.reporting.console import count
from labelkit.reporting.metrics_console import between, nats, rounded, share

NO_VALUE = "–"  # noqa: RUF001 - the dash of a cell without a value


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its name, the model's value, that of somebody who knows the class shares only, and what it means."""

    name: str
    model: str
    alone: str
    means: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to "is it any good?": mood ("error", "warning" or "fine"), one line, and the line below it."""

    mood: str
    headline: str
    summary: str


def verdict(found: Evaluation) -> Verdict:
    """The answer, on these images."""
    mood, headline = _headline(found)
    return Verdict(mood, _tight(shown(headline)), _tight(shown(_summary(found.metrics))))


def remarks(report: ModelReport, headline: str) -> tuple[str, ...]:
    """What else must be known before anything is believed; nothing that the headline says already."""
    m = report.found.metrics
    said = headline.casefold()
    told = [w for w in report.warnings if w.casefold() not in said and said not in w.casefold()]
    if report.found.reversal is not None:
        told = [w for w in told if str(report.found.reversal) not in w]
        fitting = ", ".join(f"index {i} = {name}" for i, name in enumerate(report.found.reversal.fitting))
        told.append(f"{report.found.reversal}; these images would fit it as {fitting}.")
    if m.images < FEW:
        low, high = m.accuracy_interval
        few = "is" if m.images == 1 else "are"
        told.append(
            f"{count(m.images, 'image')} {few} few: the accuracy lies between {rounded(low)} and {rounded(high)}."
        )
    after = report.found.calibration.cross_entropy_after
    if after is not None and after < m.prior_cross_entropy <= m.cross_entropy:
        told.append(
            f"It is far too sure of itself: with a temperature it would score {nats(after)}, "
            f"better than the {nats(m.prior_cross_entropy)} of the class shares."
        )
    return tuple(_tight(shown(line)) for line in told)


def judged_on(report: ModelReport) -> str:
    """'19 images of base_dir, held out of its training'."""
    where = f"{count(report.found.metrics.images, 'image')} of {report.found.base_dir}"
    return shown(f"{where}, held out of its training" if report.fit else where)


def figures(m: Metrics) -> tuple[Figure, ...]:
    """Every figure beside that of somebody who knows the class shares only."""
    every = (*_losses(m), *_accuracies(m), *_areas(m), *_of_reject(m))
    return tuple(replace(figure, means=_tight(figure.means)) for figure in every)


def curves_told(fit: FitStory, prior: float) -> str:
    """How to read the curves, and what these say."""
    best, last = fit.history[fit.best_epoch - 1], fit.history[-1]
    below = "below" if best.validation_cross_entropy < prior else "not below"
    stopped = (
        f"Training ended at epoch {last.epoch}: no better for {fit.schedule.patience}."
        if last.epoch < fit.schedule.epochs
        else f"All {count(last.epoch, 'epoch')} were trained."
    )
    return (
        "The training line is measured while it learns, on changed views of its images. "
        "A line below the dotted one knows more than the class shares; where the training line goes on falling while "
        "the validation line rises, the network learns its images by heart. "
        f"Here the validation line is lowest at epoch {best.epoch}, {nats(best.validation_cross_entropy)}, which is "
        f"{below} the {nats(prior)} of the class shares; the weights of that epoch were kept. {stopped}"
    )


def _tight(text: str) -> str:
    """No line break between a number and its percent sign."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def _headline(found: Evaluation) -> tuple[str, str]:
    m = found.metrics
    if found.reversal is not None:
        return "error", f"The model reads {found.reversal.first} and {found.reversal.second} the wrong way round"
    if m.cross_entropy >= m.prior_cross_entropy:
        return "error", "The model is no better than the class shares alone: do not use it"
    present = [name for name, row in zip(m.classes, m.confusion, strict=True) if sum(row)]
    if len(present) == 1:
        return "warning", f"Only {present[0]} was judged: nothing is known of the rest"
    if m.accuracy_interval[0] <= m.guess_accuracy:
        return "warning", f"Better than the class shares, but its accuracy is not surely above always saying {m.guess}"
    return "fine", (
        f"The true class gets {rounded(m.likelihood)}; class shares alone give {rounded(m.prior_likelihood)}"
    )


def _summary(m: Metrics) -> str:
    right = sum(row[i] for i, row in enumerate(m.confusion))
    told = f"{right:,} of {m.images:,} said rightly: {share(m.accuracy)} {between(m.accuracy_interval)}"
    for part in _reject_counts(m):
        told += f"; {part}"
    return f"{told}."


def _reject_counts(m: Metrics) -> Iterator[str]:
    if m.escape is not None:
        escaped, rejects = m.escaped
        yield f"{escaped:,} of {rejects:,} {m.reject} let through: {share(m.escape)} {between(m.escape_interval)}"
    if m.overkill is not None:
        lost, goods = m.overkilled
        yield f"{lost:,} of {goods:,} good ones rejected: {share(m.overkill)} {between(m.overkill_interval)}"


def _losses(m: Metrics) -> Iterator[Figure]:
    yield Figure(
        "cross-entropy",
        nats(m.cross_entropy),
        nats(m.prior_cross_entropy),
        "The mean of \N{MINUS SIGN}log(what the true class is given): 0 is perfect, being surely wrong costs most.",
    )
    yield Figure(
        "the same as a probability",
        rounded(m.likelihood),
        rounded(m.prior_likelihood),
        "What the true class is given: exp(\N{MINUS SIGN}cross-entropy), the geometric mean over the images.",
    )


def _accuracies(m: Metrics) -> Iterator[Figure]:
    yield Figure(
        "accuracy",
        share(m.accuracy),
        share(m.guess_accuracy),
        f"The share said rightly; on more such images {_range(m.accuracy_interval)}. "
        f"Beside it: always saying {shown(m.guess)}.",
    )
    yield Figure(
        "balanced accuracy",
        share(m.balanced_accuracy),
        share(m.guess_balanced_accuracy),
        "The mean over the classes of the share found: a rare class counts as much as a common one.",
    )


def _areas(m: Metrics) -> Iterator[Figure]:
    whose = f" ({shown(m.auc_of)})" if m.auc_of else " (mean over the classes)"
    if math.isnan(m.roc_auc):
        why = "Cannot be told: images of one class only were judged."
        yield from (Figure(name, NO_VALUE, NO_VALUE, why) for name in (f"ROC-AUC{whose}", f"PR-AUC{whose}"))
        return
    of = shown(m.auc_of) if m.auc_of else "a class"
    yield Figure(
        f"ROC-AUC{whose}",
        f"{m.roc_auc:.3f}",
        "0.500",
        f"The chance that an image of {of} is given more of it than one of another class, wherever the line stands.",
    )
    yield Figure(
        f"PR-AUC{whose}",
        f"{m.pr_auc:.3f}",
        f"{_random_precision(m):.3f}",
        f"Among the images that are given most of {of}, how many truly are: the mean down to each true one.",
    )


def _random_precision(m: Metrics) -> float:
    """The average precision of an order by chance: the share of the class, or the mean share of those that occur."""
    sums = [sum(row) for row in m.confusion]
    if m.auc_of:
        return sums[m.classes.index(m.auc_of)] / m.images
    return 1 / sum(1 for n in sums if n)


def _of_reject(m: Metrics) -> Iterator[Figure]:
    says_reject = m.guess == m.reject
    if m.escape is not None:
        yield Figure(
            "escape",
            share(m.escape),
            "0.0 %" if says_reject else "100.0 %",
            f"The share of true {shown(str(m.reject))} let through; on more such images {_range(m.escape_interval)}.",
        )
    if m.overkill is not None:
        yield Figure(
            "overkill",
            share(m.overkill),
            "100.0 %" if says_reject else "0.0 %",
            f"The share of good ones rejected; on more such images {_range(m.overkill_interval)}.",
        )


def _range(interval: tuple[float, float] | None) -> str:
    if interval is None:
        return "anywhere"
    return f"between {rounded(interval[0])} and {rounded(interval[1])} (95 %)"
