"""Cells of a table that people open in a spreadsheet: text that no program takes for a formula."""

from __future__ import annotations

import unicodedata

from .names import shown

BOM = "\ufeff"
"""Begins a UTF-8 table for people: without it Excel reads the bytes in the code page of the machine."""

_STARTS_FORMULA = frozenset("=+-@\t\r\n")
"""What a spreadsheet takes for the beginning of a formula or of one after a break (OWASP, "CSV Injection")."""


def cell(text: str) -> str:
    r"""`text` as a table for people holds it: one line, harmless, and never a formula.

    Control, format and unpaired characters are escapes (`\t`, `\udc80`). Text that begins like a formula gets an
    apostrophe in front, also behind blanks and apostrophes and in full-width forms (U+FF1D for `=`). Whoever reads such
    a table finds the thing a cell speaks of by comparing `cell(name)` with it: there is no way back from a cell.
    """
    return "'" + shown(text) if _begins_like_a_formula(text) else shown(text)


def _begins_like_a_formula(text: str) -> bool:
    """Whether the first character behind blanks and apostrophes starts a formula, in its plain or full-width form."""
    rest = text.lstrip(" '\u00a0\u3000")
    return bool(rest) and unicodedata.normalize("NFKC", rest[0]) in _STARTS_FORMULA
