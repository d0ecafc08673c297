"""An evaluation for people: is the model any good here, what do its mistakes cost, and which are they?"""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from labelkit.domain.evaluation import CostThreshold, ErrorCounts, Evaluation, GroupScore, ScoreErrors
from labelkit.reporting.console import Column, count, cut_middle, print_table, say
from labelkit.reporting.evaluate_words import CHOSEN_HERE, calibration_told
from labelkit.reporting.metrics_console import between, nats, share, show_confusion, show_doubt, show_scores

SHOWN = 10
"""How many mistakes and groups are shown."""

_PATH_WIDTH = 48


def show_evaluation(found: Evaluation, console: Console, mistakes: Path | None, page: str = "") -> None:
    """Print what came out; `mistakes` is the file that holds all of them, `page` tells of the page, if wanted."""
    counts = ", ".join(f"{name} {n:,}" for name, n in found.counts.items())
    say(console, f"{found.base_dir}: {count(found.metrics.images, 'image')} ({counts})")
    say(console, f"{found.bundle}: {found.card.class_map.told()}")
    say(console)
    show_scores(found.metrics, console, of="evaluation")
    say(console)
    show_confusion(found.metrics, console)
    say(console)
    if found.reversal is not None:
        say(console, f"warning: {found.reversal}", style="yellow")
    if found.scores is not None:
        _show_scores(found.scores, console)
    say(console, calibration_told(found.calibration, found.metrics.cross_entropy))
    if found.threshold is not None:
        _show_threshold(found.threshold, console)
    show_doubt(found.metrics, console)
    if found.groups:
        _show_groups(found.groups, console)
    _show_mistakes(found, console, mistakes)
    if page:
        say(console, page)


def _show_scores(scores: ScoreErrors, console: Console) -> None:
    say(
        console,
        f"in score units: {scores.mean_absolute_error:.3g} off on average "
        f"(weighted by probability {scores.expected_absolute_error:.3g}; "
        f"always the middle score {scores.guess_absolute_error:.3g})",
    )


def _show_threshold(found: CostThreshold, console: Console) -> None:
    costs = found.costs
    say(console)
    say(console, f"an escape costs {costs.escape:g}, an overkill {costs.overkill:g}:")
    rows = [
        _threshold_row(f"reject from {found.threshold:.3f} on", found.at_threshold, found),
        _threshold_row("reject from 0.500 on", found.at_half, found),
    ]
    heads = ("probability of reject", "escapes", "", "overkills", "", "cost an image")
    print_table(console, [Column(h, right=i in {1, 3, 5}) for i, h in enumerate(heads)], rows)
    say(console, CHOSEN_HERE)
    say(console)


def _threshold_row(name: str, at: ErrorCounts, found: CostThreshold) -> list[str]:
    return [
        name,
        f"{at.escapes:,} of {at.rejects:,}",
        between(at.escape_interval),
        f"{at.overkills:,} of {at.goods:,}",
        between(at.overkill_interval),
        f"{at.cost(found.costs):.3g}",
    ]


def _show_groups(groups: tuple[GroupScore, ...], console: Console) -> None:
    say(console)
    heads = (f"group ({len(groups):,})", "images", "accuracy", "", "cross-entropy")
    rows = [
        [
            cut_middle(g.group, _PATH_WIDTH),
            f"{g.images:,}",
            share(g.accuracy),
            between(g.interval),
            nats(g.cross_entropy),
        ]
        for g in groups[:SHOWN]
    ]
    print_table(console, [Column(h, right=i in {1, 2, 4}) for i, h in enumerate(heads)], rows)
    if len(groups) > SHOWN:
        say(console, f"and {len(groups) - SHOWN:,} better ones")


def _show_mistakes(found: Evaluation, console: Console, file: Path | None) -> None:
    if not found.mistakes:
        say(console, "no mistakes")
        return
    say(console)
    rows = [[cut_middle(m.path, _PATH_WIDTH), m.really, m.said, share(m.probability)] for m in found.mistakes[:SHOWN]]
    heads = (f"mistakes ({len(found.mistakes):,})", "really", "said", "gives its own class")
    print_table(console, [Column(h, right=i == len(heads) - 1) for i, h in enumerate(heads)], rows)
    if file is not None:
        say(console, f"all of them:  {file}")
    elif len(found.mistakes) > SHOWN:
        say(console, f"and {len(found.mistakes) - SHOWN:,} more:  --mistakes FILE has them all")
