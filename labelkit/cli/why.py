"""`labelkit why`: every vote and step that decided an image; the held ones, grouped by reason."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labelkit.cli.command import Outcome, Shared, command
from labelkit.domain.errors import UsageError

_HELD, _AGAIN = "Held images", "Asking the rules again"

ImagesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="IMAGE", help="A file, its place in base_dir, its path below the source, or its name."),
]
RulesOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--rules",
        metavar="FILE",
        help="A rules file in Python that voted: a program, run again only when named here.",
        rich_help_panel=_AGAIN,
    ),
]
MetadataOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--metadata",
        metavar="FILE",
        help="Ask about the rows of this table as they are now, not as they were recorded.",
        rich_help_panel=_AGAIN,
    ),
]
HeldFlag = Annotated[
    bool,
    typer.Option("--held", metavar="", help="List every image that is held, by reason.", rich_help_panel=_HELD),
]
CsvOption = Annotated[
    Path | None,
    typer.Option("--csv", metavar="FILE", help="Write them as a table to be filled in.", rich_help_panel=_HELD),
]
OverwriteFlag = Annotated[
    bool,
    typer.Option(
        "--overwrite", metavar="", help="Write over a table that holds verdicts already.", rich_help_panel=_HELD
    ),
]


@command(
    "why",
    examples=(
        "labelkit why base_dir/NG/0001.jpg",
        "labelkit why sample_data/raw/station2/0001.jpg --rules rules/threshold.py",
        "labelkit why --held",
        "labelkit why --held --csv held.csv",
    ),
)
def why_command(
    shared: Shared,
    images: ImagesArgument = None,
    rules: RulesOption = None,
    metadata: MetadataOption = None,
    held: HeldFlag = False,  # noqa: FBT002 - Typer calls it so
    csv: CsvOption = None,
    overwrite: OverwriteFlag = False,  # noqa: FBT002 - Typer calls it so
) -> Outcome:
    """Say why an image is where it is: every vote with its values, and the step that decided.

    The rules are asked again, and it is said when they would answer otherwise today.
    With --held: every image that is in no class folder, grouped by reason.
    """
    if held:
        _check_alone(images, rules, metadata)
        return _held(shared, csv, overwrite=overwrite)
    if csv or overwrite:
        raise UsageError("--csv and --overwrite go with --held", remedy="as in: labelkit why --held --csv held.csv")
    if not images:
        raise UsageError(
            "no image to explain", remedy="name one: labelkit why IMAGE; the held ones: labelkit why --held"
        )
    return _why(shared, images, rules or [], metadata or [])


def _check_alone(*given: object) -> None:
    if any(given):
        raise UsageError("--held lists every held image, and takes no image, rules or table", remedy="leave them out")


def _why(shared: Shared, images: list[str], rules: list[Path], metadata: list[Path]) -> Outcome:
    from labelkit.flows.why import WhyOptions, explain
    from labelkit.flows.why_again import Named
    from labelkit.reporting.why_console import show_why
    from labelkit.reporting.why_json import why_json

    named = Named(tuple(rules), () if rules else _programs_of_settings(shared))
    options = WhyOptions(shared.base_dir, named, tuple(metadata), str(shared.base_dir_flag or ""))
    found = explain(images, options)
    return Outcome(why_json(found), lambda c: show_why(found, c, verbose=shared.verbose))


def _programs_of_settings(shared: Shared) -> tuple[Path, ...]:
    """Rules files named by a settings file in the working folder itself; elsewhere it cannot name programs."""
    settings = shared.settings
    own = settings.file.path is not None and settings.file.path.parent == settings.working_folder
    return tuple(settings.rules()) if own else ()


def _held(shared: Shared, csv: Path | None, *, overwrite: bool) -> Outcome:
    from labelkit.flows.why_held import held, write_held
    from labelkit.reporting.held_console import Settling, show_held
    from labelkit.reporting.held_json import held_json

    if overwrite and csv is None:
        raise UsageError("--overwrite goes with --csv", remedy="as in: labelkit why --held --csv held.csv --overwrite")
    report = held(base_dir=shared.base_dir)
    writes = csv is not None and report.held > 0
    replaced = write_held(report, csv, overwrite=overwrite) if csv is not None and writes else False
    settling = Settling(
        base_dir=str(shared.base_dir_flag or ""),
        sources=() if shared.settings.paths("source") else report.sources,
        table=str(csv) if writes else "",
        replaced=replaced,
    )
    return Outcome(held_json(report), lambda c: show_held(report, c, settling, verbose=shared.verbose))
