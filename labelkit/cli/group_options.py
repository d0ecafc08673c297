"""Options of every command that keeps images together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_GROUPS = "Groups"

GroupByOption = Annotated[
    str | None,
    typer.Option(
        "--group-by",
        metavar="NAME|PATTERN",
        help='What keeps images together: a column, a template "{lot}_*" over file names, a regular expression, '
        "day, or none.  \\[default: guessed, and said]",
        rich_help_panel=_GROUPS,
    ),
]
TrainGroupByOption = Annotated[
    str | None,
    typer.Option(
        "--group-by",
        metavar="NAME|PATTERN",
        help='What must not be parted, as split takes it: a column, a template "{lot}_*", day ...  '
        "\\[default: nothing; a split that was recorded is kept to]",
        rich_help_panel=_GROUPS,
    ),
]
EvaluateGroupByOption = Annotated[
    str | None,
    typer.Option(
        "--group-by",
        metavar="NAME|PATTERN",
        help='Tell each group\'s figures too, the worst first: a column, a template "{lot}_*", day ...  '
        "\\[default: none]",
        rich_help_panel=_GROUPS,
    ),
]
GroupTables = Annotated[
    list[Path] | None,
    typer.Option(
        "--metadata",
        metavar="FILE",
        help="A table of the line that has that column; repeat for more.  \\[default: what the ledger keeps]",
        rich_help_panel=_GROUPS,
    ),
]
