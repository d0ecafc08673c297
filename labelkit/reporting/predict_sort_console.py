"""Predictions that were sorted by, for people: where everything went, and why the model left the others."""

from __future__ import annotations

from collections import defaultdict

from rich.console import Console

from labelkit.domain.decisions import State
from labelkit.domain.predicted import shared_reason
from labelkit.domain.sort_result import Problem, SortResult
from labelkit.reporting.console import Column, count, cut_middle, print_table, say
from labelkit.reporting.sort_console import show_sort

_REASONS = 6
_PATH_WIDTH = 32


def show_sorted(result: SortResult, console: Console, *, verbose: bool, base_dir: str = "") -> None:
    """What a sort by predictions did; how many of them were sure enough was told before it began.

    Args:
        result: what the sort did.
        console: where to tell it.
        verbose: every table and list.
        base_dir: as given; commands to paste name it.

    """
    show_sort(result, console, verbose=verbose, base_dir=base_dir)
    by_reason: dict[str, list[Problem]] = defaultdict(list)
    for p in result.problems:
        if p.state == State.ABSTAINED:
            by_reason[shared_reason(p.why)].append(p)
    if verbose or len({p.why for held in by_reason.values() for p in held}) < 2:  # noqa: PLR2004 - then it was told
        return
    ranked = sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0]))
    rows = [(f"{len(held):,}", why, cut_middle(held[0].file, _PATH_WIDTH)) for why, held in ranked[:_REASONS]]
    say(console)
    print_table(console, [Column("held", right=True), Column("because"), Column("the first")], rows)
    if len(ranked) > _REASONS:
        say(console, f"and {count(len(ranked) - _REASONS, 'more reason')}")
