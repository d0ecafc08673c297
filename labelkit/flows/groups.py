"""Which images must not be split apart: by a column, a pattern, or a guess that is said."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from labelkit.domain.decisions import ImageKey
from labelkit.domain.errors import UsageError
from labelkit.domain.groups import NO_GROUPS, Grouping, GroupSource
from labelkit.domain.names import did_you_mean
from labelkit.flows.table_reading import TableReading, read_table
from labelkit.sorting.group_guess import day_of, days_in, groups_in_names, telling_columns, useful
from labelkit.sorting.group_patterns import groups_by_pattern, is_pattern
from labelkit.sorting.matching import match
from labelkit.storage.recorded import RecordedImage, recorded_images

_DAY = "day"
"""A group that needs no column of its own: any column of dates or times has it."""


@dataclass(frozen=True, slots=True)
class GroupsWanted:
    """What a person said of groups.

    Attributes:
        by: a column, a pattern, `none`, or None: it is guessed.
        metadata: tables to look a column up in; without them the ledger's own rows.
        reading: how these tables are to be read.
        file: the column of them that names the file, or a template over columns.

    """

    by: str | None = None
    metadata: Sequence[Path] = ()
    reading: TableReading = field(default_factory=TableReading)
    file: str | None = None


def find_groups(base_dir: str | os.PathLike[str], paths: Sequence[str], wanted: GroupsWanted) -> Grouping:
    """The groups of images.

    Args:
        base_dir: the folder that the images were sorted into, or stand in.
        paths: of the images, relative to it.
        wanted: what a person said.

    Raises:
        UsageError: no such column, or a pattern that fits nothing.
        LabelkitError: a table or ledger that cannot be read.

    """
    known = _Known.of(base_dir, paths, wanted)
    return replace(_found(known, wanted.by, len(paths)), columns=known.columns)


def _found(known: _Known, by: str | None, images: int) -> Grouping:
    if by == NO_GROUPS:
        return Grouping()
    if by is None:
        return next(known.guesses(), Grouping())
    if is_pattern(by):
        return _told(Grouping(by, GroupSource.PATTERN, groups_by_pattern(known.names, by)), images)
    return _told(Grouping(by, GroupSource.COLUMN, known.by_column(by)), images)


def guesses(base_dir: str | os.PathLike[str], paths: Sequence[str], wanted: GroupsWanted) -> list[Grouping]:
    """Every grouping that could be guessed, the widest groups first; then none at all."""
    return [*_Known.of(base_dir, paths, wanted).guesses(), Grouping()]


def _told(grouping: Grouping, images: int) -> Grouping:
    alone = images - len(grouping.group_of)
    said = (f"{alone:,} of {images:,} images belong to no group and stand alone",) if alone else ()
    return Grouping(grouping.by, grouping.source, grouping.group_of, said)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of each image: the path it came from, and the columns of its rows, one cell an image.

    Attributes:
        names: path to the path it is known by.
        columns: column to (path to cell); an image whose rows disagree has none.
        where: what the columns stand in, for a message.

    """

    names: Mapping[str, str]
    columns: Mapping[str, Mapping[str, str]]
    where: str

    @classmethod
    def of(cls, base_dir: str | os.PathLike[str], paths: Sequence[str], wanted: GroupsWanted) -> _Known:
        recorded = {p: i for i in recorded_images(base_dir) or () for p in (i.path, i.where)}
        names = {p: (recorded[p].source or p) if p in recorded else p for p in paths}
        if not wanted.metadata:
            return cls(names, _columns(_recorded_rows(paths, recorded)), "the ledger")
        keys = [ImageKey(os.path.abspath(base_dir), names[p]) for p in paths]  # noqa: PTH100 - as walk does
        table = read_table(wanted.metadata, wanted.reading, keys)
        matches = match(keys, table, file=wanted.file, pad_digits=wanted.reading.pad_digits)
        rows = ((paths[i], matches.table.row(row)) for i, row in matches.records)
        return cls(names, _columns(rows), table.name)

    def by_column(self, name: str) -> dict[str, str]:
        """Group of each image by the cell of one column; an empty cell is no group."""
        if name not in self.columns:
            if name == _DAY and (days := self._days()):
                return days
            raise self._no_column(name)
        return {path: f"{name}={cell}" for path, cell in self.columns[name].items() if cell}

    def guesses(self) -> Iterator[Grouping]:
        """What could be meant, the widest groups first: columns of telling names, then tokens of file names."""
        for name in telling_columns(self.columns):
            groups = self.by_column(name)
            if useful(groups):
                said = f"{self.where} has a column {name}"
                yield Grouping(name, GroupSource.GUESS, groups, (said,))
        for kind, groups in groups_in_names(self.names):
            if useful(groups):
                example = next(iter(groups.values()))
                said = f"file names seem to hold a {kind} ({example})"
                yield Grouping(f"{kind} in file names", GroupSource.GUESS, groups, (said,))

    def _no_column(self, name: str) -> UsageError:
        if not self.columns:
            return UsageError(
                f"--group-by {name}: no rows are known of these images",
                remedy='give their table: --metadata FILE, or a template over file names: --group-by "{lot}_*"',
            )
        return UsageError(
            f"--group-by {name}: {self.where} has no such column (columns: {', '.join(self.columns)})",
            remedy=did_you_mean(name, list(self.columns)),
        )

    def _days(self) -> dict[str, str]:
        column = days_in({name: list(cells.values()) for name, cells in self.columns.items()})
        cells = self.columns.get(column, {})
        return {path: f"{_DAY}={day}" for path, cell in cells.items() if (day := day_of(cell))}


def _recorded_rows(
    paths: Sequence[str], recorded: Mapping[str, RecordedImage]
) -> Iterator[tuple[str, Mapping[str, str]]]:
    for path in paths:
        if path in recorded:
            for row in recorded[path].rows:
                yield path, row


def _columns(rows: Iterator[tuple[str, Mapping[str, str]]]) -> dict[str, dict[str, str]]:
    """Column to the cell of each image; of rows that disagree, neither counts."""
    columns: dict[str, dict[str, str]] = {}
    for path, row in rows:
        for name, cell in row.items():
            said = columns.setdefault(name, {})
            said[path] = cell.strip() if said.get(path, cell.strip()) == cell.strip() else ""
    return columns
