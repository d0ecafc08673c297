"""Gather rows into columns under their names; a row that does not fit the header is refused with its line."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from labelkit.domain.errors import MetadataError
from labelkit.domain.formats import has_image_suffix
from labelkit.storage.table_header import Header
from labelkit.storage.table_rows import Block

_LISTED_FAULTS = 5
_PAIR = 2


@dataclass(slots=True)
class _Gathered:
    """What the rows so far hold; grows block by block, and is handed on once as `Gathered`.

    Each column is kept as one tuple a block, and tuples of text are nothing that Python's garbage collector looks into:
    growing lists of a million cells, walked again and again, would take more time than the reading.
    """

    cells: list[list[tuple[str, ...]]]
    lines: array[int] = field(default_factory=lambda: array("q"))
    cut: int = 0
    short: list[tuple[int, int]] = field(default_factory=list)
    short_full: int = 0
    ragged: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The columns of one table.

    Attributes:
        columns: name to cells, one a row.
        lines: line number of each row.
        said: what was repaired, one line each.

    """

    columns: dict[str, tuple[str, ...]]
    lines: Sequence[int]
    said: tuple[str, ...]


def gather(header: Header, blocks: Iterable[Block], path: str, *, separator: str = "") -> Gathered:
    """All rows below the header as columns.

    Args:
        header: the columns.
        blocks: the rows below it.
        path: the table's name, for errors.
        separator: what a swallowed row would hold; empty: rows come from no text.

    Raises:
        MetadataError: no rows, rows with more or fewer cells than columns, or a quoted cell that holds rows.

    """
    so_far = _Gathered([[] for _ in header.names])
    for block in blocks:
        if separator and block.tall:
            _refuse_swallowed(header, block, separator, path)
        if block.rows:
            _add(so_far, header, block)
    if so_far.ragged:
        raise _ragged(header, so_far.ragged, path)
    if so_far.short_full * 2 < len(so_far.short):  # a name too many in the header, and the rows' own last cell is empty
        raise _ragged(header, so_far.short, path)
    if not so_far.lines:
        raise MetadataError("the table holds no rows", place=path, remedy="it needs a row for each image")
    columns, said = _named(header, so_far.cells)
    if so_far.cut:
        said = [f"empty cells at the end of {so_far.cut:,} rows were left out", *said]
    return Gathered(columns, _compact(so_far.lines), tuple(said))


def _add(so_far: _Gathered, header: Header, block: Block) -> None:
    whole = len(header.names)
    rows = block.rows
    if set(map(len, rows)) != {whole}:
        rows = list(_fitted(so_far, header, block))
        if so_far.ragged:
            return
    for column, cells in zip(so_far.cells, zip(*rows, strict=True), strict=True):
        column.append(cells)
    so_far.lines.extend(block.lines)


def _fitted(so_far: _Gathered, header: Header, block: Block) -> Iterator[list[str]]:
    """Rows of as many cells as the header line has; empty cells at the end are no fault.

    A row without the header's trailing separator is short; whether such rows really end with the last named column is
    told by all of them together.
    """
    whole, width = len(header.names), header.width
    for line, row in zip(block.lines, block.rows, strict=True):
        if len(row) > whole and not "".join(row[whole:]).strip():
            so_far.cut += 1
            yield row[:whole]
        elif width <= len(row) <= whole:
            if len(row) < whole:
                so_far.short.append((line, len(row)))
                so_far.short_full += bool(row[width - 1].strip())
            yield [*row, *[""] * (whole - len(row))]
        else:
            so_far.ragged.append((line, len(row)))


def _ragged(header: Header, ragged: list[tuple[int, int]], path: str) -> MetadataError:
    listed = ", ".join(f"line {line} has {n}" for line, n in ragged[:_LISTED_FAULTS])
    names = [name for name in header.names if name]
    rows = "1 row does" if len(ragged) == 1 else f"{len(ragged)} rows do"
    return MetadataError(
        f"{rows} not have {_expected(header)} cells ({', '.join(names)}): {listed}",
        place=f"{path}:{ragged[0][0]}",
        remedy="mend these lines; nothing was moved",
    )


def _expected(header: Header) -> str:
    whole = len(header.names)
    return str(whole) if whole == header.width else f"{header.width} or {whole}"


def _refuse_swallowed(header: Header, block: Block, separator: str, path: str) -> None:
    """A quote too many makes the next rows part of one cell; such a cell holds lines that are rows."""
    for i in block.tall:
        for cell in block.rows[i]:
            if any(_is_row(line, separator, header.width) for line in cell.splitlines()[1:]):
                raise MetadataError(
                    "a quoted cell holds whole rows, so a quote is too many or missing",
                    place=f"{path}:{block.lines[i]}",
                    remedy="mend that line",
                )


def _is_row(line: str, separator: str, width: int) -> bool:
    parts = line.split(separator)
    if width <= _PAIR:
        return has_image_suffix(parts[0].strip()) and len(parts) >= width
    return len(parts) >= width


def _named(header: Header, cells: list[list[tuple[str, ...]]]) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Columns by name; one without a name is left out when it is empty, else called by its number."""
    columns: dict[str, tuple[str, ...]] = {}
    said, empty = [], 0
    whole = (tuple(chain.from_iterable(blocks)) for blocks in cells)
    for number, (name, column) in enumerate(zip(header.names, whole, strict=True), 1):
        if name:
            columns[name] = column
        elif "".join(column).strip():
            columns[_free(f"column{number}", header.names)] = column
            said.append(f"column {number} has no name and is called {_free(f'column{number}', header.names)}")
        else:
            empty += 1
    if empty:
        said.append(
            f"{'a nameless, empty column was' if empty == 1 else f'{empty} nameless, empty columns were'} left out"
        )
    return columns, said


def _free(name: str, taken: Sequence[str]) -> str:
    return name if name not in taken else _free(f"{name}_", taken)


def _compact(lines: array[int]) -> Sequence[int]:
    """Line numbers without a gap as a range: a million of them cost nothing."""
    whole = range(lines[0], lines[-1] + 1)
    return whole if len(whole) == len(lines) else lines
