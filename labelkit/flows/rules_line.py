"""Lay rules along the numbers that they compare: columns and image features, one line each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from labelkit.domain.rules_report import LineFinding
from labelkit.domain.votes import ABSTAINED, VoteColumn
from labelkit.flows.rules_votes import RulesRoom
from labelkit.plugins.cells import CellTable
from labelkit.plugins.expressions.bounds import bounds_of, holds_at
from labelkit.plugins.expressions.rule import ExpressionRule
from labelkit.plugins.function_rule import FunctionRule
from labelkit.plugins.sources import Rule
from labelkit.sorting.number_line import Axis, Cover, findings, observed_cover


@dataclass(frozen=True, slots=True)
class LineReport:
    """What was found along all lines, and (rule, why) of those that compare numbers and lie on none."""

    findings: tuple[LineFinding, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


def lay_on_lines(rules: Sequence[Rule], columns: Sequence[VoteColumn], room: RulesRoom) -> LineReport:
    """Gaps and double cover on the number line of each column and image feature that a rule compares alone.

    An expression is laid by its own numbers. A function is laid by what it said at the numbers seen, where its vote
    follows from one number alone.
    """
    numbers = _Numbers(room, columns)
    covers: dict[str, list[Cover]] = {}
    left_out: list[tuple[str, str]] = []
    for rule, column in zip(rules, columns, strict=True):
        laid = _laid(rule, column, numbers)
        if isinstance(laid, str):
            left_out += [(rule.name, laid)] if laid else []
        else:
            covers.setdefault(laid[0], []).append(laid[1])
    found = [finding for name in numbers.in_order(covers) for finding in findings(numbers.axis(name), covers[name])]
    return LineReport(tuple(found), tuple(left_out))


class _Numbers:
    """The number of each image on each line, read once."""

    def __init__(self, room: RulesRoom, columns: Sequence[VoteColumn]) -> None:
        self.cells = CellTable(room.matches.table.columns if room.matches else {})
        self._rows: dict[int, list[int]] = {}
        for image, row in room.matches.records if room.matches else ():
            self._rows.setdefault(image, []).append(row)
        self._images = len(room.where)
        self._features = {name: values for c in columns for name, values in c.inputs.features.items()}
        self._voted = [any(code >= 0 for code in codes) for codes in zip(*(c.codes for c in columns), strict=True)]
        self._known: dict[str, list[float]] = {}

    def of(self, name: str) -> Sequence[float]:
        """One number an image; NaN where there is none, or where it has several rows."""
        if name not in self._known:
            self._known[name] = list(self._features[name]) if name not in self.cells else self._column(name)
        return self._known[name]

    def axis(self, name: str) -> Axis:
        """The line of a column or feature."""
        numbers = self.of(name)
        there = [(x, voted) for x, voted in zip(numbers, self._voted, strict=True) if not math.isnan(x)]
        return Axis(name, sorted(x for x, _ in there), sorted(x for x, voted in there if not voted))

    def in_order(self, names: Mapping[str, object]) -> Iterator[str]:
        """The lines as their columns stand in the table, then features by name."""
        yield from (name for name in self.cells.names if name in names)
        yield from sorted(name for name in names if name not in self.cells)

    def _column(self, name: str) -> list[float]:
        column = self.cells[name]
        values = [math.nan if value is None else value for value in column.values]
        rows = (self._rows.get(image, ()) for image in range(self._images))
        return [values[column.codes[found[0]]] if len(found) == 1 else math.nan for found in rows]


def _laid(rule: Rule, column: VoteColumn, numbers: _Numbers) -> tuple[str, Cover] | str:
    """The line of a rule and what it says along it; or why it lies on none (empty: it compares no number)."""
    if isinstance(rule, ExpressionRule):
        return _expression(rule, numbers)
    if isinstance(rule, FunctionRule):
        return _function(rule, column, numbers)
    return ""


def _expression(rule: ExpressionRule, numbers: _Numbers) -> tuple[str, Cover] | str:
    found = bounds_of(rule, numbers.cells.names)
    if found is None:
        return "it compares several values" if len(rule.names) > 1 else ""
    name, bounds = found
    is_column = name in numbers.cells

    def label_at(x: float) -> str | None:
        return rule.label if holds_at(rule, name, x, is_column=is_column) else None

    return name, Cover(rule.name, bounds, label_at)


def _function(rule: FunctionRule, column: VoteColumn, numbers: _Numbers) -> tuple[str, Cover] | str:
    names = [*column.inputs.columns, *column.inputs.features]
    if len(names) != 1 or len(rule.function.features) > len(column.inputs.features):
        return "it looks at several values" if len(names) > 1 else ""
    if names[0] in numbers.cells and numbers.cells[names[0]].kind == "text":
        return ""
    votes = [
        (x, column.labels[code] if code >= 0 else None)
        for x, code in zip(numbers.of(names[0]), column.codes, strict=True)
        if code >= ABSTAINED and not math.isnan(x)
    ]
    cover = observed_cover(rule.name, votes)
    if cover is None:
        return f"its votes do not follow from {names[0]} alone" if votes else ""
    return names[0], cover
