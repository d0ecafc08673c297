"""`labelkit predict`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from labelkit.cli.command import Outcome, Shared, command
from labelkit.cli.interrupts import STAYS
from labelkit.domain.bundle import BundleCard, Prediction
from labelkit.domain.errors import ImageError, StorageError, UsageError

_SORTING = "Sorting by what it says"

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
SortIntoOption = Annotated[
    Path | None,
    typer.Option(
        "--sort-into",
        metavar="DIR",
        help="Put each image into the class folder of its label below DIR, as sort does; unsure ones are held.",
        rich_help_panel=_SORTING,
    ),
]
MinConfidence = Annotated[
    list[str] | None,
    typer.Option(
        "--min-confidence",
        metavar="P|LABEL=P",
        help="The least probability that is sure enough: 0.95 or NG=0.6.  \\[default: 0.9]",
        rich_help_panel=_SORTING,
    ),
]
ModeOption = Annotated[
    str | None,
    typer.Option(
        "--mode",
        metavar="MODE",
        help="copy, hardlink, symlink, move or none.  \\[default: copy]",
        rich_help_panel=_SORTING,
    ),
]


@dataclass(frozen=True, slots=True)
class _Sinks:
    """Where single predictions go while they are made."""

    jsonl: bool
    csv: Path | None

    def __bool__(self) -> bool:
        return self.jsonl or self.csv is not None

    @contextmanager
    def opened(self, card: BundleCard) -> Iterator[list[Callable[[Prediction], None]]]:
        """Ready to be written into; the table is whole once the block ends."""
        from labelkit.reporting.predict_lines import csv_table, json_lines

        with ExitStack() as stack:
            sinks = [json_lines(sys.stdout)] if self.jsonl else []
            if self.csv is not None:
                sinks.append(stack.enter_context(csv_table(self.csv, card)))
            yield sinks


@dataclass(frozen=True, slots=True)
class _Into:
    """The sort that was asked for, in its own words."""

    folder: Path
    mode: str
    min_confidence: tuple[str, ...]


@command(
    "predict",
    interrupted=STAYS,
    examples=(
        "labelkit predict runs/latest sample_data/raw",
        "labelkit predict runs/latest base_dir --jsonl",
        "labelkit predict runs/latest sample_data/raw --sort-into sorted --min-confidence NG=0.6",
    ),
)
def predict(
    shared: Shared,
    bundle: BundleArgument,
    paths: PathsArgument,
    *,
    sort_into: SortIntoOption = None,
    min_confidence: MinConfidence = None,
    mode: ModeOption = None,
    jsonl: JsonLinesOption = False,
    csv: CsvOption = None,
) -> Outcome:
    """Say the class of each image by name, with probabilities, in the order given.

    With --sort-into, what it is sure of goes into class folders, the rest is held.
    Nothing is placed before all is predicted; why explains it, undo takes it back.
    """
    if jsonl and shared.wants_json:
        raise UsageError("--jsonl and --json both want stdout", remedy="choose one; --csv FILE goes with either")
    sinks = _Sinks(jsonl, csv)
    if sort_into is None:
        if min_confidence or mode:
            option = "--mode" if mode else "--min-confidence"
            raise UsageError(f"{option} needs --sort-into", remedy="name the folder for the class folders")
        return _predict(shared, bundle, paths, sinks)
    if shared.base_dir_flag not in {None, sort_into}:
        raise UsageError("--base-dir and --sort-into name two folders", remedy="leave --base-dir out")
    into = _Into(sort_into, mode or shared.settings.text("mode") or "copy", tuple(min_confidence or ()))
    return _predict_and_sort(shared, bundle, paths, sinks, into)


def _predict(shared: Shared, bundle: Path, paths: Sequence[Path], sinks: _Sinks) -> Outcome:
    from labelkit.flows.predict import drain, stream_predictions
    from labelkit.reporting.predict_console import SHOWN, show_predictions
    from labelkit.reporting.predict_lines import predict_json

    stream = stream_predictions(bundle, paths, run=shared.run)
    with sinks.opened(stream.card) as told:
        summary = drain(stream, told, keep=None if shared.wants_json else SHOWN)
    return Outcome(
        json=predict_json(summary),
        show=lambda console: show_predictions(summary, console, rows=not sinks),
        exit_code=ImageError.exit_code if summary.failed else 0,
    )


def _predict_and_sort(shared: Shared, bundle: Path, paths: Sequence[Path], sinks: _Sinks, into: _Into) -> Outcome:
    from labelkit.flows.predict_sort import answered, ready_to_sort, sorting_into
    from labelkit.flows.sort import run_sort
    from labelkit.reporting.predict_lines import sorted_json
    from labelkit.reporting.predict_sort_console import show_sorted

    options = sorting_into(into.folder, paths, mode=into.mode, min_confidence=into.min_confidence)
    ready = ready_to_sort(bundle, options, run=shared.run)
    with sinks.opened(ready.stream.card) as told:
        said, options = answered(ready, told, keep=None if shared.wants_json else 0)
    result = run_sort(options, shared.run)
    code = ImageError.exit_code if said.failed else 0
    return Outcome(
        json=sorted_json(said, result),
        show=lambda c: show_sorted(result, c, verbose=shared.verbose, base_dir=str(into.folder)),
        exit_code=StorageError.exit_code if result.failed else code,
    )
