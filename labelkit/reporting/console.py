"""The console that people read: on stderr, without colour when asked, harmless whatever a file is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from labelkit.domain.names import shown
from labelkit.domain.units import told_share

_BLOCKS = "▏▎▍▌▋▊▉"
_BAR_WIDTH = 24
_PIPE_WIDTH = 100
"""Columns when the output is no terminal: wide enough for the tables, narrow enough to read."""


def make_console(stream: TextIO | None = None, *, quiet: bool = False) -> Console:
    """A console for people's text; follows NO_COLOR and the terminal's width, 100 columns when piped."""
    out = stream if stream is not None else sys.stderr
    console = Console(file=out, highlight=False, markup=False, emoji=False, quiet=quiet, soft_wrap=False)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    return console


def can_show(console: Console, characters: str) -> bool:
    """Whether the console's encoding has these characters."""
    try:
        characters.encode(console.encoding)
    except UnicodeEncodeError:
        return False
    return True


def plain(console: Console, text: str) -> str:
    """`text` with what the console's encoding lacks written in ASCII."""
    for fancy, simple in (("→", "->"), ("…", "..."), ("×", "x"), ("≥", ">="), ("≤", "<="), ("–", "-"), ("·", "-")):  # noqa: RUF001
        if fancy in text and not can_show(console, fancy):
            text = text.replace(fancy, simple)
    return text.encode(console.encoding, "backslashreplace").decode(console.encoding)


def say(console: Console, text: str = "", *, style: str = "") -> None:
    """One line for a person; control characters of hostile names are written as escapes."""
    safe = "\n".join(shown(line) for line in text.split("\n"))
    console.print(Text(plain(console, safe), style=style), soft_wrap=True)


def cut_middle(text: str, width: int) -> str:
    """A long path cut in its middle, so that both ends can be read."""
    if len(text) <= width:
        return text
    tail = (width - 1) * 2 // 3
    return f"{text[: width - 1 - tail]}…{text[-tail:]}"


def near(path: str) -> str:
    """A path seen from the working folder when it lies below it, else as it is."""
    here = os.getcwd()  # noqa: PTH109 - a string is wanted
    return os.path.relpath(path, here) if path.startswith(here + os.sep) else path


def percent(part: float, whole: float) -> str:
    """`part` of `whole` as '68.7 %'; '-' of nothing."""
    return told_share(part / whole) if whole else "-"


def count(n: int, noun: str, plural: str = "") -> str:
    """'1 image', '1,803 images'."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def bar(console: Console, share: float) -> str:
    """A bar of up to 24 columns for a share of 0 to 1."""
    full, part = divmod(round(share * _BAR_WIDTH * 8), 8)
    if not can_show(console, "█" + _BLOCKS):
        return "#" * max(full, round(share * _BAR_WIDTH))
    return "█" * full + (_BLOCKS[part - 1] if part else "")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its heading, and whether it holds numbers (set to the right)."""

    heading: str
    right: bool = False


def print_table(console: Console, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """A plain table without lines: headings dim, numbers to the right, one blank on the left."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for c in columns:
        table.add_column(
            Text(plain(console, shown(c.heading))),
            justify="right" if c.right else "left",
            overflow="fold",
            no_wrap=c.right,
        )
    for row in rows:
        table.add_row(*(Text(plain(console, shown(cell))) for cell in row))
    console.print(table)
