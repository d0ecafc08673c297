"""A fault of an expression: what was found, what was expected, and a caret under the place."""

from __future__ import annotations

import unicodedata

from labelkit.domain.errors import RulesError

_BEFORE, _AFTER = 40, 30
"""Characters shown before and after the fault: one line of 80 columns."""


def expression_fault(message: str, text: str, at: int, *, place: str = "", remedy: str = "") -> RulesError:
    """The error for a fault at character `at` of `text`."""
    remedy = f"{pointed(text, at)}\n{remedy}" if remedy else pointed(text, at)
    return RulesError(message, place=place, remedy=remedy)


def pointed(text: str, at: int) -> str:
    """Two lines: the text (cut around the place when long) and a caret under character `at`."""
    start, end = max(0, at - _BEFORE), at + _AFTER
    before = ("…" if start else "") + text[start:at]
    line = before + text[at:end] + ("…" if end < len(text) else "")
    blanks = " " * sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in before)
    return f"  {_one_line(line)}\n  {blanks}^"


def _one_line(text: str) -> str:
    return "".join(" " if c.isspace() else c for c in text)
