"""A training for people: is it any good, and what does an output near 1 mean?"""

from __future__ import annotations

import math

from rich.console import Console

from labelkit.domain.bundle import CLASSES_FILE, CURVES_FILE, METRICS_FILE, MODEL_FILE
from labelkit.domain.metrics import FEW, Metrics
from labelkit.domain.training import Loader, TrainResult
from labelkit.reporting.console import Column, count, percent, print_table, say


def show_train(result: TrainResult, console: Console) -> None:
    """Print what was learned from, what came out, and what to do next."""
    _show_data(result, console)
    say(console)
    _show_scores(result, console)
    say(console)
    _show_confusion(result.metrics, console)
    say(console)
    _show_doubts(result, console)
    say(console, f"saved {result.latest} ({MODEL_FILE}, {CLASSES_FILE}, {METRICS_FILE}, {CURVES_FILE})")
    say(console, f"use it:  labelkit predict {_quoted(result.latest)} IMAGES")


def _show_data(result: TrainResult, console: Console) -> None:
    n, options = result.samples, result.options
    how = "stratified" if options.loader is Loader.GENERATOR else "the first of each class by name, as Keras does it"
    say(console, f"{n['train']:,} to train, {n['validation']:,} to validate ({how}); {_shrinking(result)}")
    last = len(result.history)
    stopped = (
        f"stopped at epoch {last}: no better for {result.schedule.patience}"
        if last < result.schedule.epochs
        else count(last, "epoch")
    )
    say(console, f"{stopped}; kept the weights of epoch {result.best_epoch} ({result.seconds:.0f} s)")


def _shrinking(result: TrainResult) -> str:
    (height, width), (to_height, to_width) = result.source_size, result.options.image_size
    ratio = max(height / to_height, width / to_width)
    if (height, width) == (to_height, to_width):
        return f"{width}×{height}"  # noqa: RUF001 - the sign of multiplication
    verb = "shrinks" if ratio > 1 else "grows"
    return f"{width}×{height} {verb} to {to_width}×{to_height} ({max(ratio, 1 / ratio):.1f} ×)"  # noqa: RUF001


def _show_scores(result: TrainResult, console: Console) -> None:
    m = result.metrics
    told = f"the true class gets {_rounded(m.likelihood)}; class shares alone give {_rounded(m.prior_likelihood)}"
    rows = [
        ("cross-entropy", _nats(m.cross_entropy), _nats(m.prior_cross_entropy), told),
        ("accuracy", _share(m.accuracy), _share(m.guess_accuracy), ""),
        ("balanced accuracy", _share(m.balanced_accuracy), _share(m.guess_balanced_accuracy), ""),
        (f"PR-AUC ({m.pr_auc_of or 'mean'})", f"{m.pr_auc:.3f}", "", ""),
    ]
    heads = (f"validation ({m.images:,})", "model", f"always {m.guess}", "")
    print_table(console, [Column(h, right=i in {1, 2}) for i, h in enumerate(heads)], rows)


def _show_confusion(m: Metrics, console: Console) -> None:
    said = [Column(f"said {name}", right=True) for name in m.classes]
    rows = []
    for i, (name, row) in enumerate(zip(m.classes, m.confusion, strict=True)):
        rows.append([f"really {name}", *(f"{n:,}" for n in row), _consequence(m, i)])
    print_table(console, [Column(""), *said, Column("")], rows)


def _consequence(m: Metrics, index: int) -> str:
    if m.reject is None or m.escape is None or m.overkill is None:
        return ""
    if m.classes[index] == m.reject:
        return f"escape {_share(m.escape)}"
    return f"overkill {_share(m.overkill)}" if len(m.classes) == 2 else ""  # noqa: PLR2004 - else there are several rows


def _show_doubts(result: TrainResult, console: Console) -> None:
    m = result.metrics
    for warning in result.warnings:
        say(console, f"warning: {warning}", style="yellow")
    if m.images < FEW:
        low, high = m.accuracy_interval
        say(
            console,
            f"{m.images} images are few: the accuracy lies between {_rounded(low)} and {_rounded(high)} (95 %)",
        )


def _share(value: float) -> str:
    return percent(value, 1.0)


def _rounded(value: float) -> str:
    """Whole percents; where rounding would claim certainty, one decimal, cut off."""
    if 0.995 <= value < 1:  # noqa: PLR2004 - what rounds to 100
        return f"{math.floor(1000 * value) / 10:.1f} %"
    return f"{100 * value:.0f} %"


def _nats(value: float) -> str:
    return f"{value:.3f}" if value >= 0.0005 else "<0.001"  # noqa: PLR2004 - what rounds to nothing


def _quoted(path: str) -> str:
    return f'"{path}"' if " " in path else path
