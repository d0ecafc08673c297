"""A rule in words: a condition and the label it votes for; its names settled before a row is judged."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from labelkit.domain.errors import RulesError
from labelkit.domain.labeling import BUILT_IN_FEATURES, SCALAR_FEATURES, Parameter
from labelkit.domain.names import did_you_mean, label_fault, nearest
from labelkit.plugins.expressions.faults import expression_fault
from labelkit.plugins.expressions.parser import parse_arrow
from labelkit.plugins.expressions.tree import (
    Arithmetic,
    Comparison,
    Condition,
    Missing,
    Name,
    Negative,
    Node,
    Number,
    Text,
    Value,
    names,
    walk,
)


@dataclass(frozen=True, slots=True)
class ExpressionRule:
    """One rule in words.

    Attributes:
        text: the condition as written (with arrow and label where they belong to it).
        condition: its tree.
        label: what it votes for where the condition is true; elsewhere it abstains.
        name: unique in a run; the text unless a file names it.
        priority: a higher number decides over lower ones.
        parameters: names that stand for values.
        place: `file:line`, or the option.

    """

    text: str
    condition: Condition
    label: str
    name: str = ""
    priority: int = 0
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    place: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns and features that it speaks of, in order of appearance."""
        return tuple(n for n in names(self.condition) if n not in self.parameters)

    def features(self, columns: Collection[str]) -> tuple[str, ...]:
        """The image features that it speaks of; a column of the same name goes first."""
        return tuple(n for n in self.names if n not in columns and n in SCALAR_FEATURES)


def parse_rule(text: str, *, place: str = "--rule") -> ExpressionRule:
    """Read `score >= 80 -> GO`. The label may stand in quotes.

    Raises:
        RulesError: points at the place and says what was expected.

    """
    condition, written, at = parse_arrow(text, place=place)
    label = written.strip()
    if len(label) > 1 and label[0] == label[-1] and label[0] in "'\"":
        label = label[1:-1]
    fault = label_fault(label)
    if fault:
        message = f"expected a label after the arrow, but {fault}"
        raise expression_fault(message, text, at, place=place, remedy="the arrow comes last: score >= 80 -> GO")
    return ExpressionRule(text=text, condition=condition, label=label, name=text.strip(), place=place)


def check_names(rule: ExpressionRule, columns: Sequence[str], *, table: str) -> None:
    """Hold that every name is a parameter, a column or a feature, and that numbers meet numbers.

    Args:
        rule: the rule.
        columns: the columns of the table, in order.
        table: the table's name in the message.

    Raises:
        RulesError: points at the name and tells the nearest, or at the comparison that cannot be.

    """
    for node, _ in walk(rule.condition):
        if isinstance(node, Name):
            _check_name(node, rule, columns, table)
        elif isinstance(node, Missing) and node.column.name not in columns:
            raise _fault(rule, node.column, f"'is missing' asks about a column; '{node.column.name}' is none")
        elif isinstance(node, Comparison):
            _check_comparison(node, rule, columns)
        elif isinstance(node, (Arithmetic, Negative)):
            _check_operands(node, rule, columns)


def _check_name(node: Name, rule: ExpressionRule, columns: Sequence[str], table: str) -> None:
    if node.name in rule.parameters or node.name in columns or node.name in SCALAR_FEATURES:
        return
    if node.name in BUILT_IN_FEATURES:
        raise _fault(rule, node, f"the image feature '{node.name}' is no single number", "use it in a rule in Python")
    where = f"{table} has no column '{node.name}'" if columns else f"'{node.name}' is no column: there is no metadata"
    known = [*rule.parameters, *columns, *SCALAR_FEATURES]
    hint = "" if nearest(node.name, known) else "; a text stands in quotes"
    raise _fault(rule, node, f"{where}, and it is no image feature", did_you_mean(node.name, known) + hint)


def _check_comparison(node: Comparison, rule: ExpressionRule, columns: Sequence[str]) -> None:
    kinds = {value_kind(side, rule.parameters, columns) for side in (node.left, node.right)}
    if kinds == {"number", "text"}:
        raise _fault(rule, node, f"'{node.sign}' compares a number with a text", "write the number without quotes")


def _check_operands(node: Arithmetic | Negative, rule: ExpressionRule, columns: Sequence[str]) -> None:
    sides = (node.left, node.right) if isinstance(node, Arithmetic) else (node.operand,)
    for side in sides:
        if value_kind(side, rule.parameters, columns) == "text":
            raise _fault(rule, node, "a text cannot be calculated with")


def value_kind(node: Value, parameters: Mapping[str, Parameter], columns: Collection[str]) -> str:
    """'number', 'text', or 'column' whose cells are read as what they are compared with."""
    if isinstance(node, Text):
        return "text"
    if isinstance(node, Name):
        if node.name in parameters:
            return "text" if isinstance(parameters[node.name], str) else "number"
        return "column" if node.name in columns else "number"
    return "number"


def _fault(rule: ExpressionRule, node: Node, message: str, remedy: str = "") -> RulesError:
    return expression_fault(message, rule.text, node.at, place=rule.place, remedy=remedy)


def settled(node: Name, rule: ExpressionRule) -> Number | Text | Name:
    """A parameter's value in place of its name; any other name as it is."""
    value = rule.parameters.get(node.name)
    if value is None:
        return node
    return Text(value, node.at) if isinstance(value, str) else Number(float(value), node.at)
