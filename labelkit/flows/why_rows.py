"""The rows of one image for its rules to be asked again: as recorded, or as they stand in the tables now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from labelkit.domain.decisions import Decision, ImageKey
from labelkit.domain.recorded_run import RunArguments
from labelkit.flows.table_reading import TableReading, aggregated, read_table
from labelkit.sorting.matching import match, match_path_fields
from labelkit.sorting.written_names import fields_of

_OF_KIND = {"text": "text", "float": "0.5"}
"""A cell that makes a column of one row the kind of column that it stood in: a rule gets '7' from one, 7.0 from the
other."""


@dataclass(frozen=True, slots=True)
class RowsNow:
    """A table, and which of its rows speak of the image.

    Attributes:
        columns: column name to cells.
        name: of the table, in messages.
        lines: line number of each row, for messages.
        picked: indices of the image's rows.
        notes: how the rows differ from those recorded.

    """

    columns: Mapping[str, Sequence[str]]
    name: str
    lines: Sequence[int]
    picked: tuple[int, ...]
    notes: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many rows speak of the image."""
        return len(self.picked)


def recorded_rows(decision: Decision, arguments: RunArguments) -> RowsNow:
    """The rows as recorded; behind them one that no image has, which keeps each column the kind that it was."""
    rows = decision.rows
    names = dict.fromkeys([*arguments.columns, *(name for row in rows for name in row)])
    last = {name: _OF_KIND.get(arguments.kinds.get(name, ""), "") for name in names}
    columns = {name: [*(row.get(name, "") for row in rows), last[name]] for name in names}
    places = [place.rpartition(":") for place in decision.places]
    lines = [int(number) if number.isdigit() else 0 for _, _, number in places]
    name = places[0][0] if places else "the recorded row"
    return RowsNow(columns, name, [*lines, *[0] * (len(rows) + 1 - len(lines))], tuple(range(len(rows))))


def rows_of_tables(
    tables: Sequence[Path], image: ImageKey, known: Iterable[ImageKey], decision: Decision, arguments: RunArguments
) -> RowsNow:
    """The rows as they stand in tables now, found as the run found them.

    Args:
        tables: the metadata files.
        image: the image.
        known: every image of the ledger: a row may name an image by a base name that no other has.
        decision: as recorded.
        arguments: of its run.

    Raises:
        MetadataError: a table cannot be read, or rows and images do not meet.

    """
    how = TableReading.recorded(arguments.reading, arguments.header)
    keys = sorted({image, *known}, key=lambda k: (k.root, k.path))
    table = read_table(tables, how, keys, known=fields_of(arguments.path_fields or ""))
    if arguments.path_fields is not None:
        found = match_path_fields(keys, table, arguments.path_fields)
    else:
        found = match(keys, table, file=arguments.file, pad_digits=how.pad_digits)
    found = aggregated(found, how)
    at = keys.index(image)
    picked = tuple(row for index, row in found.records if index == at)
    rows = tuple(found.table.row(row) for row in picked)
    lines = [found.table.lines[row] for row in range(len(found.table))]
    return RowsNow(found.table.columns, found.table.name, lines, picked, tuple(_differences(decision.rows, rows)))


def _differences(then: Sequence[Mapping[str, str]], now: Sequence[Mapping[str, str]]) -> list[str]:
    if len(then) != len(now):
        return [f"{len(then)} rows spoke of it then, {len(now)} do now"]
    return [
        f"{name} was '{before.get(name, '')}', and is '{row.get(name, '')}'"
        for before, row in zip(then, now, strict=True)
        for name in dict.fromkeys([*before, *row])
        if before.get(name, "") != row.get(name, "")
    ]
