"""Read a table's columns under their contracts, and numbers as the column writes them; every change is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from labelkit.domain.contract import ColumnContract
from labelkit.domain.errors import MetadataError
from labelkit.domain.names import did_you_mean, shown
from labelkit.domain.table import Table
from labelkit.plugins.contract_cells import DECIMAL, MAPPED, PADDED, SENTINEL, THOUSANDS, WIDE, CellReader, Reading

_EDGE = "\x1f"
"""Stands between the cells when a whole column is searched at once; tables are not written with it."""

_LISTED = 5
_NO_CONTRACT = ColumnContract()


def plain_table(table: Table, contracts: Mapping[str, ColumnContract], *, known: Collection[str] = ()) -> Table:
    """The table with every cell as its contract reads it; columns without one are only changed as numbers.

    Args:
        table: as it was read.
        contracts: by column.
        known: columns that the table will get later, from paths.

    Raises:
        MetadataError: a contract for a column that is not there, or a cell outside of its contract: file, row, column.

    """
    for name in contracts:
        if name not in table.columns and name not in known:
            message = f"the settings speak of a column '{name}', which {table.name} does not have"
            raise MetadataError(message, place=f"columns.{name}", remedy=did_you_mean(name, list(table.columns)))
    columns: dict[str, Sequence[str]] = {}
    said: list[str] = []
    for name, cells in table.columns.items():
        joined = _EDGE.join(cells)
        said += _said_of_blanks(name, cells, joined)
        columns[name] = cells
        if name in contracts or _may_hold_odd_numbers(joined):
            columns[name] = _plain_column(table, name, contracts.get(name, _NO_CONTRACT), said)
    return replace(table, columns=columns, said=(*table.said, *said))


def _may_hold_odd_numbers(joined: str) -> bool:
    return "," in joined or "'" in joined or not joined.isascii()


def _plain_column(table: Table, name: str, contract: ColumnContract, said: list[str]) -> Sequence[str]:
    """The cells of one column; what was changed goes into `said`."""
    cells = table.columns[name]
    words = dict.fromkeys(cells)
    reader = CellReader(contract, words)
    if contract is _NO_CONTRACT and reader.numerals is None:
        return cells
    readings = {word: reader.read(word) for word in words}
    _refuse_faults(table, name, readings)
    said += _said_of_repairs(name, contract, Counter(cells), readings)
    if reader.numerals is not None and reader.numerals.unclear:
        said.append(
            f"column {name} stays text: '{shown(reader.numerals.unclear)}' may have a decimal comma or a thousands "
            f'separator; its contract can say which: type = "number", decimal = ","'
        )
    if all(reading.text == word for word, reading in readings.items()):
        return cells
    return tuple([readings[cell].text for cell in cells])


def _refuse_faults(table: Table, name: str, readings: Mapping[str, Reading]) -> None:
    faulty = {word: reading.fault for word, reading in readings.items() if reading.fault}
    if not faulty:
        return
    rows = [(row, cell) for row, cell in enumerate(table.columns[name]) if cell in faulty]
    told = [f"{table.place(row)}: '{shown(cell)}' {faulty[cell]}" for row, cell in rows[1 : _LISTED + 1]]
    more = [f"and {len(rows) - _LISTED - 1:,} more"] if len(rows) > _LISTED + 1 else []
    row, cell = rows[0]
    raise MetadataError(
        f"'{shown(cell)}' {faulty[cell]}",
        place=f"{table.place(row)}, column {name}",
        remedy="\n".join([*told, *more, f"mend the cells, or the contract of {name} in the settings: columns.{name}"]),
    )


def _said_of_blanks(name: str, cells: Sequence[str], joined: str) -> list[str]:
    if joined.isascii() and not any(edge in f"{_EDGE}{joined}{_EDGE}" for edge in (f"{_EDGE} ", f" {_EDGE}")):
        return []
    count = sum(cell != cell.strip() for cell in cells)
    return [f"{_cells(count)} of {name} {'has' if count == 1 else 'have'} blanks around, which do not count"] * bool(
        count
    )


def _said_of_repairs(
    name: str, contract: ColumnContract, counts: Counter[str], readings: Mapping[str, Reading]
) -> list[str]:
    repaired: Counter[str] = Counter()
    for word, reading in readings.items():
        for repair in reading.repairs:
            repaired[repair] += counts[word]
    told = {
        DECIMAL: "read with decimal comma",
        THOUSANDS: "read without thousands separators",
        WIDE: "read with full-width digits",
        SENTINEL: f"hold a sentinel ({', '.join(contract.sentinels)}) and say nothing",
        MAPPED: "read through the map of its contract",
        PADDED: f"padded to {contract.pad} digits",
    }
    return [f"{_cells(repaired[repair])} of {name} {words}" for repair, words in told.items() if repaired[repair]]


def _cells(count: int) -> str:
    return f"{count:,} {'cell' if count == 1 else 'cells'}"
