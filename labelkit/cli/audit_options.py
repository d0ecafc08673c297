"""The options of `labelkit audit` that name a file: what is written, and what was accepted before."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_OUTPUT, _GATE, _WHAT = "Output", "What passes", "What is judged"

HtmlOption = Annotated[
    Path | None,
    typer.Option(
        "--html",
        metavar="FILE",
        help="Write one page for a browser, with pictures; it needs nothing else.",
        rich_help_panel=_OUTPUT,
    ),
]
JunitOption = Annotated[
    Path | None,
    typer.Option(
        "--junit",
        metavar="FILE",
        help="Write JUnit XML for a CI system: a test case for each check.",
        rich_help_panel=_OUTPUT,
    ),
]
FactsOption = Annotated[
    Path | None,
    typer.Option(
        "--facts",
        metavar="FILE",
        help="Write every fact of every image into this .csv (for a spreadsheet) or .jsonl (exact).",
        rich_help_panel=_OUTPUT,
    ),
]
BaselineOption = Annotated[
    Path | None,
    typer.Option(
        "--baseline",
        metavar="FILE",
        help="Accept the findings in this file, whatever the images are called by now; tell and fail on new ones only.",
        rich_help_panel=_GATE,
    ),
]
WriteBaselineOption = Annotated[
    Path | None,
    typer.Option(
        "--write-baseline",
        metavar="FILE",
        help="Write what is found into this file, to be accepted from now on by --baseline.",
        rich_help_panel=_GATE,
    ),
]
ModelOption = Annotated[
    Path | None,
    typer.Option(
        "--model",
        metavar="BUNDLE",
        help="Also ask a trained model which labels are probably wrong; one that did not learn from these images.",
        rich_help_panel=_WHAT,
    ),
]
SuspectsOption = Annotated[
    Path | None,
    typer.Option(
        "--suspects",
        metavar="FILE",
        help="With --model: write the probable label errors into this .csv, with a column verdict to fill in.",
        rich_help_panel=_OUTPUT,
    ),
]
OverwriteOption = Annotated[
    bool,
    typer.Option(
        "--overwrite",
        metavar="",
        help="Write over a table of suspects in which verdicts were filled in.",
        rich_help_panel=_OUTPUT,
    ),
]
