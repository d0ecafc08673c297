"""What a person declares of a table's columns: type, range, sentinels, decimal mark, padding, aggregate, meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from labelkit.domain.names import did_you_mean


class ColumnType(StrEnum):
    """What the cells of a column must be."""

    NUMBER = "number"
    INTEGER = "integer"
    TEXT = "text"
    DATE = "date"
    """Year first: `2024-03-04`, `2024/3/4`, with or without a time of day."""


class Aggregate(StrEnum):
    """What several rows of one image say together in one column; `any:LABEL` is the sixth way."""

    FIRST = "first"
    LAST = "last"
    MIN = "min"
    MAX = "max"
    MEAN = "mean"


ANY = "any:"
"""`any:NG`: NG where one of the rows says so."""

KEYS = ("type", "min", "max", "sentinels", "decimal", "pad", "aggregate", "map")
_MARKS = (",", ".")
_MOST_DIGITS = 30


@dataclass(frozen=True, slots=True)
class ColumnContract:
    """What one column holds; what is not declared is not checked.

    Attributes:
        type: what each cell with a value must be.
        least, most: the range, both ends in it: numbers, or dates as text.
        sentinels: cells that mean "no value"; numbers are compared as numbers.
        decimal: the decimal mark, comma or dot.
        pad: whole numbers are written with at least so many digits; 0: as they are.
        aggregate: what several rows of one image say together.
        mapping: cell to text that stands for it; case, width, blanks and dots do not count.

    """

    type: ColumnType | None = None
    least: float | str | None = None
    most: float | str | None = None
    sentinels: tuple[str, ...] = ()
    decimal: str = ""
    pad: int = 0
    aggregate: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)


def aggregate_fault(text: str) -> str:
    """Why this is no aggregate; empty when it is one."""
    if text in {a.value for a in Aggregate} or (text.startswith(ANY) and text != ANY):
        return ""
    return f"an aggregate cannot be '{text}'; {did_you_mean(text, [*(a.value for a in Aggregate), 'any:LABEL'])}"


def contract_faults(tables: Mapping[str, object]) -> list[str]:
    """All that is wrong with `[tool.labelkit.columns]`, one line each; empty when it can be used."""
    faults = []
    for name, table in tables.items():
        place = f"columns.{name}"
        if isinstance(table, dict):
            faults += _faults_of_keys(place, table)
        else:
            faults.append(f"'{place}' must be a table, not {table!r}")
    return faults


def contracts_of(tables: Mapping[str, object]) -> dict[str, ColumnContract]:
    """The contract of each column, of tables without faults."""
    return {name: _contract(table) for name, table in tables.items() if isinstance(table, dict)}


def _contract(table: Mapping[str, object]) -> ColumnContract:
    pad, sentinels, mapping = table.get("pad"), table.get("sentinels"), table.get("map")
    return ColumnContract(
        type=ColumnType(str(table["type"])) if "type" in table else None,
        least=_bound(table.get("min")),
        most=_bound(table.get("max")),
        sentinels=tuple(str(s) for s in sentinels) if isinstance(sentinels, list) else (),
        decimal=str(table.get("decimal", "")),
        pad=pad if isinstance(pad, int) else 0,
        aggregate=str(table.get("aggregate", "")),
        mapping={str(k): str(v) for k, v in mapping.items()} if isinstance(mapping, dict) else {},
    )


def _bound(value: object) -> float | str | None:
    if value is None or isinstance(value, (int, float)):
        return value
    return str(value)


def _faults_of_keys(place: str, table: Mapping[str, object]) -> list[str]:
    faults = [f"unknown key '{key}' in '{place}'; {did_you_mean(key, KEYS)}" for key in table if key not in KEYS]
    checks = {
        "type": _fault_of_type,
        "min": _fault_of_bound,
        "max": _fault_of_bound,
        "sentinels": _fault_of_sentinels,
        "decimal": _fault_of_decimal,
        "pad": _fault_of_pad,
        "aggregate": _fault_of_aggregate,
        "map": _fault_of_map,
    }
    told = ((key, checks[key](table[key])) for key in KEYS if key in table)
    faults += [f"'{place}.{key}' {fault}" for key, fault in told if fault]
    return faults or _faults_between(place, table)


def _faults_between(place: str, table: Mapping[str, object]) -> list[str]:
    """Keys that do not go together."""
    kind = table.get("type")
    numeric = kind in {ColumnType.NUMBER, ColumnType.INTEGER}
    bounds = [key for key in ("min", "max") if key in table]
    if bounds and not numeric and kind != ColumnType.DATE:
        return [f"'{place}.{bounds[0]}' needs a type that has an order: number, integer or date"]
    wanted = (int, float) if numeric else str
    odd = [key for key in bounds if not isinstance(_bound(table[key]), wanted)]
    if odd:
        return [f"'{place}.{odd[0]}' must be a {'number' if numeric else 'date'}, not {table[odd[0]]!r}"]
    if "decimal" in table and kind != ColumnType.NUMBER:
        return [f"'{place}.decimal' needs type = \"number\""]
    return []


def _fault_of_type(value: object) -> str:
    known = [t.value for t in ColumnType]
    return "" if value in known else f"cannot be {value!r}; {did_you_mean(str(value), known)}"


def _fault_of_bound(value: object) -> str:
    return "must be a number or a date, not true or false" if isinstance(value, (bool, list, dict)) else ""


def _fault_of_sentinels(value: object) -> str:
    fits = isinstance(value, list) and all(isinstance(v, (str, int, float)) and not isinstance(v, bool) for v in value)
    return "" if fits else f"must be a list of numbers or texts, not {value!r}"


def _fault_of_decimal(value: object) -> str:
    return "" if value in _MARKS else f'must be "," or ".", not {value!r}'


def _fault_of_pad(value: object) -> str:
    fits = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MOST_DIGITS
    return "" if fits else f"must be a whole number from 1 to {_MOST_DIGITS}, not {value!r}"


def _fault_of_aggregate(value: object) -> str:
    fault = aggregate_fault(value) if isinstance(value, str) else f"an aggregate cannot be {value!r}"
    return f"is wrong: {fault}" if fault else ""


def _fault_of_map(value: object) -> str:
    fits = isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
    return "" if fits else f"must be a table of texts, not {value!r}"
