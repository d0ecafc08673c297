"""The numbers at which an expression of one name changes its mind: the ends of its stretches on the number line."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from labelkit.plugins.cells import CellTable
from labelkit.plugins.expressions.columns import Columns
from labelkit.plugins.expressions.evaluate import TRUE, judge
from labelkit.plugins.expressions.rule import ExpressionRule, settled, value_kind
from labelkit.plugins.expressions.tree import Arithmetic, Comparison, Name, Negative, Number, Text, Value, walk

_Line = tuple[float, float]
"""(a, b) of a * x + b."""


def bounds_of(rule: ExpressionRule, columns: Sequence[str]) -> tuple[str, tuple[float, ...]] | None:
    """The one name that a rule compares, and the numbers at which what it says may change.

    Returns:
        None when it speaks of several names, of texts, or of something that is no straight line of the name.

    """
    if len(rule.names) != 1:
        return None
    found: list[float] = []
    for node, _ in walk(rule.condition):
        if isinstance(node, Comparison):
            root = _root(node, rule, columns)
            if root is None:
                return None
            found += [root] if math.isfinite(root) else []
    return rule.names[0], tuple(sorted(set(found)))


def holds_at(rule: ExpressionRule, name: str, at: float, *, is_column: bool) -> bool:
    """Whether the rule, which names nothing else, votes where the column or image feature `name` is the number `at`."""
    if not is_column:
        import numpy as np

        columns = Columns(CellTable({}), [-1], {name: np.array([at], dtype=np.float64)})
    else:
        columns = Columns(CellTable({name: [repr(at)]}), [0])
    return bool(judge(rule, columns).truth[0] == TRUE)


def _root(node: Comparison, rule: ExpressionRule, columns: Sequence[str]) -> float | None:
    """Where both sides are equal; infinity where nowhere, None where that cannot be told."""
    if any(value_kind(side, rule.parameters, columns) == "text" for side in (node.left, node.right)):
        return None
    sides = [_line(side, rule) for side in (node.left, node.right)]
    if sides[0] is None or sides[1] is None:
        return None
    (a, b), (c, d) = sides[0], sides[1]
    return (d - b) / (a - c) if a != c else math.inf


def _line(node: Value, rule: ExpressionRule) -> _Line | None:
    if isinstance(node, Name):
        node = settled(node, rule)
    if isinstance(node, Name):
        return (1.0, 0.0)
    if isinstance(node, Number):
        return (0.0, node.value)
    if isinstance(node, Text):
        return None
    if isinstance(node, Negative):
        inner = _line(node.operand, rule)
        return (-inner[0], -inner[1]) if inner else None
    return _calculated(node, rule)


def _calculated(node: Arithmetic, rule: ExpressionRule) -> _Line | None:
    left, right = _line(node.left, rule), _line(node.right, rule)
    if left is None or right is None:
        return None
    return next(_combined(node.sign, left, right), None)


def _combined(sign: str, left: _Line, right: _Line) -> Iterator[_Line]:
    (a, b), (c, d) = left, right
    if sign == "+":
        yield (a + c, b + d)
    elif sign == "-":
        yield (a - c, b - d)
    elif sign == "*" and 0.0 in {a, c}:
        yield (a * d + c * b, b * d)
    elif sign == "/" and c == 0 and d != 0:
        yield (a / d, b / d)
