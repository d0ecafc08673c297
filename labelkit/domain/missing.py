"""Which table cells say nothing: one list of words, told apart from every other text."""

from __future__ import annotations

import unicodedata

MISSING_WORDS: tuple[str, ...] = ("", "-", "--", "N/A", "n/a", "NaN", "nan", "#N/A", "null", "NULL", "None")
"""Cells that mean "no value", after NFKC and stripping; blank cells are the empty word.

'NG' is a verdict, and 'NA' is a real name in many plants: neither is here.
"""

_MISSING = frozenset(MISSING_WORDS)


def is_missing(cell: str) -> bool:
    """Whether a cell says nothing."""
    text = cell.strip()
    return text in _MISSING or (not text.isascii() and unicodedata.normalize("NFKC", text).strip() in _MISSING)
