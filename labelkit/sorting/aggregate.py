"""Rows of one image made to agree where a person declared how: the first, the last, the least, a mean, any NG."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from labelkit.domain.contract import ANY, Aggregate, aggregate_fault
from labelkit.domain.errors import MetadataError, UsageError
from labelkit.domain.missing import is_missing
from labelkit.domain.names import did_you_mean, shown, word_key
from labelkit.domain.table import Table
from labelkit.sorting.matching import Matches, collapse

EVERY_COLUMN = ""
"""Stands for all columns without an aggregate of their own."""

NumberOf = Callable[[str], float | None]


def check_aggregates(how: Mapping[str, str]) -> None:
    """Hold that each is one.

    Raises:
        UsageError: names the nearest.

    """
    for name, text in how.items():
        fault = aggregate_fault(text)
        if fault:
            raise UsageError(fault, place=f"--aggregate {name}={text}" if name else f"--aggregate {text}")


def aggregate(matches: Matches, how: Mapping[str, str], number_of: NumberOf) -> Matches:
    """The matches with the rows of each image made to say the same in the columns declared.

    Rows that are then alike count once. A column without an aggregate keeps what each row says.

    Args:
        matches: rows and images.
        how: column to aggregate; `EVERY_COLUMN` for all others. The least, the most and the mean take all other columns
            only where they hold numbers.
        number_of: the number that a cell writes, or None.

    Raises:
        MetadataError: no such column, or a cell that is no number where a number is asked for: file, row, column.

    """
    unknown = [name for name in how if name and name not in matches.table.columns]
    if unknown:
        raise MetadataError(
            f"{matches.table.name} has no column '{unknown[0]}'",
            place=f"--aggregate {unknown[0]}={how[unknown[0]]}",
            remedy=did_you_mean(unknown[0], list(matches.table.columns)),
        )
    groups = _groups(matches)
    if not groups:
        return matches
    work = _Work(matches.table, groups, number_of)
    columns, said = dict(matches.table.columns), []
    for name in columns:
        text = how.get(name, how.get(EVERY_COLUMN, ""))
        if not text:
            continue
        columns[name], changed = work.column(name, text, own=name in how)
        if changed:
            said.append(f"{name}: {text} of several rows for {changed:,} {'image' if changed == 1 else 'images'}")
    table = replace(matches.table, columns=columns, said=(*matches.table.said, *said))
    records, _ = collapse(list(matches.records), table)
    return replace(matches, table=table, records=records)


def _groups(matches: Matches) -> list[list[int]]:
    """The rows of each image that has several, in the order of the table."""
    rows: dict[int, list[int]] = defaultdict(list)
    for image, row in matches.records:
        rows[image].append(row)
    return [sorted(found) for found in rows.values() if len(found) > 1]


class _Work:
    """One column after the other."""

    def __init__(self, table: Table, groups: Sequence[Sequence[int]], number_of: NumberOf) -> None:
        self._table = table
        self._groups = groups
        self._number_of = number_of

    def column(self, name: str, text: str, *, own: bool) -> tuple[Sequence[str], int]:
        """The cells of a column, and for how many images its rows differed."""
        cells = list(self._table.columns[name])
        changed = 0
        for rows in self._groups:
            said = {cells[row].strip() for row in rows}
            if len(said) == 1:
                continue
            together = self._together(name, [(row, cells[row]) for row in rows], text, own=own)
            if together is None:
                continue
            changed += 1
            for row in rows:
                cells[row] = together
        return cells, changed

    def _together(self, name: str, cells: Sequence[tuple[int, str]], text: str, *, own: bool) -> str | None:
        """What several cells say together; None where this aggregate says nothing of them."""
        if text == Aggregate.FIRST:
            return cells[0][1]
        if text == Aggregate.LAST:
            return cells[-1][1]
        if text.startswith(ANY):
            label = text.removeprefix(ANY)
            return label if any(word_key(cell) == word_key(label) for _, cell in cells) else None
        return self._number(name, [(row, cell) for row, cell in cells if not is_missing(cell)], text, own=own)

    def _number(self, name: str, cells: Sequence[tuple[int, str]], text: str, *, own: bool) -> str | None:
        numbers = {cell: self._number_of(cell) for _, cell in cells}
        odd = [(row, cell) for row, cell in cells if numbers[cell] is None]
        if odd and own:
            row, cell = odd[0]
            place = f"{self._table.place(row)}, column {name}"
            raise MetadataError(f"'{shown(cell)}' is no number, so there is no {text}", place=place)
        known = {n: cell for cell, n in numbers.items() if n is not None}
        if odd or not known:
            return None
        if text == Aggregate.MEAN:
            values = [n for _, cell in cells if (n := numbers[cell]) is not None]
            return repr(sum(values) / len(values))
        return known[min(known) if text == Aggregate.MIN else max(known)].strip()
