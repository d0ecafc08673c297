"""A verification told to a person: one line when all is well, else what differs and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from labelkit.domain.units import told_bytes
from labelkit.domain.verify_report import Difference, Extra, VerifyReport
from labelkit.reporting.console import Column, count, cut_middle, near, print_table, say

_LISTED = 5
_PATH_WIDTH = 48

_REMEDIES = {
    "missing": "where the source is still there, the same sort again places it anew",
    "extra": "images among them are read by every loader: take away what does not belong there",
    "altered": "put the file back as it was; or take it away, and the same sort again places it anew",
    "moved": "the next sort records it as a person's decision; drag it back if it was a slip",
    "unfinished": "the same command that was interrupted, sort or undo, finishes it",
}


def show_verify(report: VerifyReport, console: Console, *, verbose: bool) -> None:
    """How much is as recorded; then each kind of difference with its first files and what to do."""
    say(console, _told(report), style="" if report.exit_code else "bold")
    _remarks(report, console, verbose=verbose)
    if not report.exit_code:
        return
    _counts(report, console)
    for kind, lines in _listed(report).items():
        if lines:
            _kind(kind, lines, console, verbose=verbose)


def _told(report: VerifyReport) -> str:
    of = "" if report.as_recorded == report.recorded else f" of {report.recorded:,}"
    seconds = sum(report.seconds.values())
    noun = "image" if report.recorded == 1 else "images"
    how = f"{report.read:,} read, {told_bytes(report.bytes_read)}, {seconds:.1f} s"
    if report.quick:
        how = f"--quick: known by size and time; {how}"
    elif report.never_read:
        how = f"{count(report.never_read, 'link')} known by size and time; {how}"
    return f"{near(report.base_dir)}: {report.as_recorded:,}{of} {noun} as recorded ({how})"


def _remarks(report: VerifyReport, console: Console, *, verbose: bool) -> None:
    if report.at_work:
        say(
            console,
            f"another labelkit is at work here ({report.at_work}): {count(report.under_way, 'image')} under way "
            "were not judged; verify again once it has ended",
        )
    if report.remarks and not verbose:
        first = report.remarks[0]
        more = f" (and {len(report.remarks) - 1:,} more: add --verbose)" if len(report.remarks) > 1 else ""
        say(console, f"  {cut_middle(first.file, _PATH_WIDTH)}: {first.why}{more}")
    for d in report.remarks if verbose else ():
        say(console, f"  {d.file}: {d.why}")


def _counts(report: VerifyReport, console: Console) -> None:
    rows = [(kind, f"{n:,}") for kind, n in report.counts.items() if n]
    print_table(console, [Column("difference"), Column("files", right=True)], rows)


def _listed(report: VerifyReport) -> dict[str, list[tuple[str, str]]]:
    """Kind to (file, what of it)."""
    return {
        "missing": _whys(report.missing),
        "extra": [(x.file, _extra(x)) for x in report.extra],
        "altered": _whys(report.altered),
        "moved": [(m.before, f"stands under {m.now} now") for m in report.moved],
        "unfinished": _whys(report.unfinished),
    }


def _whys(found: Sequence[Difference]) -> list[tuple[str, str]]:
    return [(d.file, d.why) for d in found]


def _extra(x: Extra) -> str:
    return f"an image: loaders read it as {x.file.partition('/')[0]}" if x.image else "no image: loaders skip it"


def _kind(kind: str, lines: Sequence[tuple[str, str]], console: Console, *, verbose: bool) -> None:
    say(console, f"{kind}: {_REMEDIES[kind]}")
    limit = len(lines) if verbose else _LISTED
    for file, what in lines[:limit]:
        say(console, f"  {file if verbose else cut_middle(file, _PATH_WIDTH)}: {what}")
    if len(lines) > limit:
        say(console, f"  and {len(lines) - limit:,} more; every one: add --verbose, or --json")
