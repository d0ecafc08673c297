"""Share sets of images out to the sides of a split, so that each class comes as near to the ratio as it can."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_TRIED_IN_FULL = 1024
"""Up to so many ways to share out, the best is chosen; beyond, the way is built and bettered step by step."""

_PASSES = 12


@dataclass(frozen=True, slots=True)
class Aim:
    """What a split should come to.

    Attributes:
        shares: of each part, 0 to 1, in the order of the parts.
        totals: class to all its images.
        have: of each part, the images of each class that stand there whatever is shared out.

    """

    shares: Sequence[float]
    totals: Mapping[str, int]
    have: Sequence[Mapping[str, int]]


def share_out(pieces: Sequence[Mapping[str, int]], aim: Aim) -> list[int]:
    """The part (index) of each piece.

    Each goes where its classes are furthest below their share; then single pieces move as long as that brings the whole
    nearer to the ratio, or a class to a part that has none of it. Ties go to the earlier part.

    Args:
        pieces: class to number of images, in the order in which they are placed.
        aim: shares, totals and what is there.

    """
    if len(aim.shares) ** len(pieces) <= _TRIED_IN_FULL:
        return _best_of_all(pieces, aim)
    state = _State(aim)
    parts = [state.add(piece, state.nearest(piece)) for piece in pieces]
    for _ in range(_PASSES):
        if not _bettered(pieces, parts, state):
            break
    while _filled_one(pieces, parts, state):
        pass
    return parts


def lacking(pieces: Sequence[Mapping[str, int]], parts: Sequence[int], aim: Aim) -> list[tuple[str, int]]:
    """(class, part) of each class that a part has no image of."""
    state = _State(aim)
    for piece, part in zip(pieces, parts, strict=True):
        state.add(piece, part)
    return state.lacking()


class _State:
    """How many images of each class each part has, and how far that is from the aim."""

    def __init__(self, aim: Aim) -> None:
        self.aim = aim
        self.have = [Counter(counts) for counts in aim.have]
        self._weight = {name: 1 / (n * n) for name, n in aim.totals.items() if n}

    def add(self, piece: Mapping[str, int], part: int) -> int:
        self.have[part].update(piece)
        return part

    def take(self, piece: Mapping[str, int], part: int) -> None:
        self.have[part].subtract(piece)

    def cost(self, piece: Mapping[str, int], part: int) -> float:
        """By how much the squared distance to the aim, in shares of each class, grows when the piece joins a part."""
        below = self.aim.shares[part], self.have[part]
        return sum(
            n * (n - 2 * (below[0] * self.aim.totals[name] - below[1][name])) * self._weight[name]
            for name, n in piece.items()
        )

    def nearest(self, piece: Mapping[str, int]) -> int:
        """The part where the piece's classes are furthest below their share."""
        return min(range(len(self.have)), key=lambda part: self.cost(piece, part))

    def error(self) -> float:
        """The squared distance to the aim over all classes and parts."""
        return sum(
            (counts[name] - share * total) ** 2 * self._weight[name]
            for counts, share in zip(self.have, self.aim.shares, strict=True)
            for name, total in self.aim.totals.items()
            if total
        )

    def lacking(self) -> list[tuple[str, int]]:
        return [(c, p) for c in self.aim.totals for p, counts in enumerate(self.have) if counts[c] <= 0]


def _best_of_all(pieces: Sequence[Mapping[str, int]], aim: Aim) -> list[int]:
    ways = itertools.product(range(len(aim.shares)), repeat=len(pieces))
    _, best = min((_judged(pieces, parts, aim), parts) for parts in ways)
    return list(best)


def _judged(pieces: Sequence[Mapping[str, int]], parts: Sequence[int], aim: Aim) -> tuple[int, float]:
    """How many classes some part lacks, and how far it is from the aim."""
    state = _State(aim)
    for piece, part in zip(pieces, parts, strict=True):
        state.add(piece, part)
    return len(state.lacking()), round(state.error(), 12)


def _bettered(pieces: Sequence[Mapping[str, int]], parts: list[int], state: _State) -> bool:
    """Move each piece to where it does best; whether any moved."""
    moved = False
    for i, piece in enumerate(pieces):
        was = parts[i]
        state.take(piece, was)
        best = state.nearest(piece)
        if state.cost(piece, best) < state.cost(piece, was) - 1e-12:
            parts[i], moved = best, True
        state.add(piece, parts[i])
    return moved


def _filled_one(pieces: Sequence[Mapping[str, int]], parts: list[int], state: _State) -> bool:
    """Bring a class to a part that has none of it, at the least cost to the ratio; whether that could be done."""
    for name, part in state.lacking():
        able = list(_movable(pieces, parts, state, (name, part)))
        if able:
            _, i = min(able)
            state.take(pieces[i], parts[i])
            parts[i] = state.add(pieces[i], part)
            return True
    return False


def _movable(
    pieces: Sequence[Mapping[str, int]], parts: Sequence[int], state: _State, lack: tuple[str, int]
) -> Iterator[tuple[float, int]]:
    """(cost, index) of the pieces with the class whose own part can spare them."""
    name, part = lack
    for i, piece in enumerate(pieces):
        there = state.have[parts[i]]
        if piece.get(name) and all(there[c] > n for c, n in piece.items() if n):
            gain = state.cost(piece, part)
            state.take(piece, parts[i])
            loss = state.cost(piece, parts[i])
            state.add(piece, parts[i])
            yield gain - loss, i
