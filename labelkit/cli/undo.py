"""`labelkit undo`: take a sort back."""

from __future__ import annotations

from typing import Annotated

import typer

from labelkit.cli.command import Outcome, Shared, command
from labelkit.cli.interrupts import GOES_ON
from labelkit.domain.errors import UsageError

RunArgument = Annotated[
    str | None,
    typer.Argument(metavar="RUN", help="The sort to take back, as --list names it.  \\[default: the newest]"),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", metavar="", help="Show what would be done; write nothing.")]
ListOption = Annotated[bool, typer.Option("--list", metavar="", help="List the runs, and take nothing back.")]


@command("undo", interrupted=GOES_ON, examples=("labelkit undo --list", "labelkit undo --dry-run", "labelkit undo"))
def undo_command(
    shared: Shared,
    run_id: RunArgument = None,
    *,
    dry_run: DryRunOption = False,
    list_runs: ListOption = False,
) -> Outcome:
    """Take the newest sort back, or the one named: images return to where they stood before it.

    Nothing is lost: a file whose source is gone goes back there, and what a person altered or dragged, or a later sort
    changed, is left and named. Interrupted, the same command goes on.
    """
    from labelkit.flows.undo import runs_in, undo
    from labelkit.reporting.undo_console import show_runs, show_undo
    from labelkit.reporting.undo_json import runs_json, undo_json

    if list_runs:
        if run_id or dry_run:
            raise UsageError("--list takes nothing back", remedy="give it alone: labelkit undo --list")
        runs = runs_in(shared.base_dir)
        return Outcome(runs_json(runs), lambda c: show_runs(runs, c))
    result = undo(base_dir=shared.base_dir, run_id=run_id or "", dry_run=dry_run, run=shared.run)
    return Outcome(
        undo_json(result),
        lambda c: show_undo(result, c, verbose=shared.verbose, where=_where(shared)),
        result.exit_code,
    )


def _where(shared: Shared) -> str:
    """What a command that is named needs to find the same base_dir again."""
    given = shared.base_dir_flag
    return "" if given is None else f' --base-dir "{given}"' if " " in str(given) else f" --base-dir {given}"
