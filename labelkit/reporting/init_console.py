"""What `labelkit init` saw and proposes, told to a person."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console

from labelkit.domain.proposal import ColumnKind, ColumnSight, ImagesSight, InitResult, RowsSight
from labelkit.reporting.console import Column, count, cut_middle, percent, print_table, say

_LISTED = 3
_PATH_WIDTH = 48
_VALUES_WIDTH = 46


def show_init(result: InitResult, console: Console, *, verbose: bool) -> None:
    """The whole report."""
    if result.images:
        _images(result.images, console)
    if result.rows:
        _rows(result.rows, console, verbose=verbose)
    if result.rule:
        say(console)
        say(console, f"proposed: {result.rule.why}")
    if verbose and result.settings and result.images:
        _texts(result, console)
    if result.written:
        say(console)
        say(console, f"wrote {', '.join(result.written)}", style="bold")
    for note in result.notes:
        say(console, note)
    for line in result.next:
        say(console, f"  {line}")


def _images(images: ImagesSight, console: Console) -> None:
    kinds = ", ".join(f"{n:,} {s or 'without suffix'}" for s, n in images.suffixes.items())
    others = [f"{images.not_image:,} other files"] if images.not_image else []
    skipped = [f"{images.skipped:,} skipped"] if images.skipped else []
    say(console, "; ".join([f"{images.folder}: {count(images.images, 'image')} ({kinds})", *others, *skipped]))


def _rows(rows: RowsSight, console: Console, *, verbose: bool) -> None:
    for line in rows.said:
        say(console, line)
    say(console)
    table = [(c.name, str(c.kind), _content(c), f"{c.missing:,}" if c.missing else "") for c in rows.columns]
    print_table(console, [Column("column"), Column("kind"), Column("holds"), Column("missing", right=True)], table)
    say(console)
    by = f" by {rows.file}" if rows.file else ""
    say(console, f"{rows.found:,} of {count(rows.rows, 'row')} find their image{by} ({percent(rows.found, rows.rows)})")
    limit = len(rows.missing) if verbose else _LISTED
    _listed(console, f"{count(len(rows.missing), 'row')} without a file", (f"{p}: {f}" for p, f in rows.missing), limit)
    limit = len(rows.unlisted) if verbose else _LISTED
    _listed(console, f"{count(len(rows.unlisted), 'image')} without a row", iter(rows.unlisted), limit)
    near = (f"{n.place}: {n.written}, but there is {n.image} (differs in {n.differs})" for n in rows.near_misses)
    limit = len(rows.near_misses) if verbose else _LISTED
    _listed(console, f"{count(len(rows.near_misses), 'near miss', 'near misses')}", near, limit)


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
    return f"{column.distinct:,} different" if column.distinct else ""


def _fitting(parts: list[str]) -> str:
    """As many parts as fit the column, and how many more there are."""
    kept = len(parts)
    while kept > 1 and len(", ".join(parts[:kept])) > _VALUES_WIDTH:
        kept -= 1
    rest = f", and {len(parts) - kept} more" if kept < len(parts) else ""
    return cut_middle(", ".join(parts[:kept]), _VALUES_WIDTH) + rest


def _texts(result: InitResult, console: Console) -> None:
    """The proposed files in full."""
    texts = [result.settings] + ([result.rule.text] if result.rule else [])
    for name, text in zip(result.written, texts, strict=True):
        say(console)
        say(console, f"{cut_middle(name, _PATH_WIDTH)}:")
        for line in text.splitlines():
            say(console, f"  {line}")
