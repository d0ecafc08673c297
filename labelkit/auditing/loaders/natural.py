"""Natural order, as timm sorts: runs of digits by value, letters without case."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"(\d+)")

NaturalKey = tuple[str | int, ...]


def natural_key(text: str) -> NaturalKey:
    """The key of timm's `natural_key` (timm/utils/misc.py): texts and numbers take turns, a text first.

    A piece that counts as digits but has no value as a number stays a text there; none passes the pattern.
    """
    return tuple(int(piece) if i % 2 else piece for i, piece in enumerate(_DIGITS.split(text.lower())))
