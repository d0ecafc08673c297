"""`labelkit split`: which image trains, validates or tests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labelkit.cli.command import Outcome, Shared, command
from labelkit.cli.group_options import GroupByOption, GroupTables
from labelkit.cli.interrupts import GOES_ON
from labelkit.domain.errors import UsageError

_PLACING = "Part folders"

FolderArgument = Annotated[
    Path | None,
    typer.Argument(metavar="BASE_DIR", help="The folder of class folders.  \\[default: base_dir of the settings]"),
]
RatioOption = Annotated[
    str | None,
    typer.Option(
        metavar="A,B[,C]",
        help="Shares of train, validation and test.  \\[default: 0.8,0.2; with a recorded test part 0.8,0.1,0.1]",
    ),
]
SeedOption = Annotated[
    int | None, typer.Option(min=0, metavar="N", help="Of the order among groups of one size.  \\[default: 0]")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", metavar="", help="Show the split; write nothing.")]
ToOption = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Place the images there, too: train, validation and test with class folders.",
        rich_help_panel=_PLACING,
    ),
]
ModeOption = Annotated[
    str | None,
    typer.Option(
        metavar="MODE",
        help="hardlink, symlink or copy.  \\[default: the first of them that can be made there]",
        rich_help_panel=_PLACING,
    ),
]


@command(
    "split",
    interrupted=GOES_ON,
    examples=(
        "labelkit split base_dir --dry-run",
        "labelkit split base_dir --ratio 0.8,0.1,0.1 --group-by lot --dry-run",
        'labelkit split base_dir --group-by "{station}/*" --dry-run --json',
        "labelkit split base_dir --to parts",
    ),
)
def split_command(
    shared: Shared,
    folder: FolderArgument = None,
    *,
    ratio: RatioOption = None,
    seed: SeedOption = None,
    dry_run: DryRunOption = False,
    group_by: GroupByOption = None,
    metadata: GroupTables = None,
    to: ToOption = None,
    mode: ModeOption = None,
) -> Outcome:
    """Share images out to train, validation and test so that no group or near-duplicate is on two sides.

    Recorded in the ledger, or in split.csv where there is none: an image keeps its side whatever comes or goes, and
    train, ImageSequence and audit keep to it. Run it again when images are added.
    """
    from labelkit.flows.split import split
    from labelkit.reporting.split_console import show_split
    from labelkit.reporting.split_json import split_json

    if folder is not None and shared.base_dir_flag is not None:
        raise UsageError("give the folder as an argument or as --base-dir, not both")
    if mode is not None and to is None:
        raise UsageError("--mode says how images are placed, and nothing is", remedy="add --to DIR")
    settings = shared.settings
    given = seed if seed is not None else settings.integer("seed")
    result = split(
        folder or shared.base_dir,
        ratio=ratio or settings.text("ratio"),
        group_by=group_by or settings.text("group_by"),
        metadata=metadata or (),
        to=to,
        mode=mode,
        seed=given or 0,
        dry_run=dry_run,
        run=shared.run,
    )
    return Outcome(split_json(result), lambda c: show_split(result, c, verbose=shared.verbose), result.exit_code)
