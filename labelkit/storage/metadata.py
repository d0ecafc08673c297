"""Read metadata tables as inspection lines write them: all text, every choice said, nothing guessed."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import TypeVar

from labelkit.domain.errors import MetadataError
from labelkit.domain.table import Layout, Table
from labelkit.storage.table_columns import Gathered, gather
from labelkit.storage.table_dialect import SEPARATORS, separator_of
from labelkit.storage.table_encoding import Decoded, decodings, unclear
from labelkit.storage.table_excel import is_workbook, read_sheet
from labelkit.storage.table_header import header_of
from labelkit.storage.table_rows import row_blocks

_CTRL_Z = "\x1a"
"""The end of a text file under DOS; old controllers still write it."""

_DAMAGED = "\ufffd"
"""What a program writes for a character that it could not read."""

Item = TypeVar("Item")


def read_metadata(
    files: Sequence[os.PathLike[str] | str],
    *,
    columns: Sequence[str] = (),
    encoding: str | None = None,
    names: AbstractSet[str] = frozenset(),
) -> Table:
    """Read one or more tables as one; rows keep their file and line.

    Args:
        files: text tables (separators comma, semicolon, tab, bar or blanks; UTF-8, UTF-16, CP932 or CP1252), or Excel
            workbooks as `m.xlsx` (the first sheet) or `m.xlsx#Sheet2`.
        columns: names for the columns of files without a header line.
        encoding: how text tables are written; None finds it.
        names: base names of the images, which tell CP932 from CP1252: the reading that names more of them is right.

    Raises:
        UsageError: the encoding does not exist.
        MissingExtraError: a workbook, and the package that reads it is not installed.
        MetadataError: a file that cannot be read for sure: which, where, and what to do.

    """
    parts = [_read_one(os.fspath(f), columns, encoding, names) for f in files]
    return parts[0] if len(parts) == 1 else _stacked(parts)


def _read_one(path: str, columns: Sequence[str], encoding: str | None, names: AbstractSet[str]) -> Table:
    if is_workbook(path):
        return _of_workbook(path, columns)
    found = decodings(_bytes_of(path), path, declared=encoding)
    if len(found) == 1 and not found[0].doubt:
        return _of_text(found[0], path, columns)
    return _settled(found, path, columns, names)


def _bytes_of(path: str) -> bytes:
    try:
        with open(path, "rb") as f:
            before = os.fstat(f.fileno())
            content = f.read()
            after = os.fstat(f.fileno())
    except FileNotFoundError:
        raise MetadataError("there is no such metadata file", place=path, remedy="check --metadata") from None
    except OSError as e:
        raise MetadataError(f"the metadata cannot be read: {e.strerror}", place=path) from e
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(content) != after.st_size:
        raise MetadataError(
            "the file changed while it was read", place=path, remedy="wait until the line has written it, or copy it"
        )
    return content


def _settled(found: tuple[Decoded, ...], path: str, columns: Sequence[str], names: AbstractSet[str]) -> Table:
    """The reading that names more images than the others; without such, the only one that is not doubtful.

    Names of ASCII alone are the same in every reading and settle nothing.
    """
    clear = [reading for reading in found if not reading.doubt]
    if len(clear) == 1 and all(name.isascii() for name in names):
        return _of_text(clear[0], path, columns)
    tables = [_tried(reading, path, columns) for reading in found]
    hits = [_images_named(table, names) if isinstance(table, Table) else -1 for table in tables]
    best = max(hits)
    if best > 0 and hits.count(best) == 1:
        return _said_why(_sure(tables[hits.index(best)]), path, best)
    if len(clear) != 1:
        raise unclear(found, path)
    return _sure(tables[found.index(clear[0])])


def _tried(reading: Decoded, path: str, columns: Sequence[str]) -> Table | MetadataError:
    try:
        return _of_text(reading, path, columns)
    except MetadataError as e:
        return e


def _sure(table: Table | MetadataError) -> Table:
    if isinstance(table, MetadataError):
        raise table
    return table


def _images_named(table: Table, names: AbstractSet[str]) -> int:
    """Cells of the best column that name an image; ASCII ones are the same in every reading."""
    if not names:
        return 0
    odd = ([c for c in cells if not c.isascii()] for cells in table.columns.values())
    return max(sum(posixpath.basename(c.strip().replace("\\", "/")) in names for c in cells) for cells in odd)


def _said_why(table: Table, path: str, hits: int) -> Table:
    told = f"{path}: read as {table.layouts[0].encoding}, for {hits:,} of its names are images only in this encoding"
    return Table(
        table.files, table.folders, table.columns, table.origin, table.lines, (*table.said, told), table.layouts
    )


def _of_text(reading: Decoded, path: str, columns: Sequence[str]) -> Table:
    text, said = _ended(reading.text, path)
    separator = separator_of(text, path)
    blocks = row_blocks(text, separator, path)
    first = next(blocks)
    header = header_of(first, columns, path)
    rows = chain([first.below(header.above)], blocks)
    found = gather(header, rows, path, separator=separator)
    layout = Layout(path, len(found.lines), reading.encoding, SEPARATORS[separator], header.line)
    return _table(layout, found, [*said, *header.said, *_said_of_damage(text), *found.said])


def _ended(text: str, path: str) -> tuple[str, list[str]]:
    """The text without an end-of-file mark; one in the middle hides what stands behind it."""
    at = text.find(_CTRL_Z)
    if at < 0:
        return text, [] if text.endswith(("\n", "\r")) else [_NO_LINE_END]
    if text[at:].strip(f"{_CTRL_Z} \r\n"):
        raise MetadataError(
            "an end-of-file mark (Ctrl-Z) stands in the middle of the table",
            place=f"{path}:{text.count(chr(10), 0, at) + 1}",
            remedy="take it out, and look whether what follows belongs to the table",
        )
    return text[:at], ["the end-of-file mark (Ctrl-Z) at the end was left out"]


_NO_LINE_END = "the last line has no line end: if the file is still being written, its last row may be cut short"


def _said_of_damage(text: str) -> list[str]:
    count = text.count(_DAMAGED)
    return [f"{count:,} characters were lost before (U+FFFD); they stay as they are"] if count else []


def _of_workbook(path: str, columns: Sequence[str]) -> Table:
    sheet = read_sheet(path)
    header = header_of(sheet.block, columns, sheet.name)
    found = gather(header, [sheet.block.below(header.above)], sheet.name)
    layout = Layout(sheet.name, len(found.lines), "Excel", f"sheet {sheet.title}", header.line)
    return _table(layout, found, [*header.said, *found.said], folder_of=sheet.file)


def _table(layout: Layout, found: Gathered, said: Sequence[str], *, folder_of: str = "") -> Table:
    path = layout.file
    return Table(
        files=(path,),
        folders=(os.path.dirname(os.path.abspath(folder_of or path)),),
        columns=found.columns,
        origin=[0] * len(found.lines),
        lines=found.lines,
        said=(f"{path}: {layout}", *(f"{path}: {s}" for s in said)),
        layouts=(layout,),
    )


def _stacked(parts: Sequence[Table]) -> Table:
    """Several tables, one below the other; a column that one of them lacks says nothing there."""
    names = list(dict.fromkeys(name for part in parts for name in part.columns))
    lacks = [
        f"{part.name}: has no column {', '.join(lacking)}; {len(part):,} rows have no value there"
        for part in parts
        if (lacking := [n for n in names if n not in part.columns])
    ]
    return Table(
        files=_joined([part.files for part in parts]),
        folders=_joined([part.folders for part in parts]),
        columns={n: [c for part in parts for c in part.columns.get(n, [""] * len(part))] for n in names},
        origin=[i for i, part in enumerate(parts) for _ in range(len(part))],
        lines=[line for part in parts for line in part.lines],
        said=(*_joined([part.said for part in parts]), *lacks),
        layouts=_joined([part.layouts for part in parts]),
    )


def _joined(groups: Sequence[tuple[Item, ...]]) -> tuple[Item, ...]:
    return tuple(item for group in groups for item in group)
