"""How a column writes its numbers: decimal comma, thousands separators, full-width digits; told by the whole column."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from labelkit.domain.missing import is_missing

_GROUPS = {".": ",' \u2019", ",": ".' \u2019"}
"""What may stand between thousands, for each decimal mark."""

_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_SHARE = 0.5
"""At least so many of a column's different cells are numbers where its few other words do not count."""


def _pattern(mark: str) -> re.Pattern[str]:
    grouped = "|".join(rf"[1-9][0-9]{{0,2}}(?:{re.escape(g)}[0-9]{{3}})+" for g in _GROUPS[mark])
    return re.compile(
        rf"[+-]?(?:(?:{grouped}|[0-9]+)(?:{re.escape(mark)}[0-9]*)?|{re.escape(mark)}[0-9]+)(?:[eE][+-]?[0-9]{{1,4}})?"
    )


_WITH = {mark: _pattern(mark) for mark in _GROUPS}


@dataclass(frozen=True, slots=True)
class Numerals:
    """How a column writes its numbers.

    Attributes:
        mark: the decimal mark.
        unclear: a cell that both marks could explain, where nothing in the column tells which; empty when it is clear.

    """

    mark: str = "."
    unclear: str = ""


def folded(word: str) -> str:
    """A cell with full-width digits and marks as plain ones, without blanks around it."""
    return word.strip() if word.isascii() else unicodedata.normalize("NFKC", word).strip().replace("\u2212", "-")


def plain_number(word: str, mark: str) -> str | None:
    """The number that a folded word writes with this decimal mark, as text with a dot; None when it is none."""
    if _WITH[mark].fullmatch(word) is None:
        return None
    for between in _GROUPS[mark]:
        word = word.replace(between, "")
    return word.replace(mark, ".")


def is_plain(word: str) -> bool:
    """Whether a word is a number as programs write it."""
    return _PLAIN.fullmatch(word) is not None


def numerals_of(words: Iterable[str]) -> Numerals | None:
    """How a column of numbers writes them; None when it is no such column.

    Args:
        words: the different cells of the column; those that say nothing, and a few without any digit, do not count.

    """
    present = [folded(w) for w in words if not is_missing(w)]
    numeric = [w for w in present if any(c.isdigit() for c in w)]
    if not numeric or len(numeric) < _SHARE * len(present):
        return None
    dots = _all(numeric, ".")
    commas = _all(numeric, ",")
    if dots and all(map(is_plain, numeric)):
        return Numerals()
    if dots and commas:
        return Numerals(unclear=next(w for w in numeric if not is_plain(w)))
    return Numerals("." if dots else ",") if dots or commas else None


def _all(words: Sequence[str], mark: str) -> bool:
    pattern = _WITH[mark]
    return all(pattern.fullmatch(w) for w in words)
