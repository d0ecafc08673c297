"""Tell a split to a person: what each side has of each class, how far that is from the aim, and what hangs together."""

from __future__ import annotations

from rich.console import Console

from labelkit.domain.command_line import word
from labelkit.domain.groups import GroupSource
from labelkit.domain.split import Placed, SplitResult
from labelkit.reporting.console import Column, count, percent, print_table, say

_SHOWN = 5
"""Names in a list of what went wrong; `verbose` shows all."""


def show_split(result: SplitResult, console: Console, *, verbose: bool) -> None:
    """The table of sides first, then what a person should know, then what to do next."""
    guessed = "nobody named groups: " if result.grouping.source is GroupSource.GUESS else ""
    for line in result.grouping.said:
        say(console, f"{guessed}{line}")
    if result.grouping.by:
        say(console, result.grouping.told())
    if result.near_duplicates:
        say(console, f"{count(result.near_duplicates, 'pair')} of images look the same and stay together")
    _table(result, console)
    _warn(result, console, _SHOWN if not verbose else len(result.assigned) + 1)
    _tell_record(result, console)
    if result.placed is not None:
        _tell_placed(result, result.placed, console, verbose=verbose)
    elif not result.dry_run:
        say(console, f"use it:  labelkit train {word(result.base_dir)}")


def _table(result: SplitResult, console: Console) -> None:
    whole = sum(s.images for s in result.sides)
    classes = list(result.sides[0].classes)
    heads = ["", "images", "share", "aim", *classes]
    say(console)
    rows = []
    for s in result.sides:
        told = [s.part, f"{s.images:,}", percent(s.images, whole), percent(s.aim, 1)]
        rows.append([*told, *(_of(s.classes[c], result, c) for c in classes)])
    print_table(console, [Column(h, right=i > 0) for i, h in enumerate(heads)], rows)
    shared = f"{count(result.wholes, 'set')} that must not be parted shared out; " if result.wholes else ""
    say(console, f"{count(whole, 'image')}; {shared}{_off(result)}")


def _of(images: int, result: SplitResult, name: str) -> str:
    return f"{images:,}  {percent(images, sum(s.classes[name] for s in result.sides))}"


def _off(result: SplitResult) -> str:
    """The largest distance of a class on a side from its aim, in images."""
    totals = {c: sum(s.classes[c] for s in result.sides) for c in result.sides[0].classes}
    off = [(abs(s.classes[c] - s.aim * n), s.part, c) for s in result.sides for c, n in totals.items()]
    distance, side, name = max(off)
    return f"at most {distance:.1f} images from the aim ({name} in {side})"


def _warn(result: SplitResult, console: Console, most: int) -> None:
    _list(console, result.torn, most, "lies on several sides as recorded", "lie on several sides as recorded")
    several = "left out: on any side they would leak, for they hang together with recorded images of several"
    _list(console, result.left_out, most, several, several)
    _list(console, result.unreadable, most, "cannot be read and has no part", "cannot be read and have no part")


def _list(console: Console, names: tuple[str, ...], most: int, one: str, many: str) -> None:
    if names:
        more = f" and {len(names) - most:,} more" if len(names) > most else ""
        say(
            console,
            f"{len(names):,} {one if len(names) == 1 else many}: {', '.join(names[:most])}{more}",
            style="yellow",
        )


def _tell_record(result: SplitResult, console: Console) -> None:
    whole = len(result.assigned)
    if result.dry_run:
        say(console, f"dry run: nothing was written; {len(result.new):,} of {count(whole, 'image')} would be new in it")
    elif result.new:
        say(
            console, f"recorded in {result.recorded_in}: {len(result.new):,} new, {whole - len(result.new):,} as before"
        )
    else:
        say(console, f"nothing new: all {count(whole, 'image')} as recorded in {result.recorded_in}")


def _tell_placed(result: SplitResult, placed: Placed, console: Console, *, verbose: bool) -> None:
    if placed.why:
        say(console, f"by {placed.mode}: {placed.why}")
    if result.dry_run:
        say(console, f"{placed.planned:,} would be placed in {placed.to} ({placed.mode}), {placed.already:,} are there")
        return
    say(console, f"{placed.done:,} placed in {placed.to} ({placed.mode}), {placed.already:,} there already")
    shown = placed.failed if verbose else placed.failed[:_SHOWN]
    for file, why in shown:
        say(console, f"  {file}: {why}", style="red")
    if len(placed.failed) > len(shown):
        say(console, f"  and {len(placed.failed) - len(shown):,} more")
    if placed.stale:
        several = "stand there and are no longer in the set; they are left: remove them, or they train as well"
        _list(console, placed.stale, len(shown) or _SHOWN, several, several)
    say(console, f"use it:  labelkit train {word(placed.to)}")
