"""A metadata table, its columns and how its rows meet images, told to a person."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console

from labelkit.domain.proposal import ColumnKind, ColumnSight, ImagesSight, MetadataCheck, RowsSight
from labelkit.reporting.console import Column, count, cut_middle, percent, print_table, say

_LISTED = 3
_VALUES_WIDTH = 46


def show_metadata_check(check: MetadataCheck, console: Console, *, verbose: bool) -> None:
    """The whole report."""
    if check.images:
        show_images(check.images, console)
    show_table(check.table, console, verbose=verbose)
    if check.images and not check.fault.count("\n"):
        show_meeting(check.table, console, verbose=verbose)
    if check.fault:
        say(console, f"refused: {check.fault}", style="red")
    if check.contract:
        say(console)
        say(
            console,
            "proposed contract, to be corrected and pasted into the settings (in labelkit.toml without tool.labelkit):",
        )
        for line in check.contract.rstrip().splitlines():
            say(console, f"  {line}" if line else "")


def show_images(images: ImagesSight, console: Console) -> None:
    """The files of a folder in one line."""
    kinds = ", ".join(f"{n:,} {s or 'without suffix'}" for s, n in images.suffixes.items())
    others = [f"{images.not_image:,} other files"] if images.not_image else []
    skipped = [f"{images.skipped:,} skipped"] if images.skipped else []
    say(console, "; ".join([f"{images.folder}: {count(images.images, 'image')} ({kinds})", *others, *skipped]))


def show_table(rows: RowsSight, console: Console, *, verbose: bool) -> None:
    """What was settled while reading, each column, and the values to look at."""
    for line in rows.said:
        say(console, line)
    say(console)
    table = [(c.name, str(c.kind), _content(c), f"{c.missing:,}" if c.missing else "") for c in rows.columns]
    print_table(console, [Column("column"), Column("kind"), Column("holds"), Column("missing", right=True)], table)
    for column in rows.columns:
        limit = len(column.suspects) if verbose else _LISTED
        lines = (f"'{s.value}'  {s.count:,} x  {s.place}  {s.why}" for s in column.suspects)
        _listed(console, f"to look at in {column.name}", lines, limit)
    say(console)


def show_meeting(rows: RowsSight, console: Console, *, verbose: bool) -> None:
    """How rows find their images, and which do not."""
    by = f" by {rows.file}" if rows.file else ""
    say(console, f"{rows.found:,} of {count(rows.rows, 'row')} find their image{by} ({percent(rows.found, rows.rows)})")
    if rows.steps:
        say(console, f"  found by {', '.join(f'{step}: {n:,}' for step, n in rows.steps.items())}")
    limit = len(rows.missing) if verbose else _LISTED
    _listed(console, f"{count(len(rows.missing), 'row')} without a file", (f"{p}: {f}" for p, f in rows.missing), limit)
    limit = len(rows.unlisted) if verbose else _LISTED
    _listed(console, f"{count(len(rows.unlisted), 'image')} without a row", iter(rows.unlisted), limit)
    near = (f"{n.place}: {n.written}, but there is {n.image} (differs in {n.differs})" for n in rows.near_misses)
    limit = len(rows.near_misses) if verbose else _LISTED
    _listed(console, f"{count(len(rows.near_misses), 'near miss', 'near misses')}", near, limit)
    if rows.hint:
        say(console, rows.hint)


def _listed(console: Console, head: str, lines: Iterable[str], limit: int) -> None:
    """A heading and the first few lines; nothing at all when there are none."""
    every = list(lines)
    if not every:
        return
    say(console, f"{head}:")
    for line in every[:limit]:
        say(console, f"  {line}")
    if len(every) > limit:
        say(console, f"  and {len(every) - limit:,} more (--verbose)")


def _content(column: ColumnSight) -> str:
    if column.kind is ColumnKind.NUMBERS:
        return f"{column.least:g} to {column.most:g}"
    if column.values:
        return _fitting([f"{value} ({n:,})" for value, n in column.values])
    if not column.distinct:
        return ""
    examples = cut_middle(", ".join(column.examples), _VALUES_WIDTH - len("99,999,999 different: "))
    return f"{column.distinct:,} different: {examples}"


def _fitting(parts: list[str]) -> str:
    """As many parts as fit the column, and how many more there are."""
    kept = len(parts)
    while kept > 1 and len(", ".join(parts[:kept])) > _VALUES_WIDTH:
        kept -= 1
    rest = f", and {len(parts) - kept} more" if kept < len(parts) else ""
    return cut_middle(", ".join(parts[:kept]), _VALUES_WIDTH) + rest
