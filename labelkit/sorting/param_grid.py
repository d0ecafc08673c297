"""Grids of parameter values: `threshold=60:95:5` and `mode=a,b,c`, exact in decimals."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from labelkit.domain.errors import UsageError

MAX_POINTS = 1000
"""Points of one grid; more are refused, for nobody reads them."""

_STEPS = 3


def parse_grid(given: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Read NAME=START:STOP:STEP (both ends included) and NAME=A,B,C.

    Returns:
        the values of each parameter as texts, in the order given; a name given again adds its values.

    Raises:
        UsageError: no '=', no number, a step that never arrives, or more than MAX_POINTS points.

    """
    values: dict[str, tuple[str, ...]] = {}
    for text in given:
        name, equals, written = text.partition("=")
        if not equals or not name.strip() or not written.strip():
            raise UsageError(f"--param '{text}' is not NAME=START:STOP:STEP or NAME=A,B,C", remedy=_EXAMPLE)
        found = _values(written.strip(), text)
        values[name.strip()] = tuple(dict.fromkeys([*values.get(name.strip(), ()), *found]))
    points = 1
    for found in values.values():
        points *= len(found)
    if points > MAX_POINTS:
        raise UsageError(f"the grid has {points:,} points, more than {MAX_POINTS:,}", remedy="take larger steps")
    return values


_EXAMPLE = "as in: --param threshold=60:95:5"


def points_of(values: Mapping[str, Sequence[str]]) -> Iterator[dict[str, str]]:
    """Every point of the grid, the last parameter running fastest."""
    for point in itertools.product(*values.values()):
        yield dict(zip(values, point, strict=True))


def _values(written: str, text: str) -> tuple[str, ...]:
    parts = written.split(":")
    if len(parts) != _STEPS:
        return tuple(part.strip() for part in written.split(",") if part.strip())
    try:
        start, stop, step = (Decimal(part.strip()) for part in parts)
    except InvalidOperation:
        return (written,)  # a text with two colons in it, as a time of day
    if not (start.is_finite() and stop.is_finite() and step.is_finite()):
        raise UsageError(f"--param '{text}': start, stop and step must be numbers", remedy=_EXAMPLE)
    if step == 0 or (stop - start) * step < 0:
        raise UsageError(f"--param '{text}': from {start} steps of {step} never reach {stop}", remedy=_EXAMPLE)
    count = int((stop - start) / step) + 1
    if count > MAX_POINTS:
        raise UsageError(f"--param '{text}' has {count:,} values, more than {MAX_POINTS:,}", remedy="take larger steps")
    return tuple(f"{start + i * step:f}" for i in range(count))
