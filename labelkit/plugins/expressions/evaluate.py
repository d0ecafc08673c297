"""Judge whole columns at once, in the three-valued logic of SQL: true, false, or unknown with its cause.

A comparison with a value that is not there is unknown; `and`, `or`, `not` follow Kleene's tables; an unknown condition
abstains and says which value was wanting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from labelkit.plugins.cells import CellTable
from labelkit.plugins.expressions.rule import ExpressionRule, settled, value_kind
from labelkit.plugins.expressions.tree import (
    And,
    Arithmetic,
    Comparison,
    Condition,
    Missing,
    Name,
    Negative,
    Not,
    Number,
    Or,
    Text,
    Value,
)

TRUE, FALSE, UNKNOWN = 1, 0, -1

_Scalar = TypeVar("_Scalar", bound=np.generic)
Truths = NDArray[np.int8]
Causes = NDArray[np.int32]
Floats = NDArray[np.float64]
Texts = NDArray[np.object_]

_OPERATIONS: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
}

_KNOWN = 0
"""In `Causes`: the value is there. Other numbers index `_Judge.causes`."""


@dataclass(frozen=True, slots=True)
class _Truth:
    """Truth values of all records, and for the unknown ones the cause."""

    value: Truths
    cause: Causes


@dataclass(frozen=True, slots=True)
class _Operand:
    """Values of all records (float64, or object for texts; one element for a constant), and why some are not there."""

    value: Floats | Texts
    cause: Causes


class Columns:
    """The cells of a table by record: gathered once, shared by all expressions.

    Args:
        table: the table's columns.
        rows: row index of each record, -1 for none.
        features: image features by name, one float64 a record, NaN where it could not be had.

    """

    def __init__(self, table: CellTable, rows: Sequence[int], features: Mapping[str, Floats] | None = None) -> None:
        self.table = table
        self.rows = np.asarray(rows, dtype=np.int64)
        self.features = dict(features or {})
        self.no_row = self.rows < 0
        self._codes: dict[str, NDArray[np.int64]] = {}
        self._numbers: dict[str, Floats] = {}
        self._texts: dict[str, Texts] = {}
        self._missing: dict[str, NDArray[np.bool_]] = {}

    def numbers(self, name: str) -> Floats:
        """The numbers of a column; NaN where the cell writes none."""
        if name not in self._numbers:
            values: list[float | None] = self.table[name].values
            self._numbers[name] = self._gather(name, np.array([*values, None], dtype=np.float64))
        return self._numbers[name]

    def texts(self, name: str) -> Texts:
        """The stripped texts of a column."""
        if name not in self._texts:
            self._texts[name] = self._gather(name, np.array([*self.table[name].words, ""], dtype=object))
        return self._texts[name]

    def missing(self, name: str) -> NDArray[np.bool_]:
        """Where a cell says nothing, or there is no row."""
        if name not in self._missing:
            self._missing[name] = self._gather(name, np.array([*self.table[name].gone, True], dtype=np.bool_))
        return self._missing[name]

    def _gather(self, name: str, different: NDArray[_Scalar]) -> NDArray[_Scalar]:
        """From the different cells, and one more for "no row", to one value a record."""
        if name not in self._codes:
            codes = np.array([*self.table[name].codes, -1], dtype=np.int64)
            self._codes[name] = codes[self.rows]
        return different[self._codes[name]]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rule says of all records.

    Attributes:
        truth: int8, TRUE, FALSE or UNKNOWN, one a record.
        reasons: record index to why it is unknown.

    """

    truth: Truths
    reasons: dict[int, str]


def judge(rule: ExpressionRule, columns: Columns) -> Judgement:
    """Judge every record by one rule whose names were checked."""
    judge_ = _Judge(rule, columns)
    with np.errstate(all="ignore"):
        found = judge_.condition(rule.condition)
    size = len(columns.rows)
    truth = np.broadcast_to(found.value, size)
    cause = np.broadcast_to(found.cause, size)
    unknown = np.flatnonzero(truth == UNKNOWN)
    return Judgement(truth, {int(i): judge_.reason(int(cause[i]), int(i)) for i in unknown})


def _constant(value: float | str) -> _Operand:
    data = np.array([value], dtype=object if isinstance(value, str) else np.float64)
    return _Operand(data, np.zeros(1, dtype=np.int32))


