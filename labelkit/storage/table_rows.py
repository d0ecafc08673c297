"""Cut the text of a table into rows of cells, some thousands at a time, each with its line number."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from labelkit.domain.errors import MetadataError
from labelkit.storage.table_dialect import BLANKS, lines_of

BLOCK = 8192
"""Rows a block: enough for speed, and a million rows never stand in memory as lists."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows in order; rows without a word are left out.

    Attributes:
        lines: line number (1 is the first) on which each row begins.
        rows: the cells of each.
        tall: indices of rows that stretch over several lines.

    """

    lines: Sequence[int]
    rows: list[list[str]]
    tall: list[int] = field(default_factory=list)

    def below(self, row: int) -> Block:
        """The rows from `row` on."""
        return Block(self.lines[row:], self.rows[row:], [i - row for i in self.tall if i >= row])


def row_blocks(text: str, separator: str, path: str) -> Iterator[Block]:
    """The rows of a text table.

    Raises:
        MetadataError: a quoted cell that is not closed, or ends wrongly; with the line where its row begins.

    """
    if separator == " ":
        yield from _blocks_of_words(text)
    elif '"' in text:
        yield from _quoted_blocks(text, separator, path)
    else:
        yield from _plain_blocks(text, separator, path)


def _blocks_of_words(text: str) -> Iterator[Block]:
    numbered = ((i, line.strip(" \t")) for i, line in enumerate(lines_of(text), 1))
    worded = ((i, line) for i, line in numbered if line.strip())
    while some := list(islice(worded, BLOCK)):
        yield Block([i for i, _ in some], [BLANKS.split(line) for _, line in some])


def _plain_blocks(text: str, separator: str, path: str) -> Iterator[Block]:
    """Without quotes each line is a row."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begin = 1
    try:
        while rows := list(islice(reader, BLOCK)):
            yield _worded(Block(range(begin, begin + len(rows)), rows))
            begin += len(rows)
    except csv.Error as e:
        raise MetadataError(f"a line cannot be cut into cells ({e})", place=f"{path}:{reader.line_num}") from e


def _quoted_blocks(text: str, separator: str, path: str) -> Iterator[Block]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begin = 1
    try:
        while True:
            block = Block([], [], [])
            lines: list[int] = []
            for row in islice(reader, BLOCK):
                if reader.line_num > begin:
                    block.tall.append(len(lines))
                lines.append(begin)
                block.rows.append(row)
                begin = reader.line_num + 1
            if not lines:
                return
            yield _worded(Block(lines, block.rows, block.tall))
    except csv.Error as e:
        raise MetadataError(
            f"a quoted cell is not closed, or ends wrongly ({e})", place=f"{path}:{begin}", remedy="mend that line"
        ) from e


def _worded(block: Block) -> Block:
    """Without the rows that hold no word."""
    rows = block.rows
    if all([row and row[0] and not row[0].isspace() for row in rows]):  # noqa: C419 - a list is twice as fast here
        return block
    kept = [i for i, row in enumerate(rows) if "".join(row).strip()]
    if len(kept) == len(rows):
        return block
    new = {old: i for i, old in enumerate(kept)}
    tall = [new[i] for i in block.tall if i in new]
    return Block([block.lines[i] for i in kept], [rows[i] for i in kept], tall)
