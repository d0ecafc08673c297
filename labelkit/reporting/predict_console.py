"""Predictions for people: the first ones, the count of each class, what could not be read."""

from __future__ import annotations

from rich.console import Console

from labelkit.domain.bundle import Prediction, PredictSummary
from labelkit.reporting.console import Column, count, cut_middle, percent, print_table, say

SHOWN = 20
"""How many predictions are shown."""

_PATH_WIDTH = 48


def show_predictions(summary: PredictSummary, console: Console, *, rows: bool) -> None:
    """Print what came out.

    Args:
        summary: what the stream came to; its kept predictions are shown.
        console: where to.
        rows: show single predictions, not only counts (they are told already where data goes to stdout or a file).

    """
    if rows:
        print_table(
            console,
            [Column("image"), Column("label"), Column("probability", right=True)],
            [_row(p) for p in summary.kept[:SHOWN]],
        )
        if summary.images > SHOWN:
            say(console, f"and {summary.images - SHOWN:,} more:  --jsonl or --csv FILE has them all")
        say(console)
    labels = ", ".join(f"{name} {n:,}" for name, n in summary.counts.items())
    said = f"{count(summary.images, 'image')}: {labels}"
    say(console, f"{said}, {count(summary.failed, 'error')}" if summary.failed else said)


def _row(p: Prediction) -> list[str]:
    path = cut_middle(p.path, _PATH_WIDTH)
    if p.error:
        return [path, f"error: {p.error}", ""]
    return [path, p.label, percent((p.probabilities or {})[p.label], 1.0)]
