"""labelkit metadata check: read a table as a sort would, tell everything about it, and propose its contract."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labelkit.cli.command import Outcome, Shared, command
from labelkit.cli.table_options import ColumnsOption, EncodingOption, FileColumn, PadDigits
from labelkit.cli.words import names
from labelkit.domain.errors import DataError

TableArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="FILE",
        help="The table: text, or Excel as m.xlsx or m.xlsx#Sheet2.  \\[default: metadata of the settings]",
    ),
]
ImagesArgument = Annotated[
    Path | None, typer.Argument(metavar="IMAGES", help="The folder of images that its rows speak of.")
]


@command(
    "metadata check",
    examples=(
        "labelkit metadata check sample_data/metadata.csv",
        "labelkit metadata check sample_data/metadata.csv sample_data/raw --json",
    ),
)
def metadata_check_command(
    shared: Shared,
    *,
    table: TableArgument = None,
    images: ImagesArgument = None,
    columns: ColumnsOption = None,
    file: FileColumn = None,
    encoding: EncodingOption = None,
    pad_digits: PadDigits = None,
) -> Outcome:
    """Read a table as sort would, and tell encoding, repairs, columns, suspicious values and which rows find images.

    Proposes a contract of the columns for the settings. Writes nothing. Exit 0: it can be read; 3: it is refused.
    """
    from labelkit.flows.metadata_check import metadata_check
    from labelkit.flows.table_reading import TableReading
    from labelkit.reporting.metadata_console import show_metadata_check
    from labelkit.reporting.metadata_json import metadata_check_json

    s = shared.settings
    how = TableReading.of(
        columns=names(columns) or s.texts("columns"),
        encoding=encoding or s.text("encoding"),
        contracts=s.tables("columns"),
        pad_digits=pad_digits or s.integer("pad_digits") or 0,
    )
    files = [Path(table)] if table else s.paths("metadata")
    check = metadata_check(files, images, how, file=file or s.text("file"))
    code = DataError.exit_code if check.fault else 0
    return Outcome(metadata_check_json(check), lambda c: show_metadata_check(check, c, verbose=shared.verbose), code)
