"""What the text of table cells means: nothing, a number, or text; each column is read once."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cached_property

from labelkit.domain.missing import is_missing

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
"""The one way to write a number; `float` alone would take '1_0', 'nan' and 'inf'."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,400}")
_PADDED = re.compile(r"[+-]?0[0-9]")

Cell = int | float | str | None
"""A cell as a rule in Python sees it; None says nothing."""


def number_in(cell: str) -> float | None:
    """The finite number that a cell writes, or None. Full-width digits and surrounding blanks are understood."""
    return _number(cell.strip())


def _number(text: str) -> float | None:
    found = _NUMBER.fullmatch(text) or (None if text.isascii() else _NUMBER.fullmatch(_folded(text)))
    if found is None:
        return None
    value = float(found[0])
    return value if math.isfinite(value) else None


def _folded(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text).strip()


class CellColumn:
    """One column of a table; each different cell is read once, and only when asked.

    Attributes:
        codes: for each row the index of its cell among the different ones.
        words: the different cells without surrounding blanks.

    """

    def __init__(self, cells: Sequence[str]) -> None:
        index = {cell: code for code, cell in enumerate(dict.fromkeys(cells))}
        self.codes: list[int] = [index[cell] for cell in cells]
        self.words: list[str] = [cell.strip() for cell in index]

    @cached_property
    def gone(self) -> list[bool]:
        """For each different cell whether it says nothing."""
        return [is_missing(word) for word in self.words]

    @cached_property
    def values(self) -> list[float | None]:
        """For each different cell its number, None where there is none."""
        return [None if gone else _number(word) for word, gone in zip(self.words, self.gone, strict=True)]

    @cached_property
    def texts(self) -> list[str]:
        """For each row the text without surrounding blanks."""
        return [self.words[code] for code in self.codes]

    @cached_property
    def missing(self) -> list[bool]:
        """For each row whether its cell says nothing."""
        return [self.gone[code] for code in self.codes]

    @cached_property
    def stranger(self) -> int | None:
        """The first row whose cell keeps this from being a column of numbers; None when it is one.

        A number with superfluous zeros in front, as in serial 00123, is text. A column of names is known by its first
        cell, and its other cells are not looked at for numbers.
        """
        values: list[float | None] = []
        for i, (word, gone) in enumerate(zip(self.words, self.gone, strict=True)):
            value = None if gone else _number(word)
            if not gone and (value is None or _PADDED.match(_folded(word))):
                return self.codes.index(i)  # different cells stand in the order of their first rows
            values.append(value)
        self.values = values
        return None

    @cached_property
    def typed(self) -> list[Cell]:
        """For each row the cell as a rule in Python sees it: int when all are whole, else float, else text; or None."""
        cells = [None if gone else cell for gone, cell in zip(self.gone, self._typed_words(), strict=True)]
        return [cells[code] for code in self.codes]

    @cached_property
    def kind(self) -> str:
        """What a rule in Python gets of this column: `int`, `float` or `text`."""
        if self.stranger is not None:
            return "text"
        words = zip(self.words, self.gone, strict=True)
        return "int" if all(gone or _INTEGER.fullmatch(_folded(word)) for word, gone in words) else "float"

    def _typed_words(self) -> Sequence[Cell]:
        if self.kind == "text":
            return self.words
        if self.kind == "float":
            return self.values
        return [None if gone else int(_folded(word)) for word, gone in zip(self.words, self.gone, strict=True)]


class CellTable:
    """The columns of a table by name, each read at most once."""

    def __init__(self, columns: Mapping[str, Sequence[str]]) -> None:
        self._cells = columns
        self._read: dict[str, CellColumn] = {}

    @property
    def names(self) -> list[str]:
        """The names of all columns, in order."""
        return list(self._cells)

    def __contains__(self, name: str) -> bool:
        return name in self._cells

    def __getitem__(self, name: str) -> CellColumn:
        if name not in self._read:
            self._read[name] = CellColumn(self._cells[name])
        return self._read[name]
