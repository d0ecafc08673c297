"""What rules say along a number line: where none of them speaks, and where they say different labels."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from labelkit.domain.rules_report import LineFinding, Stretch

MAX_RUNS = 50
"""Runs of equal votes along a line; a function with more does not decide by this number."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A column or image feature with its numbers.

    Attributes:
        name: of the column or feature.
        values: of the images that have one, ascending.
        unvoted: of those images that no rule at all votes on, ascending.

    """

    name: str
    values: Sequence[float]
    unvoted: Sequence[float]


@dataclass(frozen=True, slots=True)
class Cover:
    """One rule along the line.

    Attributes:
        rule: its name.
        bounds: the numbers at which what it says may change.
        label_at: the label that it votes for at a number, None where it abstains.

    """

    rule: str
    bounds: tuple[float, ...]
    label_at: Callable[[float], str | None]


@dataclass(frozen=True, slots=True)
class _Piece:
    stretch: Stretch
    says: tuple[tuple[str, str], ...]


def findings(axis: Axis, covers: Sequence[Cover]) -> Iterator[LineFinding]:
    """The gaps and the stretches with different labels, ascending."""
    bounds = sorted({b for cover in covers for b in cover.bounds})
    for piece in _merged(_pieces(axis.name, bounds, covers)):
        if not piece.says or len({label for _, label in piece.says}) > 1:
            images = _inside(axis.values, piece.stretch)
            yield LineFinding(piece.stretch, piece.says, images, _inside(axis.unvoted, piece.stretch))


def _pieces(name: str, bounds: Sequence[float], covers: Sequence[Cover]) -> Iterator[_Piece]:
    """The line cut at every bound: what is below, each bound itself, what is between two, what is above."""
    ends: list[float | None] = [None, *bounds, None]
    for low, high in pairwise(ends):
        if low is not None:
            yield _Piece(Stretch(name, low, low, low_in=True, high_in=True), _says(covers, low))
        inner = _between(low, high)
        if inner is not None:
            yield _Piece(Stretch(name, low, high, low_in=False, high_in=False), _says(covers, inner))


def _between(low: float | None, high: float | None) -> float | None:
    """A number between two bounds; None where floating point has none."""
    if low is None or high is None:
        near = low if low is not None else high
        if near is None:
            return 0.0
        return near + max(1.0, abs(near)) if high is None else near - max(1.0, abs(near))
    middle = low + (high - low) / 2
    return middle if low < middle < high else None


def _says(covers: Sequence[Cover], at: float) -> tuple[tuple[str, str], ...]:
    said = ((cover.rule, cover.label_at(at)) for cover in covers)
    return tuple((rule, label) for rule, label in said if label is not None)


def _merged(pieces: Iterable[_Piece]) -> Iterator[_Piece]:
    """Neighbours on which the same is said, as one."""
    before: _Piece | None = None
    for piece in pieces:
        if before is not None and before.says == piece.says:
            a, b = before.stretch, piece.stretch
            before = _Piece(Stretch(a.name, a.low, b.high, a.low_in, b.high_in), piece.says)
            continue
        if before is not None:
            yield before
        before = piece
    if before is not None:
        yield before


def _inside(values: Sequence[float], s: Stretch) -> int:
    """How many of ascending values lie in a stretch."""
    first = 0 if s.low is None else (bisect_left if s.low_in else bisect_right)(values, s.low)
    last = len(values) if s.high is None else (bisect_right if s.high_in else bisect_left)(values, s.high)
    return max(0, last - first)


def observed_cover(rule: str, votes: Iterable[tuple[float, str | None]]) -> Cover | None:
    """What a function said at the numbers seen; between two of them its vote changes at the upper one.

    Args:
        rule: its name.
        votes: (number, label or None) of each image on which it could be asked.

    Returns:
        None when one number got two votes, or when the votes change more than MAX_RUNS times: then it looks at
        something else.

    """
    at: dict[float, str | None] = {}
    for number, label in votes:
        if at.setdefault(number, label) != label:
            return None
    starts: list[float] = []
    labels: list[str | None] = []
    for number in sorted(at):
        if not labels or labels[-1] != at[number]:
            starts.append(number)
            labels.append(at[number])
    if not starts or len(starts) > MAX_RUNS:
        return None
    return Cover(rule, tuple(starts[1:]), lambda x: labels[max(0, bisect_right(starts, x) - 1)])
