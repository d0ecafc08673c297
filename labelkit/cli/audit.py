"""`labelkit audit`: what a loader will see, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from labelkit.cli.audit_options import (
    BaselineOption,
    FactsOption,
    HtmlOption,
    JunitOption,
    ModelOption,
    OverwriteOption,
    SuspectsOption,
    WriteBaselineOption,
)
from labelkit.cli.audit_pack import AuditNoPackOption, pixels_wanted
from labelkit.cli.command import Outcome, Shared, command
from labelkit.cli.group_options import GroupByOption, GroupTables
from labelkit.cli.settings import Settings
from labelkit.cli.train import parse_size
from labelkit.cli.words import names
from labelkit.domain.errors import SettingsError, UsageError
from labelkit.domain.findings import FailOn
from labelkit.domain.loaders import LOADER_TITLES

_WHAT, _HOW, _PASSES = "What is judged", "How", "What passes"

FoldersArgument = Annotated[
    list[Path] | None,
    typer.Argument(metavar="BASE_DIR", help="Folders of class folders.  \\[default: base_dir of the settings]"),
]
LoaderOption = Annotated[
    str | None,
    typer.Option(
        "--loader",
        metavar="NAME",
        help=f"Look through one loader only: {', '.join(LOADER_TITLES)}.",
        rich_help_panel=_WHAT,
    ),
]
SplitOption = Annotated[
    float | None,
    typer.Option(
        "--validation-split",
        metavar="SHARE",
        help="The share flow_from_directory would be given.  \\[default: 0.2]",
        rich_help_panel=_HOW,
    ),
]
FailOnOption = Annotated[
    FailOn | None,
    typer.Option(
        "--fail-on",
        metavar="SEVERITY",
        help="Exit with 1 from this severity on: error, warning or never.  \\[default: error]",
        rich_help_panel=_PASSES,
    ),
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
AgainstOption = Annotated[
    Path | None,
    typer.Option(
        "--against",
        metavar="FACTS",
        help="Measure drift against an older audit, by the .csv or .jsonl that its --facts wrote.",
        rich_help_panel=_HOW,
    ),
]
DecodersOption = Annotated[
    bool,
    typer.Option(
        "--decoders",
        metavar="",
        help="Also decode a sample by TensorFlow and compare; takes some seconds.",
        rich_help_panel=_WHAT,
    ),
]
NoCacheOption = Annotated[
    bool,
    typer.Option(
        "--no-cache",
        metavar="",
        help="Read and decode every image anew, and keep nothing for the next audit.",
        rich_help_panel=_HOW,
    ),
]


@command(
    "audit",
    examples=(
        "labelkit audit base_dir",
        "labelkit audit base_dir --fail-on warning --json",
        "labelkit audit base_dir --html audit.html",
        "labelkit audit base_dir --image-size 120x160 --facts facts.csv",
        "labelkit audit base_dir --against facts.csv",
        "labelkit audit base_dir --write-baseline known.json",
        "labelkit audit base_dir --baseline known.json --junit audit.xml",
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
    group_by: GroupByOption = None,
    metadata: GroupTables = None,
    html: HtmlOption = None,
    junit: JunitOption = None,
    facts: FactsOption = None,
    baseline: BaselineOption = None,
    write_baseline: WriteBaselineOption = None,
    against: AgainstOption = None,
    decoders: DecodersOption = False,  # noqa: FBT002 - Typer's flag
    model: ModelOption = None,
    suspects: SuspectsOption = None,
    overwrite: OverwriteOption = False,  # noqa: FBT002 - Typer's flag
    no_cache: NoCacheOption = False,  # noqa: FBT002 - Typer's flag
    no_pack: AuditNoPackOption = False,  # noqa: FBT002 - Typer's flag
) -> Outcome:
    """Say what each loader will see of a folder of classes, and what is wrong with it. Writes nothing into it."""
    from labelkit.flows.audit import audit as run_audit
    from labelkit.flows.audit_files import AuditFiles
    from labelkit.reporting.audit_console import show_audit
    from labelkit.reporting.audit_facts import check_facts_file, write_facts
    from labelkit.reporting.audit_json import audits_json
    from labelkit.reporting.console import count, say

    settings = shared.settings
    chosen, files = _existing(folders, shared), AuditFiles(html, junit, write_baseline, suspects, overwrite)
    files.check(folders=len(chosen), baseline=baseline, model=model)
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
            severity=_severity(settings),
            image_size=parse_size(image_size or settings.text("image_size") or "80"),
            group_by=group_by or settings.text("group_by"),
            metadata=metadata or (),
            baseline=baseline or (settings.path("baseline") if write_baseline is None else None),
            against=against,
            decoders=decoders,
            model=model,
            cache=not no_cache,
            **pixels_wanted(folder, settings, refused=no_pack),
            run=shared.run,
        )
        for folder in chosen
    ]
    written = files.write(reports, made=shared.run.started)
    if facts is not None:
        written.append(f"the facts of {count(write_facts(facts, reports), 'image')} are in {facts}")

    def show(console: Console) -> None:
        for report in reports:
            show_audit(report, console, verbose=shared.verbose)
        for line in written:
            say(console, line)

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


def _severity(settings: Settings) -> dict[str, str]:
    """Check name to severity, as the settings have it.

    Raises:
        SettingsError: a check or a severity that there is none of.

    """
    from labelkit.auditing.catalog import Choice

    given = settings.mapping("severity")
    try:
        Choice(severity=given).check_names()
    except UsageError as e:
        raise SettingsError(e.message, place=f"{settings.file.path}: severity", remedy=e.remedy) from e
    return given


def _known(loader: str | None) -> str | None:
    """The settings' loader when it is one that an audit knows; train has names of its own."""
    return loader if loader in LOADER_TITLES else None


def _first(*values: float | None) -> float:
    return next(v for v in values if v is not None)
