"""Values of a column that may not mean what they say: text among numbers, "not measured", what a spreadsheet spoilt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

NO_NUMBER = "no number"
SENTINEL = "may mean 'not measured'"
CUT_SHORT = "a spreadsheet cut the number short"
MADE_A_DATE = "a spreadsheet made a date of it"
DAMAGED = "a character was lost"
EITHER_WAY = "day and month may stand either way round"
ERA = "a date of a Japanese era"
SERIAL = "a spreadsheet's number for a date"

_NINES = re.compile(r"-?9{2,}(?:\.9+)?")
_LIMITS = frozenset([-1.0, -32768.0, 32767.0, 65535.0, -2147483648.0, 2147483647.0])
"""What controllers write for "no value": -1, nines, and the ends of 16 and 32 bit integers."""

_CUT_SHORT = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]{2}")
_MONTH = re.compile(r"[0-9]{1,2}-(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)")
_DAY_AND_MONTH = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-][0-9]{4}(?:[ T].*)?")
_YEAR_FIRST = re.compile(r"[0-9]{4}[/.-][0-9]{1,2}[/.-][0-9]{1,2}(?:[ T].*)?")
_ERA = re.compile(r"[MTSHR][0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{1,2}")
_SERIAL = re.compile(r"[2-7][0-9]{4}(?:\.[0-9]+)?")
_MONTHS = 12

_FAR = 0.1
"""A sentinel stands apart from the measured values by more than this share of their range."""

_APART = 2
"""Fewer measured values than this say nothing about their range."""


def suspects(words: Mapping[str, float | None], *, numeric: bool) -> Iterator[tuple[str, str]]:
    """(value, why it is suspicious) of a column's different values, in order.

    Args:
        words: value to its number, or None; without those that say nothing.
        numeric: whether this is a column of numbers, but for a few values.

    """
    odd_dates = _odd_dates(words)
    ends = _ends([n for n in words.values() if n is not None]) if numeric else frozenset()
    for word, number in words.items():
        if "\ufffd" in word:
            yield word, DAMAGED
        elif _CUT_SHORT.fullmatch(word):
            yield word, CUT_SHORT
        elif _MONTH.fullmatch(word):
            yield word, MADE_A_DATE
        elif word in odd_dates:
            yield word, odd_dates[word]
        elif numeric and number is None:
            yield word, NO_NUMBER
        elif number in ends:
            yield word, SENTINEL


def _odd_dates(words: Mapping[str, float | None]) -> dict[str, str]:
    """Dates that can be read in two ways, or not at all without knowing who wrote them.

    One date of the column that can be read in one way only (25/03/2024) settles the others.
    """
    pairs = {w: (int(m[1]), int(m[2])) for w in words if (m := _DAY_AND_MONTH.fullmatch(w))}
    settled = any(max(pair) > _MONTHS for pair in pairs.values())
    either = {} if settled else {w: EITHER_WAY for w, (a, b) in pairs.items() if a != b}
    eras = {w: ERA for w in words if _ERA.fullmatch(w)}
    dated = bool(pairs or eras) or any(_YEAR_FIRST.fullmatch(w) for w in words)
    serials = {w: SERIAL for w in words if dated and _SERIAL.fullmatch(w)}
    return either | eras | serials


def _ends(numbers: list[float]) -> frozenset[float]:
    """Sentinels at either end of the numbers, apart from all measured ones."""
    candidates = {n for n in numbers if n in _LIMITS or _NINES.fullmatch(f"{n:.10g}")}
    measured = [n for n in numbers if n not in candidates]
    if len(measured) < _APART:
        return frozenset()
    least, most = min(measured), max(measured)
    gap = (most - least) * _FAR
    apart = {n for n in candidates if n > most + gap or n < least - gap}
    return frozenset(apart | {n for n in candidates if n < 0 <= least})
