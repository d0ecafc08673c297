"""Look at the columns of a table: what each holds, what is suspicious in it, and how it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from labelkit.domain.proposal import ColumnSight, Suspect
from labelkit.domain.table import Table
from labelkit.plugins.cells import CellColumn
from labelkit.plugins.contract_cells import moment_in
from labelkit.plugins.numerals import numerals_of
from labelkit.sorting.columns import look_at_column
from labelkit.sorting.contract_proposal import ColumnForm, form_of
from labelkit.sorting.suspects import suspects

_MOSTLY = 0.9
"""A column is one of numbers, but for a few strangers, from this share of its cells on."""


def column_sight(table: Table, name: str) -> ColumnSight:
    """One column at a glance."""
    return _sight(table, name, CellColumn(table.columns[name]))


def column_looks(table: Table, written: Table) -> list[tuple[ColumnSight, ColumnForm]]:
    """Each column at a glance, and how it is written: `table` as it was read, `written` as it stands in the files."""
    columns = {name: CellColumn(cells) for name, cells in table.columns.items()}
    return [(_sight(table, name, c), _form(written.columns[name], c)) for name, c in columns.items()]


def _sight(table: Table, name: str, column: CellColumn) -> ColumnSight:
    numeric = is_numeric(column)
    return look_at_column(
        name,
        column.texts,
        column.missing,
        column.values if numeric else None,
        suspects=tuple(_suspects(table, column, numeric=numeric)),
    )


def is_numeric(column: CellColumn) -> bool:
    """Whether a column holds numbers, but for a few cells; numbers with zeros in front are names."""
    if column.stranger is None:
        return True
    counts = Counter(column.codes)
    present = sum(n for code, n in counts.items() if not column.gone[code])
    numbers = sum(
        n for code, n in counts.items() if column.values[code] is not None and not _padded(column.words[code])
    )
    return numbers >= _MOSTLY * present


def _padded(word: str) -> bool:
    digits = word.lstrip("+-")
    return len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()


def _suspects(table: Table, column: CellColumn, *, numeric: bool) -> list[Suspect]:
    present = zip(column.words, column.values, column.gone, strict=True)
    found = list(suspects({word: value for word, value, gone in present if not gone}, numeric=numeric))
    if not found:
        return []
    counts: Counter[str] = Counter()
    for code, n in Counter(column.codes).items():
        counts[column.words[code]] += n
    return [Suspect(word, counts[word], why, table.place(column.texts.index(word))) for word, why in found]


def _form(cells: Sequence[str], read: CellColumn) -> ColumnForm:
    """How a column is written: `cells` as they stand in the file, `read` as they were read."""
    words = [word for word, gone in zip(read.words, read.gone, strict=True) if not gone]
    numerals = numerals_of(dict.fromkeys(cells))
    return form_of(
        words,
        numeric=is_numeric(read),
        dates=bool(words) and all(moment_in(word) is not None for word in words),
        comma=numerals is not None and numerals.mark == ",",
    )
