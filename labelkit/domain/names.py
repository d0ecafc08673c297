"""Names that people and file systems give: nearest matches, what may be a label, when two names meet."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TypeVar

from labelkit.domain.errors import UsageError

Word = TypeVar("Word", bound=StrEnum)

_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", *(f"com{i}" for i in range(1, 10)), *(f"lpt{i}" for i in range(1, 10))]
)
"""Device names of Windows, which no folder there can bear (Microsoft, "Naming Files, Paths, and Namespaces")."""

_MAX_NAME_BYTES = 255
"""The longest file name of ext4, XFS, NTFS and APFS."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, or None when none is near."""
    by_key = {k.casefold(): k for k in known}
    hits = difflib.get_close_matches(name.casefold(), list(by_key), n=1, cutoff=0.6)
    return by_key[hits[0]] if hits else None


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """A remedy line: the nearest known name, or all of them."""
    hit = nearest(name, known)
    listed = ", ".join(known[:20]) + (" …" if len(known) > 20 else "")  # noqa: PLR2004 - twenty fit two lines
    return f"did you mean '{hit}'? known: {listed}" if hit else f"known: {listed}"


def one_of(words: type[Word], name: str, what: str) -> Word:
    """The word of this name.

    Args:
        words: all that there are.
        name: as a person wrote it.
        what: what it names, for the message: "loader".

    Raises:
        UsageError: there is none.

    """
    if name not in tuple(words):
        raise UsageError(f"there is no {what} '{name}'", remedy=did_you_mean(name, tuple(words)))
    return words(name)


def name_key(name: str) -> str:
    """The key under which two file names meet on some file system.

    Case (Windows, macOS), Unicode composition (macOS) and trailing dots or blanks (Windows) are taken away.
    """
    if name.isascii():  # as nearly all are: composed already, and folded by lower()
        return name.lower().rstrip(". ")
    return unicodedata.normalize("NFC", name).casefold().rstrip(". ")


def word_key(text: str) -> str:
    """The key under which two verdicts are one word: case, width, blanks and dots are taken away ('N. G.' is 'ng')."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if not c.isspace() and c != ".")


def label_fault(label: str) -> str | None:
    """Why `label` cannot be a class folder on every file system, or None when it can."""
    if not label or not label.strip():
        return "it is empty"
    if any(c in label for c in '/\\:*?"<>|') or any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in label):
        return (
            'it holds a character that a folder name cannot hold everywhere (/ \\ : * ? " < > | or a control character)'
        )
    if label[0] in ".-" or label[0].isspace() or label[-1].isspace() or label[-1] == ".":
        return "it begins with a dot, dash or blank, or ends with a dot or blank"
    if label.split(".", maxsplit=1)[0].casefold() in _RESERVED:
        return "Windows reserves it for a device"
    if len(label.encode("utf-8", "surrogatepass")) > _MAX_NAME_BYTES:
        return f"it is longer than {_MAX_NAME_BYTES} bytes"
    return None


def shown(name: str) -> str:
    """A hostile name as harmless text: control, format and unpaired characters are written as escapes."""
    return name if name.isprintable() else "".join(_shown_character(c) for c in name)


def _shown_character(c: str) -> str:
    if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn"}:
        return c.encode("unicode_escape").decode("ascii")
    return c
