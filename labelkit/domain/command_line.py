"""Words of a command line that a person pastes: quoted so that bash, PowerShell and cmd read them alike."""

from __future__ import annotations

import re
import shlex

_PLAIN = re.compile(r"[\w@./:+,=-]+")
_NOT_IN_DOUBLE_QUOTES = frozenset('"$`!')


def word(text: str) -> str:
    """`text` as one word: as it is where that is safe, else in double quotes, else in bash's single ones."""
    if _PLAIN.fullmatch(text):
        return text
    if _NOT_IN_DOUBLE_QUOTES.isdisjoint(text) and not text.endswith("\\") and "\\\\" not in text:
        return f'"{text}"'
    return shlex.quote(text)
