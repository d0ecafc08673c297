"""Find the line of a table that names its columns; what stands above it, and what is odd about the names, is said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from labelkit.domain.errors import MetadataError
from labelkit.domain.formats import has_image_suffix
from labelkit.domain.missing import is_missing
from labelkit.domain.names import shown
from labelkit.storage.table_rows import Block

_TITLE_LINES = 50
"""A header further down than this is not looked for."""

_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?\Z")
_LINE_ENDS = re.compile(r"\s*[\r\n]+\s*")


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a table.

    Attributes:
        names: of the columns; empty at the end where the line ends in separators.
        line: where they stand; 0: a person named them.
        above: rows above it, to be left out; the header counts too.
        said: what was settled or repaired, one line each.

    """

    names: tuple[str, ...]
    line: int
    above: int
    said: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """The number of columns that have a name, and of those before them."""
        return max((i for i, name in enumerate(self.names, 1) if name), default=0)


def header_of(first: Block, columns: Sequence[str], path: str) -> Header:
    """The header, found in the first rows of a table, or as a person named the columns.

    Raises:
        MetadataError: the first line looks like data, no line looks like names, or a name stands twice.

    """
    if columns:
        return _declared(first, columns, path)
    at = _row_of_names(first, path)
    line, cells = first.lines[at], first.rows[at]
    names = [_LINE_ENDS.sub(" ", cell.strip()) for cell in cells]
    _refuse_data(first, at, names, f"{path}:{line}")
    said = [*_said_of_titles(first, at), *_said_of_blanks(cells, names)]
    return Header(_unique(names, f"{path}:{line}"), line, at + 1, tuple(said))


def _declared(first: Block, columns: Sequence[str], path: str) -> Header:
    folded = [c.strip().casefold() for c in first.rows[0]]
    if folded[: len(columns)] == [c.casefold() for c in columns]:
        raise MetadataError(
            "the first line names the columns already", place=f"{path}:{first.lines[0]}", remedy="leave out --columns"
        )
    return Header(_unique(list(columns), path), 0, 0)


def _row_of_names(first: Block, path: str) -> int:
    """The first row that is more than half full, by the commonest number of cells, and wide enough for most below."""
    filled = [_filled(row) for row in first.rows]
    widths = Counter(filled)
    width = max(widths, key=lambda w: (widths[w], w))
    for at, row in enumerate(first.rows[: _TITLE_LINES + 1]):
        fitting = sum(n <= filled[at] for n in filled[at + 1 :])
        if sum(bool(cell.strip()) for cell in row) > width // 2 and fitting * 2 >= len(filled) - at - 1:
            return at
    raise MetadataError(
        f"none of the first {_TITLE_LINES} lines names {width} columns",
        place=f"{path}:{first.lines[0]}",
        remedy=f"name the columns: --columns {','.join(f'column{i + 1}' for i in range(width))}",
    )


def _filled(row: Sequence[str]) -> int:
    """The number of cells up to the last that is not empty."""
    return next((i for i in range(len(row), 0, -1) if row[i - 1].strip()), 0)


def _refuse_data(first: Block, at: int, names: list[str], place: str) -> None:
    found = [n for n in names if has_image_suffix(n) or _NUMBER.match(n)] or _standing_below(first, at, names)
    if found:
        if at:
            raise _too_narrow(first, at, names, place)
        raise MetadataError(
            f"the first line looks like data, not like column names ('{shown(found[0])}')",
            place=place,
            remedy=f"name the columns: --columns {','.join(_proposed(names))}",
        )


def _too_narrow(first: Block, at: int, names: list[str], place: str) -> MetadataError:
    """The lines above the first full one are no titles of it, for it holds data."""
    above = ", ".join(shown(cell) for cell in first.rows[at - 1][: _filled(first.rows[at - 1])])
    return MetadataError(
        f"most rows have {len(names)} cells, but the line above them has fewer ({above})",
        place=place.replace(f":{first.lines[at]}", f":{first.lines[at - 1]}"),
        remedy="mend that line; or take away all lines above the rows and name the columns with --columns",
    )


def _standing_below(first: Block, at: int, names: list[str]) -> list[str]:
    """Names that stand in their own column below as well, as 'OK' does in a table without header."""
    below = [row for row in first.rows[at + 1 :] if row != first.rows[at]]
    cells: list[set[str]] = [{row[i].strip() for row in below if i < len(row)} for i in range(len(names))]
    return [name for name, under in zip(names, cells, strict=True) if name in under and not is_missing(name)]


def _proposed(fields: list[str]) -> list[str]:
    return ["file" if has_image_suffix(f) else f"column{i}" for i, f in enumerate(fields, 1)]


def _said_of_titles(first: Block, at: int) -> list[str]:
    if not at:
        return []
    title = " ".join(cell.strip() for cell in first.rows[0] if cell.strip())
    lines = "1 line" if at == 1 else f"{at} lines"
    return [f"{lines} above the column names left out ('{shown(title)}')"]


def _said_of_blanks(cells: Sequence[str], names: list[str]) -> list[str]:
    changed = [n for n, c in zip(names, cells, strict=True) if n and n != c]
    if not changed:
        return []
    return [f"blanks around {len(changed)} column names were taken away: {', '.join(changed)}"]


def _unique(names: list[str], place: str) -> tuple[str, ...]:
    """The names, with nothing for what has none at the end.

    Raises:
        MetadataError: a name that stands twice.

    """
    counts = Counter(name for name in names if name)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        raise MetadataError(
            f"a column name stands twice: {', '.join(repr(t) for t in twice)}",
            place=place,
            remedy="give every column a name of its own",
        )
    return tuple(names)
