"""The plots of a model's page: curves over the epochs, reliability, and what a line on the reject class costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from labelkit.domain.evaluation import CostThreshold, Evaluation, ReliabilityBin
from labelkit.domain.model_report import FitStory
from labelkit.domain.names import shown
from labelkit.domain.train_result import EpochRecord
from labelkit.reporting.console import count
from labelkit.reporting.metrics_console import between, nats, rounded, share
from labelkit.reporting.page_plots import BOTTOM, TOP, Axis, Bar, Dot, Frame, Mark, Plot, even_ticks, percents

_TALL = 0.25
"""Share of the height that the tallest bar of images takes."""

_CUT = 2.5
"""Cross-entropies above so many times that of the class shares are drawn at the top edge: a first epoch may be far."""


_HALF = 0.5
"""Of two classes the one that is said has at least so much."""


def curves(fit: FitStory, prior: float) -> tuple[Plot, ...]:
    """Cross-entropy and accuracy over the epochs; `prior` is the cross-entropy of the class shares alone."""
    if not fit.history:
        return ()
    epochs = _epochs(fit)
    best = fit.history[fit.best_epoch - 1]
    top = _top(fit, prior)
    losses = Axis("cross-entropy", 0.0, top, tuple((t, f"{t:g}") for t in _rounded_ticks(top)))
    told = (
        f"Cross-entropy over {count(len(fit.history), 'epoch')}: on validation images lowest at epoch "
        f"{fit.best_epoch}, {nats(best.validation_cross_entropy)}; class shares alone {nats(prior)}."
    )
    loss = _two_lines(Frame(epochs, losses), fit, told, lambda r: r.cross_entropy, lambda r: r.validation_cross_entropy)
    level = Mark("prior", "class shares alone", y=Frame(epochs, losses).y(prior))
    right = Axis("accuracy", 0.0, 1.0, percents((0, 0.2, 0.4, 0.6, 0.8, 1)))
    told = (
        f"Accuracy over the epochs: {share(best.validation_accuracy)} on validation images at epoch {fit.best_epoch}."
    )
    accuracy = _two_lines(Frame(epochs, right), fit, told, lambda r: r.accuracy, lambda r: r.validation_accuracy)
    return replace(loss, marks=(level, *loss.marks)), accuracy


def reliability(found: Evaluation) -> Plot | None:
    """How often the model is right when it is so sure, with a bar for the images of each bin."""
    bins = found.reliability
    if not bins:
        return None
    low = _HALF if bins[0].sure >= _HALF else 0.0
    ticks = percents(even_ticks(low, 1.0))
    frame = Frame(
        Axis("probability of the class that is said", low, 1.0, ticks),
        Axis("how often that is right", 0.0, 1.0, percents((0, 0.2, 0.4, 0.6, 0.8, 1))),
    )
    told = f"Of each {count(len(bins), 'bin')} of images: how sure the model is, and how often it is right."
    exact = frame.line("exact", "sure and right equally often", [(low, low), (1.0, 1.0)])
    most = max(b.images for b in bins)
    return replace(
        frame.plot("how sure, and how often right", told),
        lines=(exact,),
        bars=tuple(_bar(frame, b, most) for b in bins),
        dots=tuple(_dot(frame, b) for b in bins),
    )


def reject_plots(found: Evaluation) -> tuple[Plot, ...]:
    """Escapes and overkill for each line on the reject class; and their cost, where costs were given."""
    curve = found.reject_curve
    if curve is None:
        return ()
    axis = _line_axis(found)
    counts = curve.lines[0].counts
    shares = Frame(axis, Axis("share", 0.0, 1.0, percents((0, 0.2, 0.4, 0.6, 0.8, 1))))
    told = f"Share of {curve.reject} let through and of good ones rejected, for each line on the probability of reject."
    both = replace(
        shares.plot("mistakes by where the line stands", shown(told)),
        lines=(
            shares.line(
                "escape",
                f"escape: {shown(curve.reject)} let through",
                _steps([(t, e / counts.rejects) for t, e, _ in curve.points]),
            ),
            shares.line(
                "overkill", "overkill: good ones rejected", _steps([(t, o / counts.goods) for t, _, o in curve.points])
            ),
        ),
        marks=(Mark("half", "one half", x=shares.x(0.5)), *_chosen(shares, found.threshold)),
    )
    return (both,) if found.threshold is None else (both, _costs(axis, found, found.threshold))


def _steps(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Each value holds until the next begins, and the last to the end."""
    ends = [x for x, _ in points[1:]] + [1.0]
    return [place for (x, y), end in zip(points, ends, strict=True) for place in ((x, y), (end, y))]


