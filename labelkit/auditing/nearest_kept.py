"""Keep the nearest partners of each of many items, while pairs come in by the million."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_Places = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
_Bits = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]

_LOOSE = 4_000_000
"""Pairs that may pile up before the far ones are dropped: 36 MB."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Pairs, by `first`, then `second`.

    Attributes:
        first, second: positions of two items, first < second.
        bits: in how many bits they differ.
        dropped: pairs that were found and dropped, because both items had enough nearer ones.
        full: items that had more partners than they may keep.

    """

    first: _Places
    second: _Places
    bits: _Bits
    dropped: int = 0
    full: int = 0


class NearestKept:
    """Pairs as they come in; each item holds on to its `most` nearest, a pair stays while either item does.

    What is kept does not depend on the order in which pairs come in: nearest means fewest bits, then lowest position.
    """

    def __init__(self, items: int, most: int) -> None:
        self._items, self._most = items, most
        self._loose: list[tuple[_Places, _Places, _Bits]] = []
        self._waiting, self._limit, self._dropped = 0, _LOOSE, 0
        self._full = np.zeros(items, bool)

    def add(self, first: _Places, second: _Places, bits: _Bits) -> None:
        """Take pairs in, none of which came before; first < second in each."""
        self._loose.append((first, second, bits))
        self._waiting += len(first)
        if self._waiting > self._limit:
            self._loose = [self._nearest()]
            self._waiting = len(self._loose[0][0])
            self._limit = 2 * max(self._waiting, _LOOSE // 2)

    def end(self) -> Kept:
        """What is kept of all that came in."""
        first, second, bits = self._nearest()
        order = np.lexsort((second, first))
        return Kept(first[order], second[order], bits[order], self._dropped, int(self._full.sum()))

    def _nearest(self) -> tuple[_Places, _Places, _Bits]:
        first = np.concatenate([_NOWHERE, *(pair[0] for pair in self._loose)])
        second = np.concatenate([_NOWHERE, *(pair[1] for pair in self._loose)])
        bits = np.concatenate([_NO_BITS, *(pair[2] for pair in self._loose)])
        partners = np.bincount(first, minlength=self._items) + np.bincount(second, minlength=self._items)
        crowded = partners > self._most
        if not crowded.any():
            return first, second, bits
        self._full |= crowded
        stays = _near_enough(first, second, bits, self._most)
        self._dropped += int((~stays).sum())
        return first[stays], second[stays], bits[stays]


def _near_enough(
    first: _Places, second: _Places, bits: _Bits, most: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which pairs are among the nearest `most` of one of their two items."""
    owners, partners = np.concatenate([first, second]), np.concatenate([second, first])
    order = np.lexsort((partners, np.concatenate([bits, bits]), owners))
    ranked = owners[order]
    begins = np.concatenate([[True], ranked[1:] != ranked[:-1]])
    starts = np.maximum.accumulate(np.where(begins, np.arange(len(ranked)), 0))
    held = np.zeros(len(owners), bool)
    held[order] = np.arange(len(ranked)) - starts < most
    return held[: len(first)] | held[len(first) :]


_NOWHERE = np.zeros(0, np.int64)
_NO_BITS = np.zeros(0, np.uint8)
