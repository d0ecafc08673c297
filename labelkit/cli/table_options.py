"""Options of every command that reads tables: which they are, how they are written, and how rows find images."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

MEETING = "Where rows and images meet"
"""The panel of these options in help."""

MetadataFiles = Annotated[
    list[Path] | None,
    typer.Option("--metadata", metavar="FILE", help="A table of the line; repeat for more.", rich_help_panel=MEETING),
]
FileColumn = Annotated[
    str | None,
    typer.Option(
        "--file",
        metavar="NAME|TEMPLATE",
        help='The column that names the file, or a template "{station}/{serial}.bmp".',
        rich_help_panel=MEETING,
    ),
]
PathFields = Annotated[
    str | None,
    typer.Option(
        "--path-fields",
        metavar="TEMPLATE",
        help='Read fields from paths: "{station}/{lot}_{serial}.bmp".',
        rich_help_panel=MEETING,
    ),
]
ColumnsOption = Annotated[
    str | None,
    typer.Option(
        "--columns", metavar="A,B,...", help="Names for a table without header, as file,score.", rich_help_panel=MEETING
    ),
]
EncodingOption = Annotated[
    str | None,
    typer.Option(
        "--encoding",
        metavar="NAME",
        help="How the tables are written: cp932, cp1252, utf-16 ...  \\[default: found]",
        rich_help_panel=MEETING,
    ),
]
PadDigits = Annotated[
    int | None,
    typer.Option(
        "--pad-digits",
        metavar="N",
        min=1,
        max=30,
        help="Numbers in file names have N digits: with 3, 7 in the table is 007.",
        rich_help_panel=MEETING,
    ),
]
AggregateOption = Annotated[
    list[str] | None,
    typer.Option(
        "--aggregate",
        metavar="[COLUMN=]HOW",
        help="What several rows of an image say: first, last, min, max, mean, any:NG.",
        rich_help_panel=MEETING,
    ),
]