def _costs(axis: Axis, found: Evaluation, threshold: CostThreshold) -> Plot:
    assert found.reject_curve is not None
    costs, images = threshold.costs, found.metrics.images
    spent = [(t, (costs.escape * e + costs.overkill * o) / images) for t, e, o in found.reject_curve.points]
    top = 1.05 * max(cost for _, cost in spent) or 1.0
    frame = Frame(axis, Axis("cost an image", 0.0, top, tuple((t, f"{t:g}") for t in _rounded_ticks(top))))
    told = f"Cost an image for each line; lowest at {threshold.threshold:.3f}."
    return replace(
        frame.plot("cost by where the line stands", told),
        lines=(frame.line("cost", "cost an image", _steps(spent)),),
        marks=(Mark("half", "one half", x=frame.x(0.5)), *_chosen(frame, threshold)),
    )


def _chosen(frame: Frame, threshold: CostThreshold | None) -> tuple[Mark, ...]:
    if threshold is None:
        return ()
    return (Mark("chosen", f"cheapest: {threshold.threshold:.3f}", x=frame.x(threshold.threshold)),)


def _line_axis(found: Evaluation) -> Axis:
    """Of a probability, stretched at both ends as its logit is: a model is often surer than 99 %."""
    assert found.reject_curve is not None
    wanted = [line.threshold for line in found.reject_curve.lines]
    wanted += [found.threshold.threshold] if found.threshold else []
    rarest = min(min(t, 1 - t) for t in wanted)
    decades = next((k for k in (3, 4, 5) if 10.0**-k <= rarest), 6)
    least = 10.0**-decades
    span = _logit(1 - least) - _logit(least)
    inner = (0.01, 0.1, 0.5, 0.9, 0.99) if decades <= 4 else (0.001, 0.1, 0.5, 0.9, 0.999)  # noqa: PLR2004 - what fits
    ticks = tuple((t, f"{t:.6f}".rstrip("0")) for t in (least, *inner, 1 - least))
    return Axis(
        "reject from this probability on",
        least,
        1 - least,
        ticks,
        lambda p: (_logit(min(1 - least, max(least, p))) - _logit(least)) / span,
    )


def _logit(p: float) -> float:
    return math.log(p / (1 - p))


def _epochs(fit: FitStory) -> Axis:
    last = max(2, fit.history[-1].epoch)
    ticks = tuple((t, f"{t:.0f}") for t in even_ticks(0, last, about=8) if t >= 1 and t == int(t))
    return Axis("epoch", 1.0, float(last), ticks)


def _two_lines(
    frame: Frame,
    fit: FitStory,
    told: str,
    training: Callable[[EpochRecord], float],
    validation: Callable[[EpochRecord], float],
) -> Plot:
    best = fit.history[fit.best_epoch - 1]
    kept = Dot("kept", frame.x(best.epoch), frame.y(validation(best)), f"epoch {best.epoch}")
    return replace(
        frame.plot(frame.y_axis.title, told),
        lines=(
            frame.line("training", "training images", [(r.epoch, training(r)) for r in fit.history]),
            frame.line("validation", "validation images", [(r.epoch, validation(r)) for r in fit.history]),
        ),
        marks=(Mark("kept", f"kept: epoch {best.epoch}", x=frame.x(best.epoch)),),
        dots=(kept,),
    )


def _top(fit: FitStory, prior: float) -> float:
    """The highest cross-entropy that is drawn in its place."""
    seen = [v for r in fit.history for v in (r.cross_entropy, r.validation_cross_entropy) if math.isfinite(v)]
    return 1.05 * max(prior, min(max(seen, default=prior), _CUT * prior)) or 1.0


def _rounded_ticks(top: float) -> tuple[float, ...]:
    return tuple(round(t, 10) for t in even_ticks(0, top))


def _bar(frame: Frame, b: ReliabilityBin, most: int) -> Bar:
    left, right = frame.x(b.low), frame.x(b.high)
    tall = _TALL * (BOTTOM - TOP) * b.images / most
    told = f"{rounded(b.low)} to {rounded(b.high)}: {count(b.images, 'image')}"
    return Bar(left + 0.5, round(max(0.0, right - left - 1), 1), round(BOTTOM - max(1.0, tall), 1), told)


def _dot(frame: Frame, b: ReliabilityBin) -> Dot:
    told = (
        f"{count(b.images, 'image')}, sure by {rounded(b.sure)} on average: {b.right:,} right, "
        f"{rounded(b.accuracy)} {between(b.interval)}"
    )
    return Dot("bin", frame.x(b.sure), frame.y(b.accuracy), told, frame.y(b.interval[0]), frame.y(b.interval[1]))
