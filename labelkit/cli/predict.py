"""`labelkit predict`."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from labelkit.cli.command import Outcome, Shared, command
from labelkit.domain.errors import ImageError, UsageError

BundleArgument = Annotated[
    Path, typer.Argument(metavar="BUNDLE", help="A folder that train wrote, such as runs/latest.")
]
PathsArgument = Annotated[
    list[Path], typer.Argument(metavar="PATH", help="Images, and folders of images; told in this order.")
]
JsonLinesOption = Annotated[
    bool,
    typer.Option("--jsonl", metavar="", help="Print one JSON object an image on stdout.", rich_help_panel="Output"),
]
CsvOption = Annotated[
    Path | None,
    typer.Option("--csv", metavar="FILE", help="Write a table that Excel opens rightly.", rich_help_panel="Output"),
]


@command(
    "predict",
    examples=("labelkit predict runs/latest sample_data/raw", "labelkit predict runs/latest base_dir --jsonl"),
)
def predict(
    shared: Shared,
    bundle: BundleArgument,
    paths: PathsArgument,
    *,
    jsonl: JsonLinesOption = False,
    csv: CsvOption = None,
) -> Outcome:
    """Say the class of each image by name, with probabilities, in the order given."""
    from labelkit.flows.predict import drain, stream_predictions
    from labelkit.reporting.predict_console import SHOWN, show_predictions
    from labelkit.reporting.predict_lines import csv_table, json_lines, predict_json

    if jsonl and shared.wants_json:
        raise UsageError("--jsonl and --json both want stdout", remedy="choose one; --csv FILE goes with either")
    stream = stream_predictions(bundle, paths, run=shared.run)
    with ExitStack() as opened:
        sinks = [json_lines(sys.stdout)] if jsonl else []
        if csv is not None:
            sinks.append(opened.enter_context(csv_table(csv, stream.card)))
        summary = drain(stream, sinks, keep=None if shared.wants_json else SHOWN)
    return Outcome(
        json=predict_json(summary),
        show=lambda console: show_predictions(summary, console, rows=not sinks),
        exit_code=ImageError.exit_code if summary.failed else 0,
    )
