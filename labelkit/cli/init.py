"""labelkit init: look at a person's own folder and table, and propose settings and a first rule."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labelkit.cli.command import Outcome, Shared, command
from labelkit.cli.table_options import ColumnsOption, EncodingOption, FileColumn
from labelkit.cli.words import names
from labelkit.domain.errors import DataError, UsageError

ImagesArgument = Annotated[Path | None, typer.Argument(metavar="IMAGES", help="The folder of images.")]
MetadataArgument = Annotated[Path | None, typer.Argument(metavar="METADATA", help="The table of the line.")]
DemoOption = Annotated[
    bool, typer.Option("--demo", metavar="", help="Write the sample set, rules and settings into this empty folder.")
]


@command(
    "init",
    examples=(
        "labelkit init --demo",
        "labelkit init ../sample_data/raw ../sample_data/metadata.csv",
    ),
)
def init_command(
    shared: Shared,
    *,
    images: ImagesArgument = None,
    metadata: MetadataArgument = None,
    demo: DemoOption = False,
    columns: ColumnsOption = None,
    file: FileColumn = None,
    encoding: EncodingOption = None,
) -> Outcome:
    """Look at your own images and table, and propose settings and a first rule.

    Says what was found: encoding and columns, how many rows find their image, near misses. Then writes labelkit.toml
    and rules/first.toml into the working folder; nothing is ever overwritten.
    """
    from labelkit.flows.init import Given, init, init_demo
    from labelkit.reporting.init_console import show_init
    from labelkit.reporting.init_json import init_json

    if demo and (images is not None or metadata is not None or columns or file or encoding):
        raise UsageError("--demo stands alone", remedy="labelkit init --demo")
    if not demo and images is None:
        raise UsageError("nothing to look at", remedy="labelkit init IMAGES METADATA, or labelkit init --demo")
    if demo or images is None:
        result = init_demo(Path.cwd())
    else:
        base_dir = shared.base_dir_flag or Path("base_dir")
        result = init(Given(images, metadata, tuple(names(columns)), file, base_dir, encoding), Path.cwd())
    refused = result.rows is not None and not result.settings
    code = DataError.exit_code if refused else 0
    return Outcome(init_json(result), lambda c: show_init(result, c, verbose=shared.verbose), code)
