"""A metadata table: columns of text, and where each row stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from labelkit.domain.errors import MetadataError
from labelkit.domain.names import did_you_mean


@dataclass(frozen=True, slots=True)
class Layout:
    """How one file of a table is written.

    Attributes:
        file: its name, as given.
        rows: how many rows it holds.
        encoding: as told, `CP932`; `Excel` for a workbook.
        separator: as told, `semicolon`; of a workbook the sheet.
        header: line of the column names; 0 where a person named them.

    """

    file: str
    rows: int
    encoding: str
    separator: str
    header: int

    def __str__(self) -> str:
        return f"{self.rows:,} {'row' if self.rows == 1 else 'rows'} ({self.encoding}, {self.separator})"


@dataclass(frozen=True, slots=True)
class Table:
    """One or more metadata files read as one table; every cell is text as written.

    Attributes:
        files: names of the files, as given.
        folders: absolute folder of each file.
        columns: column name to cells, one a row.
        origin: index into `files`, one a row.
        lines: line number in that file (1 is the first), one a row.
        said: what was settled or repaired while reading, one line each.
        layouts: how each file is written; empty for a table that was read from none.

    """

    files: tuple[str, ...]
    folders: tuple[str, ...]
    columns: Mapping[str, Sequence[str]]
    origin: Sequence[int]
    lines: Sequence[int]
    said: tuple[str, ...] = field(default=())
    layouts: tuple[Layout, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def name(self) -> str:
        """The table in a message: its file names."""
        return ", ".join(self.files)

    def place(self, row: int) -> str:
        """Where a row stands: `metadata.csv:41`."""
        return f"{self.files[self.origin[row]]}:{self.lines[row]}"

    def column(self, name: str, *, asked_by: str) -> Sequence[str]:
        """The cells of one column.

        Raises:
            MetadataError: no such column; names the nearest.

        """
        if name not in self.columns:
            raise MetadataError(
                f"{self.name} has no column '{name}'", place=asked_by, remedy=did_you_mean(name, list(self.columns))
            )
        return self.columns[name]

    def row(self, index: int) -> dict[str, str]:
        """One row as a mapping."""
        return {name: cells[index] for name, cells in self.columns.items()}
