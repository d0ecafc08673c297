"""Times as files and tables write them, read without a calendar: numbers that sort, hours, days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

_MOMENT = re.compile(
    r"\s*(\d{4})[-/.:年](\d{1,2})[-/.:月](\d{1,2})日?"
    r"(?:[T _]+(\d{1,2})[:.時](\d{1,2})(?:[:.分](\d{1,2})(?:\.(\d{1,6})\d*)?)?)?"
)
"""ISO 8601, EXIF ("2026:01:31 08:15:00"), and what spreadsheets make of them; zones are passed over."""

_MONTHS, _DAYS, _HOURS = 12, 31, 24


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment of a clock whose zone nobody knows.

    Attributes:
        day: "2026-01-31".
        second: of the day, 0 to 86,400.
        order: larger for what is later; of two moments of one day the seconds between them.
        timed: whether a time of day stands beside the day.

    """

    day: str
    second: float
    order: float
    timed: bool


def moment(text: object) -> Moment | None:
    """The moment that a text tells; None when it tells none."""
    found = _MOMENT.match(text) if isinstance(text, str) else None
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    if not (1 <= month <= _MONTHS and 1 <= day <= _DAYS and hour < _HOURS):
        return None
    part = float(f"0.{found[7]}") if found[7] else 0.0
    of_day = hour * 3600 + minute * 60 + second + part
    return Moment(
        f"{year:04}-{month:02}-{day:02}", of_day, _days(year, month, day) * 86_400 + of_day, timed=found[4] is not None
    )


def _days(year: int, month: int, day: int) -> int:
    """Days since 1 March of year 0 of the Gregorian calendar (Richards, 2013: months counted from March)."""
    year, month = (year - 1, month + 9) if month < 3 else (year, month - 3)  # noqa: PLR2004 - March is the first
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + day - 1


def copied_in_bulk(orders: list[float]) -> bool:
    """Whether file times are those of a copy: more than half of them follow the one before within a second.

    A copy, an unpacked archive and a fresh checkout stamp many files a second. Cameras that are as fast lose one
    nuisance by that, no more.
    """
    ranked = sorted(orders)
    short = sum(after - before < 1 for before, after in pairwise(ranked))
    return 2 * short >= len(ranked) - 1


def written_time(second: float) -> str:
    """A second of the day as people write it: '08:15'."""
    return f"{int(second) // 3600:02}:{int(second) % 3600 // 60:02}"


def written_moment(order: float) -> str:
    """The moment of an `order`: '2026-01-31 08:15'."""
    days, second = divmod(order, 86_400)
    year, month, day = _date(int(days))
    return f"{year:04}-{month:02}-{day:02} {written_time(second)}"


def _date(days: int) -> tuple[int, int, int]:
    """The date of `_days` (the way back: Hinnant, "chrono-compatible low-level date algorithms", 2013)."""
    era, of_era = divmod(days, 146_097)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    return year + era * 400 + (month > 9), month + 3 if month < 10 else month - 9, day  # noqa: PLR2004 - from March
