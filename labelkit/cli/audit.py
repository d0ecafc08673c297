"""`labelkit audit`: what a loader will see, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from labelkit.cli.command import Outcome, Shared, command
from labelkit.cli.train import parse_size
from labelkit.cli.words import names
from labelkit.domain.audit import FailOn
from labelkit.domain.errors import UsageError
from labelkit.domain.loaders import LOADER_TITLES

_WHAT, _WHERE, _HOW = "What is judged", "Where", "How"

FoldersArgument = Annotated[
    list[Path] | None,
    typer.Argument(metavar="BASE_DIR", help="Folders of class folders.  \\[default: base_dir of the settings]"),
]
LoaderOption = Annotated[
    str | None,
    typer.Option("--loader", metavar="NAME", help=f"Look through one loader only: {', '.join(LOADER_TITLES)}."),
]
SplitOption = Annotated[
    float | None,
    typer.Option(
        "--validation-split", metavar="SHARE", help="The share flow_from_directory would be given.  \\[default: 0.2]"
    ),
]
FailOnOption = Annotated[
    FailOn | None,
    typer.Option("--fail-on", metavar="SEVERITY", help="Exit with 1 from this severity on.  \\[default: error]"),
]
SelectOption = Annotated[
    str | None, typer.Option("--select", metavar="CHECK,...", help="Run these checks only.", rich_help_panel=_WHAT)
]
IgnoreOption = Annotated[
    str | None, typer.Option("--ignore", metavar="CHECK,...", help="Leave these checks out.", rich_help_panel=_WHAT)
]
NoPartsOption = Annotated[
    bool,
    typer.Option(
        "--no-parts", metavar="", help="Folders called train, val or test are classes.", rich_help_panel=_WHAT
    ),
]
ClassesOption = Annotated[
    str | None,
    typer.Option(
        "--classes", metavar="NAME,...", help="The order of the classes, index 0 first.", rich_help_panel=_HOW
    ),
]
PositiveOption = Annotated[
    str | None,
    typer.Option("--positive", metavar="NAME", help="The class at index 1 of two.", rich_help_panel=_HOW),
]
ImageSizeOption = Annotated[
    str | None,
    typer.Option(
        "--image-size",
        metavar="N|HxW",
        help="The pixels that training would shrink the images to.  \\[default: 80]",
        rich_help_panel=_HOW,
    ),
]
FactsOption = Annotated[
    Path | None,
    typer.Option(
        "--facts",
        metavar="FILE",
        help="Write every fact of every image into this .csv (for a spreadsheet) or .jsonl (exact).",
        rich_help_panel="Output",
    ),
]


@command(
    "audit",
    examples=(
        "labelkit audit base_dir",
        "labelkit audit base_dir --fail-on warning --json",
        "labelkit audit base_dir --image-size 120x160 --facts facts.csv",
        "labelkit audit base_dir --loader flow_from_directory --validation-split 0.25",
    ),
)
def audit(  # noqa: PLR0917 - Typer: one argument an option
    shared: Shared,
    folders: FoldersArgument = None,
    loader: LoaderOption = None,
    validation_split: SplitOption = None,
    fail_on: FailOnOption = None,
    select: SelectOption = None,
    ignore: IgnoreOption = None,
    no_parts: NoPartsOption = False,  # noqa: FBT002 - Typer's flag
    classes: ClassesOption = None,
    positive: PositiveOption = None,
    image_size: ImageSizeOption = None,
    facts: FactsOption = None,
) -> Outcome:
    """Say what each loader will see of a folder of classes, and what is wrong with it. Writes nothing into it."""
    from labelkit.flows.audit import audit as run_audit
    from labelkit.reporting.audit_console import show_audit
    from labelkit.reporting.audit_facts import check_facts_file, write_facts
    from labelkit.reporting.audit_json import audits_json
    from labelkit.reporting.console import count, say

    settings = shared.settings
    if facts is not None:
        check_facts_file(facts)
    reports = [
        run_audit(
            folder,
            validation_split=_first(validation_split, settings.number("validation_split"), 0.2),
            loader=loader or _known(settings.text("loader")),
            fail_on=fail_on or settings.text("fail_on") or "error",
            select=names(select),
            ignore=names(ignore),
            classes=names(classes) or settings.texts("classes"),
            positive=positive or settings.text("positive"),
            reject=settings.text("reject"),
            meaning=settings.mapping("meaning"),
            parts=not no_parts,
            severity=settings.mapping("severity"),
            image_size=parse_size(image_size or settings.text("image_size") or "80"),
            run=shared.run,
        )
        for folder in _existing(folders, shared)
    ]

    written = write_facts(facts, reports) if facts is not None else None

    def show(console: Console) -> None:
        for report in reports:
            show_audit(report, console, verbose=shared.verbose)
        if written is not None:
            say(console, f"the facts of {count(written, 'image')} are in {facts}")

    return Outcome(audits_json(reports), show, max(report.exit_code for report in reports))


def _existing(folders: list[Path] | None, shared: Shared) -> list[Path]:
    """The folders given, else the one that sort fills.

    Raises:
        UsageError: one that is not there.

    """
    if folders and shared.base_dir_flag is not None:
        raise UsageError("give the folder as an argument or as --base-dir, not both")
    chosen = folders or [shared.base_dir]
    for folder in chosen:
        if not folder.is_dir():
            remedy = (
                "give the folder that holds the class folders" if folders else "give a folder: labelkit audit BASE_DIR"
            )
            raise UsageError(f"no such folder: {folder}", remedy=remedy)
    return chosen


def _known(loader: str | None) -> str | None:
    """The settings' loader when it is one that an audit knows; train has names of its own."""
    return loader if loader in LOADER_TITLES else None


def _first(*values: float | None) -> float:
    return next(v for v in values if v is not None)
