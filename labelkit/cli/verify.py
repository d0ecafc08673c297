"""`labelkit verify`: the class folders against the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labelkit.cli.command import Outcome, Shared, command
from labelkit.domain.errors import UsageError

FolderArgument = Annotated[
    Path | None,
    typer.Argument(metavar="BASE_DIR", help="The folder that sort filled.  \\[default: base_dir of the settings]"),
]
QuickOption = Annotated[
    bool,
    typer.Option("--quick", metavar="", help="Trust sizes and times; read only files where these have changed."),
]


@command("verify", examples=("labelkit verify", "labelkit verify base_dir --quick", "labelkit verify base_dir --json"))
def verify_command(shared: Shared, folder: FolderArgument = None, *, quick: QuickOption = False) -> Outcome:
    """Compare the class folders with the ledger: missing, extra, altered, moved by hand, left half done.

    Reads every placed file and writes nothing. Exits with 1 when there are differences.
    """
    from labelkit.flows.verify import verify
    from labelkit.reporting.verify_console import show_verify
    from labelkit.reporting.verify_json import verify_json

    if folder is not None and shared.base_dir_flag is not None:
        raise UsageError("give the folder as an argument or as --base-dir, not both")
    report = verify(folder or shared.base_dir, quick=quick, run=shared.run)
    return Outcome(
        verify_json(report), lambda c: show_verify(report, c, verbose=shared.verbose), exit_code=report.exit_code
    )
