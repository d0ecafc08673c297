"""Why a condition is unknown for a record: judged once more, with a cause beside every value.

This is the slow way to judge, for the few records that the fast one leaves unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labelkit.plugins.expressions.columns import Columns, Floats, Texts
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

Truths = NDArray[np.int8]
Causes = NDArray[np.int32]

OPERATIONS: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
}

_Told = str | Callable[[int], str]
"""What a cause says: the same of every record, or of one record."""

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


def why_unknown(rule: ExpressionRule, columns: Columns) -> list[str]:
    """For each record why the condition is unknown; empty where it is not."""
    judge = _Judge(rule, columns)
    with np.errstate(all="ignore"):
        found = judge.condition(rule.condition)
    size = len(columns.rows)
    unknown = np.broadcast_to(found.value, size) == UNKNOWN
    causes: list[int] = np.where(unknown, found.cause, _KNOWN).tolist()
    told = judge.causes
    return [text if isinstance(text := told[cause], str) else text(i) for i, cause in enumerate(causes)]


def compares_texts(node: Comparison, rule: ExpressionRule, columns: Columns) -> bool:
    """A text beside a column makes both texts; two columns are numbers when both are columns of numbers."""
    sides = (node.left, node.right)
    kinds = {value_kind(side, rule.parameters, columns.table.names) for side in sides}
    if kinds != {"column"}:
        return "text" in kinds
    return any(isinstance(s, Name) and columns.table[s.name].stranger is not None for s in sides)


def _constant(value: float | str) -> _Operand:
    data = np.array([value], dtype=object if isinstance(value, str) else np.float64)
    return _Operand(data, np.zeros(1, dtype=np.int32))


class _Judge:
    """One rule being judged with its causes; `causes` tells what the numbers in `Causes` mean."""

    def __init__(self, rule: ExpressionRule, columns: Columns) -> None:
        self.rule, self.columns = rule, columns
        self.causes: list[_Told] = [""]
        self._cause_of: dict[str, int] = {}

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
        return _Truth(value, np.where(no_row, self._cause("no row", "no row"), _KNOWN).astype(np.int32))

    def _compared(self, node: Comparison) -> _Truth:
        as_text = compares_texts(node, self.rule, self.columns)
        left, right = self._operand(node.left, as_text=as_text), self._operand(node.right, as_text=as_text)
        cause = np.where(left.cause != _KNOWN, left.cause, right.cause)
        value = np.where(cause != _KNOWN, UNKNOWN, holds(node.sign, left.value, right.value)).astype(np.int8)
        return _Truth(value, cause)

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
        value = OPERATIONS[node.sign](left.value.astype(np.float64), right.value.astype(np.float64))
        cause = np.where(left.cause != _KNOWN, left.cause, right.cause)
        told = "no value: division by zero, or a number too large"
        lost = self._cause("no number", told)
        return _Operand(value, np.where((cause == _KNOWN) & ~np.isfinite(value), lost, cause).astype(np.int32))

    def _named(self, name: str, *, as_text: bool) -> _Operand:
        if name not in self.columns.table:
            values = self.columns.features[name]
            gone = self._cause(f"feature {name}", f"no value: {name}")
            return _Operand(values, np.where(np.isnan(values), gone, _KNOWN).astype(np.int32))
        missing = self.columns.missing(name)
        absent, no_row = self._cause(f"missing {name}", f"no value: {name}"), self._cause("no row", "no row")
        cause = np.where(self.columns.no_row, no_row, np.where(missing, absent, _KNOWN)).astype(np.int32)
        if as_text:
            return _Operand(self.columns.texts(name), cause)
        numbers = self.columns.numbers(name)
        strange = self._cause(
            f"number {name}", lambda i: f"no value: {name} ('{self.columns.texts(name)[i]}' is no number)"
        )
        return _Operand(numbers, np.where(np.isnan(numbers) & ~missing, strange, cause).astype(np.int32))

    def _cause(self, key: str, told: _Told) -> int:
        if key not in self._cause_of:
            self._cause_of[key] = len(self.causes)
            self.causes.append(told)
        return self._cause_of[key]


def holds(sign: str, left: Floats | Texts, right: Floats | Texts) -> NDArray[np.bool_]:
    """Whether a comparison holds, element by element."""
    if sign == "==":
        return np.asarray(left == right, dtype=np.bool_)
    if sign == "!=":
        return np.asarray(left != right, dtype=np.bool_)
    if sign == "<":
        return np.asarray(left < right, dtype=np.bool_)
    if sign == "<=":
        return np.asarray(left <= right, dtype=np.bool_)
    return holds("<" if sign == ">" else "<=", right, left)