class _Judge:
    """One rule being judged; `causes` tells what the numbers in `Causes` mean."""

    def __init__(self, rule: ExpressionRule, columns: Columns) -> None:
        self.rule, self.columns = rule, columns
        self.causes: list[Callable[[int], str]] = [lambda _: ""]
        self._cause_of: dict[str, int] = {}

    def reason(self, cause: int, record: int) -> str:
        return self.causes[cause](record)

    def condition(self, node: Condition) -> _Truth:
        if isinstance(node, Not):
            inner = self.condition(node.operand)
            return _Truth(np.where(inner.value == UNKNOWN, inner.value, 1 - inner.value).astype(np.int8), inner.cause)
        if isinstance(node, And):
            return self._joined(node.parts, FALSE)
        if isinstance(node, Or):
            return self._joined(node.parts, TRUE)
        return self._is_missing(node) if isinstance(node, Missing) else self._compared(node)

    def _joined(self, parts: Sequence[Condition], decisive: int) -> _Truth:
        """Kleene: a decisive part settles it; else an unknown part makes it unknown; the first unknown is the cause."""
        found = self.condition(parts[0])
        for part in parts[1:]:
            right = self.condition(part)
            settled_ = (found.value == decisive) | (right.value == decisive)
            unknown = (found.value == UNKNOWN) | (right.value == UNKNOWN)
            value = np.where(settled_, decisive, np.where(unknown, UNKNOWN, 1 - decisive)).astype(np.int8)
            found = _Truth(value, np.where(found.value == UNKNOWN, found.cause, right.cause))
        return found

    def _is_missing(self, node: Missing) -> _Truth:
        missing, no_row = self.columns.missing(node.column.name), self.columns.no_row
        value = np.where(no_row, UNKNOWN, missing).astype(np.int8)
        return _Truth(value, np.where(no_row, self._cause("", lambda _: "no row"), _KNOWN).astype(np.int32))

    def _compared(self, node: Comparison) -> _Truth:
        as_text = self._as_text(node)
        left, right = self._operand(node.left, as_text=as_text), self._operand(node.right, as_text=as_text)
        cause = np.where(left.cause != _KNOWN, left.cause, right.cause)
        value = np.where(cause != _KNOWN, UNKNOWN, _holds(node.sign, left.value, right.value)).astype(np.int8)
        return _Truth(value, cause)

    def _as_text(self, node: Comparison) -> bool:
        """A text beside a column makes both texts; two columns are numbers when both are columns of numbers."""
        sides = (node.left, node.right)
        kinds = {value_kind(side, self.rule.parameters, self.columns.table.names) for side in sides}
        if kinds != {"column"}:
            return "text" in kinds
        return any(isinstance(s, Name) and self.columns.table[s.name].stranger is not None for s in sides)

    def _operand(self, node: Value, *, as_text: bool = False) -> _Operand:
        if isinstance(node, Name):
            node = settled(node, self.rule)
        if isinstance(node, (Number, Text)):
            return _constant(node.value)
        if isinstance(node, Name):
            return self._named(node.name, as_text=as_text)
        if isinstance(node, Negative):
            inner = self._operand(node.operand)
            return _Operand(np.negative(inner.value.astype(np.float64)), inner.cause)
        return self._calculated(node)

    def _calculated(self, node: Arithmetic) -> _Operand:
        left, right = self._operand(node.left), self._operand(node.right)
        value = _OPERATIONS[node.sign](left.value.astype(np.float64), right.value.astype(np.float64))
        cause = np.where(left.cause != _KNOWN, left.cause, right.cause)
        told = "no value: division by zero, or a number too large"
        lost = self._cause("no number", lambda _: told)
        return _Operand(value, np.where((cause == _KNOWN) & ~np.isfinite(value), lost, cause).astype(np.int32))

    def _named(self, name: str, *, as_text: bool) -> _Operand:
        if name not in self.columns.table:
            values = self.columns.features[name]
            gone = self._cause(f"feature {name}", lambda _: f"no value: {name}")
            return _Operand(values, np.where(np.isnan(values), gone, _KNOWN).astype(np.int32))
        missing = self.columns.missing(name)
        absent = self._cause(f"missing {name}", lambda i: "no row" if self.columns.no_row[i] else f"no value: {name}")
        cause = np.where(missing, absent, _KNOWN).astype(np.int32)
        if as_text:
            return _Operand(self.columns.texts(name), cause)
        numbers = self.columns.numbers(name)
        strange = self._cause(
            f"number {name}", lambda i: f"no value: {name} ('{self.columns.texts(name)[i]}' is no number)"
        )
        return _Operand(numbers, np.where(np.isnan(numbers) & ~missing, strange, cause).astype(np.int32))

    def _cause(self, key: str, told: Callable[[int], str]) -> int:
        if key not in self._cause_of:
            self._cause_of[key] = len(self.causes)
            self.causes.append(told)
        return self._cause_of[key]


def _holds(sign: str, left: Floats | Texts, right: Floats | Texts) -> NDArray[np.bool_]:
    if sign == "==":
        return np.asarray(left == right, dtype=np.bool_)
    if sign == "!=":
        return np.asarray(left != right, dtype=np.bool_)
    if sign == "<":
        return np.asarray(left < right, dtype=np.bool_)
    if sign == "<=":
        return np.asarray(left <= right, dtype=np.bool_)
    return _holds("<" if sign == ">" else "<=", right, left)
