"""What one cell says under the contract of its column: plain text, what was repaired, or why it breaks the contract."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from labelkit.domain.contract import ColumnContract, ColumnType
from labelkit.domain.missing import is_missing
from labelkit.domain.names import word_key
from labelkit.plugins.numerals import Numerals, folded, is_plain, numerals_of, plain_number

DECIMAL, THOUSANDS, WIDE = "decimal comma", "thousands separators", "full-width digits"
SENTINEL, MAPPED, PADDED = "sentinel", "map", "padding"

_INTEGER = re.compile(r"[+-]?[0-9]+")
_DIGITS = re.compile(r"[0-9]+")
_DATE = re.compile(
    r"([0-9]{4})(?:[-/.]|年)([0-9]{1,2})(?:[-/.]|月)([0-9]{1,2})日?"
    r"(?:[ T]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?)?"
)
_NUMERIC = frozenset([ColumnType.NUMBER, ColumnType.INTEGER])


@dataclass(frozen=True, slots=True)
class Reading:
    """What one cell says.

    Attributes:
        text: the cell as rules see it.
        repairs: what was changed, of the words above.
        fault: why it breaks its contract; empty when it does not.

    """

    text: str
    repairs: tuple[str, ...] = ()
    fault: str = ""


class CellReader:
    """Reads the cells of one column; made from all its different cells, which tell how it writes numbers."""

    def __init__(self, contract: ColumnContract, words: Iterable[str]) -> None:
        self._contract = contract
        self._map = {word_key(k): v for k, v in contract.mapping.items()} | dict(contract.mapping)
        self._texts = {s.strip() for s in contract.sentinels}
        self._numbers = {float(s) for s in contract.sentinels if is_plain(s)}
        self.numerals = self._numerals(w for w in words if not self._is_sentinel(w.strip()))

    def _numerals(self, words: Iterable[str]) -> Numerals | None:
        if self._contract.decimal:
            return Numerals(self._contract.decimal)
        if self._contract.type in {ColumnType.TEXT, ColumnType.DATE}:
            return None
        return numerals_of(words)

    def _is_sentinel(self, word: str) -> bool:
        if word in self._texts or not self._numbers:
            return word in self._texts
        marks = [self._contract.decimal] if self._contract.decimal else [".", ","]
        written = (plain_number(folded(word), mark) for mark in marks)
        return any(number is not None and float(number) in self._numbers for number in written)

    def read(self, cell: str) -> Reading:
        """What a cell says; a word of the missing list stays as it is."""
        word = cell.strip()
        mapped = self._map.get(word, self._map.get(word_key(word))) if self._map else None
        if mapped is not None:
            return Reading(mapped, (MAPPED,) if mapped != word else ())
        if is_missing(word):
            return Reading(cell)
        if self._is_sentinel(word):
            return Reading("", (SENTINEL,))
        return self._valued(cell, word)

    def _valued(self, cell: str, word: str) -> Reading:
        number = self._number(word)
        if number is None:
            return Reading(cell, fault=self._fault_of_text(word))
        repairs = [WIDE] if not word.isascii() else []
        plain = folded(word)
        if number != plain:
            repairs.append(DECIMAL if "," in plain and self._mark == "," else THOUSANDS)
        if _DIGITS.fullmatch(number) and len(number) < self._contract.pad:
            number = number.zfill(self._contract.pad)
            repairs.append(PADDED)
        return Reading(number if repairs else cell, tuple(repairs), self._fault_of_number(number))

    @property
    def _mark(self) -> str:
        return self.numerals.mark if self.numerals else "."

    def _number(self, word: str) -> str | None:
        """The number of a word as plain text; None where the column or the word is none, or it is not clear."""
        plain = folded(word)
        if self.numerals is None or self.numerals.unclear:
            wanted = self._contract.type in _NUMERIC or self._contract.pad
            return plain if wanted and is_plain(plain) else None
        return plain_number(plain, self._mark)

    def _fault_of_text(self, word: str) -> str:
        kind = self._contract.type
        if kind in _NUMERIC:
            unclear = self.numerals.unclear if self.numerals else ""
            if unclear and plain_number(folded(word), ","):
                return 'may have a decimal comma or a thousands separator: say decimal = "," or decimal = "."'
            return "is no number"
        return self._fault_of_date(word) if kind is ColumnType.DATE else ""

    def _fault_of_number(self, number: str) -> str:
        kind, contract = self._contract.type, self._contract
        if kind not in _NUMERIC:
            return self._fault_of_date(number) if kind is ColumnType.DATE else ""
        if kind is ColumnType.INTEGER and not _INTEGER.fullmatch(number):
            return "is no whole number"
        value = float(number)
        if isinstance(contract.least, (int, float)) and value < contract.least:
            return f"is below {contract.least:g}"
        if isinstance(contract.most, (int, float)) and value > contract.most:
            return f"is above {contract.most:g}"
        return ""

    def _fault_of_date(self, word: str) -> str:
        moment = moment_in(word)
        if moment is None:
            return "is no date with the year first, as 2024-03-04"
        least, most = (
            moment_in(b) if isinstance(b, str) else None for b in (self._contract.least, self._contract.most)
        )
        if least is not None and moment < least:
            return f"is before {self._contract.least}"
        return f"is after {self._contract.most}" if most is not None and moment > most else ""


def moment_in(word: str) -> dt.datetime | None:
    """The moment that a word writes, year first; None when it is none."""
    found = _DATE.fullmatch(folded(word))
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return dt.datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - a table tells no time zone
    except ValueError:
        return None
