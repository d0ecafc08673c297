"""What separates the cells of a text table: found on its first lines."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from itertools import islice

from labelkit.domain.errors import MetadataError

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blanks"}
"""Every separator there is, and its name."""

BLANKS = re.compile(r"[ \t]+")
_SNIFFED_LINES = 60
_SNIFFED_CHARACTERS = 65_536
_LINE_END = re.compile(r"\r\n|\n|\r")


def separator_of(text: str, path: str) -> str:
    """The separator that cuts most lines into equally many cells, and into the most.

    Raises:
        MetadataError: the table is empty, or two separators cut it equally well.

    """
    lines = [line for line in lines_of(text[:_SNIFFED_CHARACTERS])[:_SNIFFED_LINES] if line.strip()]
    if not lines:
        raise MetadataError("the table is empty", place=path, remedy="it needs at least one row")
    ranked = sorted(((_cut(lines, s), s) for s in (",", ";", "\t", "|")), reverse=True)
    (best, separator), (second, other) = ranked[:2]
    if best == (0.0, 0):
        return " " if _blanks(lines) else ","
    if best == second:
        raise MetadataError(
            f"{SEPARATORS[separator]} and {SEPARATORS[other]} cut the lines into equally many cells",
            place=path,
            remedy="save the table with one separator; put cells that hold the other into quotes",
        )
    return separator


def lines_of(text: str) -> list[str]:
    """The lines of a text; only CR and LF end one, as in the csv module."""
    return _LINE_END.split(text)


def _cut(lines: list[str], separator: str) -> tuple[float, int]:
    """(share of lines with the commonest number of cells, that number); zeros where nothing is cut."""
    reader = csv.reader(io.StringIO("\n".join(lines), newline=""), delimiter=separator)
    widths = Counter(map(len, islice(reader, _SNIFFED_LINES)))
    count, width = max((count, width) for width, count in widths.items())
    return (count / widths.total(), width) if width > 1 else (0.0, 0)


def _blanks(lines: list[str]) -> bool:
    """Whether blanks cut every line into equally many words, and into several."""
    widths = {len(BLANKS.split(line.strip(" \t"))) for line in lines}
    return len(widths) == 1 and widths != {1}
