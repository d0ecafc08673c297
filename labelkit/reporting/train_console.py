"""A training for people: is it any good, and what does an output near 1 mean?"""

from __future__ import annotations

from rich.console import Console

from labelkit.domain.bundle import CLASSES_FILE, CURVES_FILE, METRICS_FILE, MODEL_FILE, REPORT_FILE
from labelkit.domain.suspects import SHEET_FILE, SUSPECTS_FILE
from labelkit.domain.train_result import TrainResult
from labelkit.domain.training import Loader
from labelkit.reporting.console import count, say
from labelkit.reporting.metrics_console import show_confusion, show_doubt, show_scores

_LISTED = 20
"""Images that are named."""


def show_train(result: TrainResult, console: Console) -> None:
    """Print what was learned from, what came out, and what to do next."""
    _show_data(result, console)
    say(console)
    show_scores(result.metrics, console, of="validation")
    say(console)
    show_confusion(result.metrics, console)
    say(console)
    if result.skipped:
        say(console, f"{count(len(result.skipped), 'image')} left out, for they cannot be decoded:", style="yellow")
        for s in result.skipped[:_LISTED]:
            say(console, f"  {s.path}: {s.reason}")
        if len(result.skipped) > _LISTED:
            say(console, f"  and {len(result.skipped) - _LISTED} more: --json lists them all")
    for warning in result.warnings:
        say(console, f"warning: {warning}", style="yellow")
    show_doubt(result.metrics, console)
    _show_suspects(result, console)
    say(console, f"saved {result.latest} ({MODEL_FILE}, {CLASSES_FILE}, {METRICS_FILE}, {CURVES_FILE})")
    say(console, f"look at it:  {_quoted(f'{result.latest}/{REPORT_FILE}')}")
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
    if result.class_weights:
        told = zip(result.class_map.classes, result.class_weights, strict=True)
        weights = ", ".join(f"{name} {weight:.2f}" for name, weight in told)
        say(console, f"an image counted for {weights} while it learned; probabilities are as if for 1")


def _show_suspects(result: TrainResult, console: Console) -> None:
    say(console, str(result.suspects))
    if result.suspects.suspects:
        table = _quoted(f"{result.latest}/{SUSPECTS_FILE}")
        say(console, f"  look at {_quoted(f'{result.latest}/{SHEET_FILE}')}, fill in the verdicts of {table}, then:")
        say(console, f"  labelkit sort --verdicts {table}")


def _shrinking(result: TrainResult) -> str:
    (height, width), (to_height, to_width) = result.source_size, result.options.image_size
    ratio = max(height / to_height, width / to_width)
    if (height, width) == (to_height, to_width):
        return f"{width}×{height}"  # noqa: RUF001 - the sign of multiplication
    verb = "shrinks" if ratio > 1 else "grows"
    return f"{width}×{height} {verb} to {to_width}×{to_height} ({max(ratio, 1 / ratio):.1f} ×)"  # noqa: RUF001


def _quoted(path: str) -> str:
    return f'"{path}"' if " " in path else path
