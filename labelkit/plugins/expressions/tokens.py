"""Cut the text of an expression into tokens; every character is accounted for."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from labelkit.plugins.expressions.faults import expression_fault

MAX_LENGTH = 10_000
"""Characters of one expression; longer ones are refused unread."""

KEYWORDS = frozenset(["and", "or", "not", "in", "between", "is", "missing"])
"""Words of the language, in any case; a column of such a name is written in brackets."""


class Kind(StrEnum):
    """The kinds of token."""

    NAME = "name"
    NUMBER = "number"
    TEXT = "text"
    WORD = "word"
    SIGN = "sign"
    ARROW = "arrow"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind, what it says (for names and texts without their quotes), and where it begins."""

    kind: Kind
    text: str
    at: int

    def shown(self) -> str:
        """The token in a message."""
        return {Kind.END: "the end", Kind.TEXT: f"the text '{self.text}'"}.get(self.kind, f"'{self.text}'")


_PATTERN = re.compile(
    r"""\s*(?:
        (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<name>[^\W\d]\w*)
      | (?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")
      | (?P<arrow>->|\u2192)
      | (?P<sign>==|!=|<>|<=|>=|[-+*/<>=(),\[\]])
    )""",
    re.VERBOSE,
)

_BRACKETED = re.compile(r"\[((?:[^\]\r\n]|\]\])*)\](?!\])")
"""A closing bracket in a column's name is doubled, as SQL Server has it: `[a]]b]` is `a]b`."""

_HINTS = {
    "&": "write 'and'",
    "|": "write 'or'",
    "!": "write 'not', or '!=' for unequal",
    "%": "numbers are written without a percent sign",
    "~": "there are no patterns; compare with '==' or 'in'",
    "^": "there are no powers; multiply",
    "≥": "write '>='",
    "≤": "write '<='",
    "≠": "write '!='",
    "’": "write a straight quote: '",  # noqa: RUF001 - the very sign that word processors put
    "‘": "write a straight quote: '",  # noqa: RUF001 - the same
    "“": 'write a straight quote: "',
    "”": 'write a straight quote: "',
}


def tokens(text: str, *, place: str = "") -> Iterator[Token]:
    """The tokens of an expression; after an arrow the rest of the text is one TEXT token, the label.

    Raises:
        RulesError: too long, a character that has no meaning, an unclosed text or bracket, a number too large.

    """
    if len(text) > MAX_LENGTH:
        raise expression_fault(f"longer than {MAX_LENGTH:,} characters", text, MAX_LENGTH, place=place)
    at, end, after_in = 0, len(text.rstrip()), False
    while at < end:
        token, at = _next(text, at, list_opens=after_in, place=place)
        yield token
        if token.kind is Kind.ARROW:
            yield Token(Kind.TEXT, text[at:], at)
            at = len(text)
        after_in = token.kind is Kind.WORD and token.text == "in"
    yield Token(Kind.END, "", len(text))


def _next(text: str, at: int, *, list_opens: bool, place: str) -> tuple[Token, int]:
    found = _PATTERN.match(text, at)
    if found is None or found.lastgroup is None:
        raise _strange(text, len(text) - len(text[at:].lstrip()), place)
    kind, start, said = found.lastgroup, found.start(found.lastgroup), found.group(found.lastgroup)
    if said == "[" and not list_opens:
        return _column(text, start, place)
    if kind == "number" and not math.isfinite(float(said)):
        raise expression_fault("this number is too large", text, start, place=place)
    return Token(*_meaning(kind, said), start), found.end()


def _meaning(kind: str, said: str) -> tuple[Kind, str]:
    if kind == "text":
        return Kind.TEXT, said[1:-1].replace(said[0] * 2, said[0])
    if kind == "name" and said.casefold() in KEYWORDS:
        return Kind.WORD, said.casefold()
    return Kind(kind), said


def _column(text: str, start: int, place: str) -> tuple[Token, int]:
    """A column in brackets: `[検査 No.]`; a closing one within the name is doubled."""
    found = _BRACKETED.match(text, start)
    if found is None:
        raise expression_fault("this bracket is not closed", text, start, place=place, remedy="close it: [column name]")
    name = found.group(1).replace("]]", "]").strip()
    if not name:
        raise expression_fault("no column name in these brackets", text, start, place=place)
    return Token(Kind.NAME, name, start), found.end()


def _strange(text: str, at: int, place: str) -> Exception:
    if text[at] in "'\"":
        return expression_fault("this text is not closed", text, at, place=place, remedy=f"close it with {text[at]}")
    hint = _HINTS.get(text[at], "a column whose name holds it is written in brackets: [column name]")
    return expression_fault(f"'{text[at]}' means nothing here", text, at, place=place, remedy=hint)
