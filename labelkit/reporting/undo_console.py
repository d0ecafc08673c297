"""An undo told to a person: what went back, what stayed and why; and the list of runs."""

from __future__ import annotations

from rich.console import Console

from labelkit.domain.undo_result import RunLine, RunList, UndoResult
from labelkit.reporting.console import Column, count, cut_middle, near, print_table, say

_LISTED = 5
_PATH_WIDTH = 48


def show_undo(result: UndoResult, console: Console, *, verbose: bool, where: str = "") -> None:
    """What an undo did, or would do.

    Args:
        result: the undo.
        console: where to.
        verbose: every image that was left.
        where: what the commands that are named here need to find base_dir, as ` --base-dir DIR`.

    """
    say(console, _told(result), style="bold")
    for run in result.killed:
        say(console, f"with it goes run {run}, which was interrupted and which this sort went on from")
    _left(result, console, verbose=verbose)
    _next(result, console, where)


def _told(result: UndoResult) -> str:
    took = f" in {sum(result.seconds.values()):.1f} s" if result.seconds else ""
    return f"{result.told()}{took}"


def _left(result: UndoResult, console: Console, *, verbose: bool) -> None:
    if not result.left:
        return
    verb = "is" if len(result.left) == 1 else "are"
    say(console, f"{count(len(result.left), 'image')} {verb} left as {'it' if verb == 'is' else 'they'} {verb}:")
    limit = len(result.left) if verbose else _LISTED
    for x in result.left[:limit]:
        say(console, f"  {cut_middle(x.file, _PATH_WIDTH)}: {x.why}")
    if len(result.left) > limit:
        say(console, f"  and {len(result.left) - limit:,} more; every one: add --verbose, or --json")


def _next(result: UndoResult, console: Console, where: str) -> None:
    """What can be done next."""
    nothing = result.already or not (result.steps or result.left)
    if result.dry_run:
        say(console, f"to do it:  labelkit undo {result.takes_back}{where}")
    elif result.left and not result.already:
        say(console, f"once that is put right, this takes the rest back:  labelkit undo {result.takes_back}{where}")
    elif result.before and nothing:
        say(console, f"the sort before it:  labelkit undo {result.before}{where}")


def show_runs(runs: RunList, console: Console) -> None:
    """Every run, the newest first, as a table."""
    if not runs.runs:
        say(console, f"the ledger of {near(runs.base_dir)} knows no run")
        return
    numbers = (Column("placed", right=True), Column("relocated", right=True), Column("withdrawn", right=True))
    columns = [Column("run (UTC)"), Column("mode"), *numbers, Column("")]
    print_table(console, columns, [_row(r) for r in reversed(runs.runs)])


def _row(r: RunLine) -> tuple[str, ...]:
    numbers = (f"{r.placed:,}", f"{r.relocated:,}", f"{r.withdrawn:,}")
    return (r.run, "undo" if r.takes_back else str(r.mode), *numbers, _remark(r))


def _remark(r: RunLine) -> str:
    """The end of an id tells a run well enough where the whole one stands in the same table."""
    parts = [] if r.ended else ["interrupted"]
    if r.part_of:
        parts.append(f"gone on with by {_short(r.part_of)}")
    if r.takes_back:
        parts.append(f"of {_short(r.takes_back)}")
    if r.taken_back_by:
        parts.append("taken back")
    return ", ".join(parts)


def _short(run: str) -> str:
    return run.rpartition("-")[2]
