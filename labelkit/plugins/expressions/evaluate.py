"""Judge whole columns at once, in the three-valued logic of SQL: true, false, or unknown.

A comparison with a value that is not there is unknown; `and`, `or`, `not` follow Kleene's tables. A condition is two
columns of bits, where it is true and where it is false; a record in neither is unknown. A number that is not there is
NaN, which compares as neither. Why a record is unknown is looked for afterwards, in these records alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from labelkit.plugins.expressions.columns import Bools, Columns, Floats, Texts
from labelkit.plugins.expressions.rule import ExpressionRule, settled
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
from labelkit.plugins.expressions.unknown import OPERATIONS, compares_texts, holds, why_unknown

TRUE, FALSE, UNKNOWN = 1, 0, -1

_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


@dataclass(frozen=True, slots=True)
class _Bits:
    """Where a condition is true, and where it is false: one bit a record each, or one for all."""

    true: Bools
    false: Bools


class Judgement:
    """What a rule says of all records.

    Attributes:
        truth: int8, TRUE, FALSE or UNKNOWN, one a record.

    """

    def __init__(self, rule: ExpressionRule, columns: Columns, truth: NDArray[np.int8]) -> None:
        self._rule, self._columns = rule, columns
        self.truth = truth

    @cached_property
    def reasons(self) -> dict[int, str]:
        """Record index to why it is unknown; looked for when first asked."""
        unknown = np.flatnonzero(self.truth == UNKNOWN)
        found = why_unknown(self._rule, self._columns.only(unknown)) if len(unknown) else []
        return dict(zip(unknown.tolist(), found, strict=True))


def judge(rule: ExpressionRule, columns: Columns) -> Judgement:
    """Judge every record by one rule whose names were checked."""
    with np.errstate(all="ignore"):
        bits = _Judge(rule, columns).condition(rule.condition)
    truth = np.full(len(columns.rows), -1, dtype=np.int8)  # unknown; false 0, true 1
    truth += bits.true
    truth += bits.true
    truth += bits.false
    return Judgement(rule, columns, truth)


class _Judge:
    """One rule being judged."""

    def __init__(self, rule: ExpressionRule, columns: Columns) -> None:
        self.rule, self.columns = rule, columns

    def condition(self, node: Condition) -> _Bits:
        if isinstance(node, Not):
            inner = self.condition(node.operand)
            return _Bits(inner.false, inner.true)
        if isinstance(node, (And, Or)):
            return self._joined(node)
        if isinstance(node, Missing):
            missing, row = self.columns.missing(node.column.name), ~self.columns.no_row
            return _Bits(missing & row, ~missing)
        return self._texts(node) if compares_texts(node, self.rule, self.columns) else self._numbers(node)

    def _joined(self, node: And | Or) -> _Bits:
        found = self.condition(node.parts[0])
        for part in node.parts[1:]:
            more = self.condition(part)
            if isinstance(node, And):
                found = _Bits(found.true & more.true, found.false | more.false)
            else:
                found = _Bits(found.true | more.true, found.false & more.false)
        return found

    def _numbers(self, node: Comparison) -> _Bits:
        left, right = self._number(node.left), self._number(node.right)
        if node.sign in _OPPOSITE:
            return _Bits(holds(node.sign, left, right), holds(_OPPOSITE[node.sign], left, right))
        same, other = left == right, (left < right) | (left > right)
        return _Bits(same, other) if node.sign == "==" else _Bits(other, same)

    def _number(self, node: Value) -> Floats:
        """The numbers of a side; NaN where there is none."""
        if isinstance(node, Name):
            node = settled(node, self.rule)
        if isinstance(node, Name):
            is_column = node.name in self.columns.table
            return self.columns.numbers(node.name) if is_column else self.columns.features[node.name]
        if isinstance(node, Negative):
            return np.negative(self._number(node.operand))
        if isinstance(node, Arithmetic):
            value = OPERATIONS[node.sign](self._number(node.left), self._number(node.right))
            value[~np.isfinite(value)] = np.nan
            return value
        assert isinstance(node, Number)  # texts beside numbers were refused
        return np.array([node.value])

    def _texts(self, node: Comparison) -> _Bits:
        """Compare texts: a column beside a text by its different words, each once; two columns record by record."""
        left, right = (settled(s, self.rule) if isinstance(s, Name) else s for s in (node.left, node.right))
        if isinstance(left, Name) and isinstance(right, Text):
            return self._words(node.sign, left.name, right.value)
        if isinstance(right, Name) and isinstance(left, Text):
            return self._words(_MIRRORED[node.sign], right.name, left.value)
        known = self._there(left) & self._there(right)
        found = holds(node.sign, self._text(left), self._text(right))
        return _Bits(found & known, ~found & known)

    def _words(self, sign: str, name: str, text: str) -> _Bits:
        column = self.columns.table[name]
        words: Texts = np.array([*column.words, ""], dtype=object)
        known = ~np.array([*column.gone, True], dtype=np.bool_)
        found = holds(sign, words, np.array([text], dtype=object))
        return _Bits(self.columns.by_word(name, found & known), self.columns.by_word(name, ~found & known))

    def _text(self, node: Value) -> Texts:
        if isinstance(node, Name):
            return self.columns.texts(node.name)
        assert isinstance(node, Text)  # numbers beside texts were refused
        return np.array([node.value], dtype=object)

    def _there(self, node: Value) -> Bools:
        return ~self.columns.missing(node.name) if isinstance(node, Name) else np.ones(1, dtype=np.bool_)
