"""Facts of images as the cache keeps them: a row of plain values, and back to the very facts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import get_args, get_type_hints

from labelkit.domain.facts import ImageFacts

_OF_THE_FILE = ("path", "modified")
"""What belongs to one name on one disk, and not to a content: never kept."""

_KEPT = tuple(f.name for f in fields(ImageFacts) if f.name not in _OF_THE_FILE)


def _groups() -> dict[str, type]:
    """Facts that are a group of facts: attribute to the class of the group."""
    hints = get_type_hints(ImageFacts)
    found = {name: [kind for kind in (hint, *get_args(hint)) if is_dataclass(kind)] for name, hint in hints.items()}
    return {name: kinds[0] for name, kinds in found.items() if kinds and isinstance(kinds[0], type)}


_GROUPS = _groups()
_IN_GROUP = {name: tuple(f.name for f in fields(kind)) for name, kind in _GROUPS.items()}

_GROUP_AT = tuple((_KEPT.index(name), kind) for name, kind in _GROUPS.items())

_MODIFIED_AT = tuple(f.name for f in fields(ImageFacts)).index("modified") - 1
"""Its place in a row, which has no path."""

SHAPE = ";".join([*_KEPT, *(f"{name}:{','.join(inside)}" for name, inside in _IN_GROUP.items())])
"""The names of all that is kept, in order: rows of another shape are not read."""


def packed(facts: ImageFacts) -> bytes:
    """The facts without path and file time: ASCII JSON, one list."""
    return json.dumps([_plain(facts, name) for name in _KEPT], separators=(",", ":")).encode("ascii")


def unpacked(body: bytes, *, path: str, modified: str) -> ImageFacts:
    """The facts again, of the file at `path` with its own time.

    Raises:
        ValueError: the row is not of this shape.

    """
    return _made(json.loads(body), path, modified)


def unpacked_together(rows: Sequence[tuple[bytes, str, str]]) -> list[ImageFacts | None]:
    """The facts of many (row, path, file time), read at once, which is quicker; None for a row of another shape."""
    try:
        decoded = json.loads(b"[" + b",".join(body for body, _, _ in rows) + b"]")
    except ValueError:
        decoded = []
    if len(decoded) != len(rows):
        return [_or_none(body, path, modified) for body, path, modified in rows]
    return [_made_or_none(row, path, modified) for row, (_, path, modified) in zip(decoded, rows, strict=True)]


def _or_none(body: bytes, path: str, modified: str) -> ImageFacts | None:
    try:
        return unpacked(body, path=path, modified=modified)
    except (ValueError, TypeError):
        return None


def _made_or_none(row: object, path: str, modified: str) -> ImageFacts | None:
    try:
        return _made(row, path, modified)
    except (ValueError, TypeError):
        return None


def _made(row: object, path: str, modified: str) -> ImageFacts:
    if not isinstance(row, list) or len(row) != len(_KEPT):
        raise ValueError("facts of another shape")
    for at, kind in _GROUP_AT:
        group = row[at]
        if group is not None:
            row[at] = kind(*(map(_frozen, group) if list in map(type, group) else group))
    row.insert(_MODIFIED_AT, modified)
    return ImageFacts(path, *row)


def _plain(facts: ImageFacts, name: str) -> object:
    value: object = getattr(facts, name)
    if value is None or name not in _IN_GROUP:
        return value
    return [getattr(value, inside) for inside in _IN_GROUP[name]]


def _frozen(value: object) -> object:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
