"""What the columns of a table look like: numbers, few values, text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import islice

from labelkit.domain.proposal import ColumnKind, ColumnSight, Suspect

_FEW = 12
"""At most so many different values are listed and may be classes."""

_PAIR = 2
_EXAMPLES = 3


def look_at_column(
    name: str,
    texts: Sequence[str],
    missing: Sequence[bool],
    numbers: Sequence[float | None] | None,
    *,
    suspects: Sequence[Suspect] = (),
) -> ColumnSight:
    """One column at a glance.

    Args:
        name: its name.
        texts: cells without surrounding blanks.
        missing: whether each cell says nothing.
        numbers: the different numbers in it when this is a column of numbers, else None; None for a missing cell.
        suspects: values that a person should look at.

    """
    present = Counter(text for text, gone in zip(texts, missing, strict=True) if not gone)
    values = tuple(sorted(present.items(), key=lambda v: (-v[1], v[0]))) if len(present) <= _FEW else ()
    kind = _kind(present, numbers)
    known = [n for n in numbers or () if n is not None] if kind is ColumnKind.NUMBERS else []
    return ColumnSight(
        name=name,
        kind=kind,
        missing=sum(missing),
        distinct=len(present),
        least=min(known, default=None),
        most=max(known, default=None),
        values=() if kind is ColumnKind.TEXT else values,
        examples=tuple(islice(present, _EXAMPLES)),
        suspects=tuple(suspects),
    )


def _kind(present: Counter[str], numbers: Sequence[float | None] | None) -> ColumnKind:
    if not present:
        return ColumnKind.EMPTY
    if numbers is not None:
        return ColumnKind.NUMBERS
    several = present.total() > len(present) or len(present) <= _PAIR  # else every value once: names, serial numbers
    return ColumnKind.FEW if len(present) <= _FEW and several else ColumnKind.TEXT
