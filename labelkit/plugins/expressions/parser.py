"""Read an expression into a tree, by recursive descent.

    condition  = conjunction { "or" conjunction }
    conjunction= negation { "and" negation }
    negation   = "not" negation | comparison
    comparison = sum [ sign sum | ["not"] "in" "[" sum { "," sum } "]" | ["not"] "between" sum "and" sum
                     | "is" ["not"] "missing" ]
    sum        = product { ("+" | "-") product }
    product    = factor { ("*" | "/") factor }
    factor     = "-" factor | number | text | name | "[" any text "]" | "(" condition ")"

A rule is a condition, an arrow and a label: `score >= 80 -> GO`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from labelkit.domain.errors import RulesError
from labelkit.plugins.expressions.faults import expression_fault
from labelkit.plugins.expressions.tokens import Kind, Token, tokens
from labelkit.plugins.expressions.tree import (
    MAX_DEPTH,
    MAX_NODES,
    VALUES,
    And,
    Arithmetic,
    Comparison,
    Condition,
    Missing,
    Name,
    Negative,
    Node,
    Not,
    Number,
    Or,
    Text,
    Value,
    walk,
)

_COMPARISONS = {"=": "==", "==": "==", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_OPERAND = "a column, a number or a text"


def parse_condition(text: str, *, place: str = "") -> Condition:
    """Read a condition as it stands in a TOML file.

    Raises:
        RulesError: points at the place and says what was expected.

    """
    parser = _Parser(text, list(tokens(text, place=place)), place)
    condition = parser.condition()
    parser.expect_end()
    return condition


def parse_arrow(text: str, *, place: str = "") -> tuple[Condition, str, int]:
    """Read `condition -> label`: the condition, the label as written, and where the label begins.

    Raises:
        RulesError: points at the place and says what was expected.

    """
    parser = _Parser(text, list(tokens(text, place=place)), place)
    condition = parser.condition()
    parser.expect_arrow()
    label = parser.take()
    return condition, label.text, label.at + len(label.text) - len(label.text.lstrip())


class _Parser:
    """One text being read; `here` is the next token."""

    def __init__(self, text: str, found: Sequence[Token], place: str) -> None:
        self.text, self.tokens, self.place = text, found, place
        self.next = 0
        self.level = 0

    @property
    def here(self) -> Token:
        return self.tokens[self.next]

    def take(self) -> Token:
        token = self.here
        self.next = min(self.next + 1, len(self.tokens) - 1)
        return token

    def fault(self, message: str, at: int, remedy: str = "") -> RulesError:
        return expression_fault(message, self.text, at, place=self.place, remedy=remedy)

    def expected(self, what: str) -> RulesError:
        return self.fault(f"expected {what}, found {self.here.shown()}", self.here.at)

    def sees(self, kind: Kind, *texts: str) -> bool:
        return self.here.kind is kind and self.here.text in texts

    def take_if(self, kind: Kind, text: str) -> bool:
        if self.sees(kind, text):
            self.take()
            return True
        return False

    def expect(self, kind: Kind, text: str, what: str) -> None:
        if not self.take_if(kind, text):
            raise self.expected(what)

    def expect_end(self) -> None:
        if self.here.kind is Kind.ARROW:
            raise self.fault("no arrow here: the label stands beside the condition", self.here.at)
        if self.here.kind is not Kind.END:
            raise self.expected("'and', 'or' or the end")

    def expect_arrow(self) -> None:
        if self.here.kind is not Kind.ARROW:
            raise self.expected("'and', 'or' or an arrow and a label, as in: score >= 80 -> GO")
        self.take()

    def condition(self) -> Condition:
        """A whole condition, neither too deep nor too large."""
        start = self.here.at
        node = self._truth(self._or(), start)
        for count, (part, depth) in enumerate(walk(node)):
            if depth > MAX_DEPTH:
                raise self._deep(part.at)
            if count >= MAX_NODES:
                raise self.fault(f"more than {MAX_NODES:,} parts", part.at, "split it into several rules")
        return node

    def _deep(self, at: int) -> RulesError:
        return self.fault(f"nested more than {MAX_DEPTH} levels deep", at, "split it into several rules")

    def _truth(self, node: Node, at: int) -> Condition:
        if not isinstance(node, VALUES):
            return node
        if self.here.kind in {Kind.END, Kind.ARROW} or self.sees(Kind.WORD, "and", "or") or self.sees(Kind.SIGN, ")"):
            raise self.fault("expected a comparison here, found only a value", at, "as in: score >= 80")
        raise self.expected("a comparison sign (== != < <= > >=), 'in', 'between' or 'is missing'")

    def _value(self, node: Node, at: int) -> Value:
        if not isinstance(node, VALUES):
            raise self.fault("expected a value here, found a comparison", at)
        return node

    def _or(self) -> Node:
        return self._chain("or", self._and, Or)

    def _and(self) -> Node:
        return self._chain("and", self._not, And)

    def _chain(self, word: str, part: Callable[[], Node], make: type[Or | And]) -> Node:
        start = self.here.at
        first = part()
        if not self.sees(Kind.WORD, word):
            return first
        parts = [self._truth(first, start)]
        while self.take_if(Kind.WORD, word):
            at = self.here.at
            parts.append(self._truth(part(), at))
        return make(tuple(parts), start)

    def _not(self) -> Node:
        start = self.here.at
        if not self.take_if(Kind.WORD, "not"):
            return self._comparison()
        at = self.here.at
        return Not(self._truth(self._nested(self._not), at), start)

    def _nested(self, part: Callable[[], Node]) -> Node:
        """Read one level deeper; refused before Python's own stack is in danger."""
        self.level += 1
        if self.level > MAX_DEPTH:
            raise self._deep(self.here.at)
        node = part()
        self.level -= 1
        return node

    def _comparison(self) -> Node:
        start = self.here.at
        left = self._sum()
        if self.here.kind is Kind.SIGN and self.here.text in _COMPARISONS:
            return self._compared(self._value(left, start))
        if self.take_if(Kind.WORD, "is"):
            return self._missing(left, start)
        negated = self.sees(Kind.WORD, "not")
        if negated:
            self.take()
        if self.sees(Kind.WORD, "in", "between"):
            inner = self._member if self.take().text == "in" else self._between
            found = inner(self._value(left, start), start)
            return Not(found, start) if negated else found
        if negated:
            raise self.expected("'in' or 'between' after 'not'")
        return left

    def _compared(self, left: Value) -> Comparison:
        sign = self.take()
        at = self.here.at
        right = self._value(self._sum(), at)
        if self.here.kind is Kind.SIGN and self.here.text in _COMPARISONS:
            raise self.fault("comparisons do not chain", self.here.at, "write: a < b and b < c, or: b between a and c")
        return Comparison(_COMPARISONS[sign.text], left, right, sign.at)

    def _missing(self, left: Node, start: int) -> Condition:
        negated = self.take_if(Kind.WORD, "not")
        self.expect(Kind.WORD, "missing", "'missing' or 'not missing' after 'is'")
        if not isinstance(left, Name):
            raise self.fault("'is missing' asks about a column", start)
        found = Missing(left, start)
        return Not(found, start) if negated else found

    def _member(self, left: Value, start: int) -> Condition:
        closing = "]"
        if self.take_if(Kind.SIGN, "("):
            closing = ")"
        else:
            self.expect(Kind.SIGN, "[", "a list after 'in', as in: station in ['A1', 'A2']")
        parts = [self._equals(left)]
        while self.take_if(Kind.SIGN, ","):
            parts.append(self._equals(left))
        self.expect(Kind.SIGN, closing, f"',' or '{closing}'")
        return parts[0] if len(parts) == 1 else Or(tuple(parts), start)

    def _equals(self, left: Value) -> Comparison:
        at = self.here.at
        return Comparison("==", left, self._value(self._sum(), at), at)

    def _between(self, left: Value, start: int) -> Condition:
        low_at = self.here.at
        low = self._value(self._sum(), low_at)
        self.expect(Kind.WORD, "and", "'and', as in: score between 60 and 80")
        high_at = self.here.at
        high = self._value(self._sum(), high_at)
        return And((Comparison(">=", left, low, low_at), Comparison("<=", left, high, high_at)), start)

    def _sum(self) -> Node:
        return self._operation(("+", "-"), self._product)

    def _product(self) -> Node:
        return self._operation(("*", "/"), self._factor)

    def _operation(self, signs: tuple[str, ...], part: Callable[[], Node]) -> Node:
        start = self.here.at
        left = part()
        while self.sees(Kind.SIGN, *signs):
            sign = self.take()
            at = self.here.at
            left = Arithmetic(sign.text, self._value(left, start), self._value(part(), at), sign.at)
        return left

    def _factor(self) -> Node:
        token = self.here
        if self.take_if(Kind.SIGN, "-"):
            return Negative(self._value(self._nested(self._factor), token.at), token.at)
        if self.take_if(Kind.SIGN, "("):
            inner = self._nested(self._or)
            self.expect(Kind.SIGN, ")", "')'")
            return inner
        if token.kind is Kind.NUMBER:
            return Number(float(self.take().text), token.at)
        if token.kind is Kind.TEXT:
            return Text(self.take().text, token.at)
        if token.kind is Kind.NAME:
            return Name(self.take().text, token.at)
        raise self.expected(_OPERAND)
