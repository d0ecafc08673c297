"""The held images, told to a person: which reasons, how often, and how to settle them."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console

from labelkit.domain.command_line import word
from labelkit.domain.explanation import HeldGroup, HeldImage, HeldReport
from labelkit.reporting.console import count, cut_middle, near, say

_FILES = 3
_GROUPS = 12
_PATH_WIDTH = 48


@dataclass(frozen=True, slots=True)
class Settling:
    """What the commands that settle held images need to be told.

    Attributes:
        base_dir: as given, when it is not the default; else empty.
        sources: the folders of images, when no settings name them.
        table: the table that was written; empty when none was.
        replaced: whether it took the place of an earlier one.

    """

    base_dir: str = ""
    sources: tuple[str, ...] = ()
    table: str = ""
    replaced: bool = False

    @property
    def where(self) -> str:
        """` --base-dir X`, or nothing."""
        return f" --base-dir {word(self.base_dir)}" if self.base_dir else ""


def show_held(report: HeldReport, console: Console, settling: Settling, *, verbose: bool) -> None:
    """The groups, most frequent first, and how to settle them; `verbose` tells every group and every file."""
    if not report.held:
        say(console, f"no image is held in {near(report.base_dir)}")
        return
    verb = "is" if report.held == 1 else "are"
    say(console, f"{count(report.held, 'image')} {verb} held in {near(report.base_dir)}", style="bold")
    listed = report.groups if verbose else report.groups[:_GROUPS]
    for group in listed:
        _show(group, console, verbose=verbose)
    if len(report.groups) > len(listed):
        say(console, f"  and {count(len(report.groups) - len(listed), 'more reason')}; every one: add --verbose")
    say(console)
    _settle(report, settling, console)


def _settle(report: HeldReport, settling: Settling, console: Console) -> None:
    sources = "".join(f"{word(near(s))} " for s in settling.sources)
    table = settling.table or "held.csv"
    sort = f"labelkit sort {sources}--verdicts {word(table)}{settling.where}"
    if not settling.table:
        say(console, f"to settle them:  labelkit why --held --csv held.csv{settling.where}")
        say(console, f"fill in its column verdict, then:  {sort}")
        return
    left_out = f" ({report.gone:,} left out: no longer in their source)" if report.gone else ""
    instead = ", in place of an earlier one" if settling.replaced else ""
    say(console, f"{table}: {count(report.held - report.gone, 'row')}{left_out}{instead}")
    say(console, f"fill in its column verdict, then:  {sort}")


def _show(group: HeldGroup, console: Console, *, verbose: bool) -> None:
    say(console, f"  {len(group.images):,} {group.state}: {group.why}")
    listed = group.images if verbose else group.images[:_FILES]
    for image in listed:
        say(console, f"      {_image(image, verbose=verbose)}")
    if len(group.images) > len(listed):
        say(console, f"      and {len(group.images) - len(listed):,} more")


def _image(image: HeldImage, *, verbose: bool) -> str:
    name = image.file if verbose else cut_middle(image.file, _PATH_WIDTH)
    rows = f" ({', '.join(image.rows)})" if image.rows else ""
    own = f": {image.why}" if verbose and image.why else ""
    return f"{name}{rows}{', no longer there' if image.gone else ''}{own}"
