"""Groups that nobody named: a column whose name tells, or a token that file names share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

_LOT = (
    "lot",
    "lotno",
    "lotid",
    "lotnumber",
    "batch",
    "batchno",
    "batchid",
    "charge",
    "los",
    "ロット",
    "ロット番号",
    "批次",
)
_SERIAL = (
    "serial",
    "serialno",
    "serialnumber",
    "sn",
    "workid",
    "partid",
    "workpiece",
    "シリアル",
    "ワーク",
    "製造番号",
)
_DAY = ("day", "date", "日付", "検査日")
_KINDS = (("lot", _LOT), ("serial", _SERIAL), ("day", _DAY))
"""What column names mean, the widest first: parts of one lot are made alike, whatever their serial."""

_VIEW = re.compile(r"(cam|camera|c|ch|channel|st|station|line|view|side|top|bottom|left|right|front|back)\d*")
"""Tokens that name where a picture was taken: every part passes there, so they keep no part together."""

_LOT_TOKEN = re.compile(r"(lot|batch|charge|los|l|b)[a-z]?\d+[a-z]?")
_TOKENS = re.compile(r"[^_\-. ]+")
_SHARED = 0.9
"""Share of the names that must look alike, and of the images that must share their token with another."""

_LEAST_GROUPS = 5
"""A token with fewer values is likelier a station than a part."""


def telling_columns(columns: Collection[str]) -> list[str]:
    """The columns that by their name hold lots, serial numbers or days; the widest groups first."""
    plain = {name: re.sub(r"[\W_]", "", name.casefold()) for name in columns}
    return [name for _, known in _KINDS for name in columns if plain[name] in known]


def useful(group_of: Mapping[str, str]) -> bool:
    """Whether groups say anything: at least two, and some image shares its group with another."""
    sizes = Counter(group_of.values())
    return len(sizes) > 1 and max(sizes.values()) > 1


def groups_in_names(names: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Guesses from file names, (what it seems to be, group of each path), the widest groups first.

    Names are cut at `_`, `-`, `.` and blanks. Only where nearly all have the same number of tokens, and only for a
    token that nearly every image shares with another one of the same folder: images numbered anew in each class folder
    share their number with strangers.

    Args:
        names: path of an image to the POSIX path it is known by.

    """
    tokens = {path: _TOKENS.findall(_stem(name).casefold()) for path, name in names.items()}
    lengths = Counter(len(t) for t in tokens.values())
    usual, many = lengths.most_common(1)[0] if lengths else (0, 0)
    if usual <= 1 or many < _SHARED * len(names):
        return
    columns = [{path: t[i] for path, t in tokens.items() if len(t) == usual} for i in range(usual)]
    kinds = {i: _kind(columns[i], names) for i in range(usual)}
    above = [columns[i] for i, kind in kinds.items() if kind in {"lot", "day"}]
    for wanted in ("lot", "serial", "day"):
        for column in [columns[i] for i, kind in kinds.items() if kind == wanted][:1]:
            within = _within(column, above) if wanted == "serial" else column
            if _shared_by(within) >= _SHARED * len(within):
                yield wanted, {path: f"{wanted}={token}" for path, token in within.items()}


def _within(column: Mapping[str, str], above: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Tokens with those of the lot and the day before them: serial numbers begin anew with each."""
    return {path: "-".join([*(other[path] for other in above), token]) for path, token in column.items()}


def _shared_by(column: Mapping[str, str]) -> int:
    """How many images share their token with another."""
    return sum(n for n in Counter(column.values()).values() if n > 1)


def _stem(name: str) -> str:
    base = name.rpartition("/")[2]
    return base.rpartition(".")[0] or base


def _kind(column: Mapping[str, str], names: Mapping[str, str]) -> str:
    """'lot', 'serial', 'day', or empty for a token that keeps nothing together."""
    values = set(column.values())
    shared = _shared_by(column) >= _SHARED * len(column)
    if len(values) < 2 or not shared or not _meet_in_folders(column, names):  # noqa: PLR2004
        return ""
    if all(_is_day(v) for v in values):
        return "day"
    if all(_LOT_TOKEN.fullmatch(v) for v in values):
        return "lot"
    views = all(_VIEW.fullmatch(v) for v in values) or not any(c.isdigit() for v in values for c in v)
    return "" if views or len(values) < _LEAST_GROUPS else "serial"


def _meet_in_folders(column: Mapping[str, str], names: Mapping[str, str]) -> bool:
    """Whether most images that share a token share it inside one folder."""
    inside = Counter((token, names[path].rpartition("/")[0]) for path, token in column.items())
    return sum(n for n in inside.values() if n > 1) * 2 >= len(column)


def _is_day(token: str) -> bool:
    if not token.isascii() or not token.isdigit() or len(token) not in {6, 8}:
        return False
    year, month, day = token[:-4], int(token[-4:-2]), int(token[-2:])
    return 1 <= month <= 12 and 1 <= day <= 31 and (len(year) == 2 or 1990 <= int(year) <= 2100)  # noqa: PLR2004


def day_of(text: str) -> str:
    """The day of a date or time as tables write them, `2026-03-02`; empty when it is none."""
    found = re.match(r"\s*(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})(?!\d)", text)
    if not found:
        return ""
    year, month, day = (int(part) for part in found.groups())
    return f"{year:04}-{month:02}-{day:02}" if 1 <= month <= 12 and 1 <= day <= 31 else ""  # noqa: PLR2004


def days_in(columns: Mapping[str, Sequence[str]]) -> str:
    """The first column in which nearly every cell is a date or time; empty when there is none."""
    for name, cells in columns.items():
        told = [c for c in cells if c.strip()]
        if told and sum(bool(day_of(c)) for c in told) >= _SHARED * len(told):
            return name
    return ""
