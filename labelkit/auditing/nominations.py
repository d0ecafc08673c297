"""Which images may be near-duplicates: those whose perceptual hashes are alike, as they are, mirrored or turned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from labelkit.auditing.hash_search import Places, Values, close_values
from labelkit.auditing.nearest_kept import NearestKept

Codes = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]


@dataclass(frozen=True, slots=True)
class Nominations:
    """Pairs of items, by `first`, then `second`.

    Attributes:
        first, second: positions, first < second.
        bits: in how many bits the hashes differ.
        column: which column of the hashes the second's was taken from: 0 as it is.
        unseen: pairs that were found or known of and not kept.
        crowded: items with more partners than they may keep.
        reach: up to how many bits was looked.

    """

    first: Places
    second: Places
    bits: Codes
    column: Codes
    unseen: int
    crowded: int
    reach: int


def nominate(hashes: Values, inverse: tuple[int, ...], reach: int, most: int) -> Nominations:
    """Pairs of items whose hashes differ in at most `reach` bits, one of them perhaps turned.

    Args:
        hashes: uint64, shape (items, turns); column 0 is the item as it is.
        inverse: for each column, the column of the turn that takes it back.
        reach: bits, 0 to 7.
        most: partners that an item keeps, at least: its nearest. More than that stay unseen, and are counted.

    """
    passes = [_Pass(hashes[:, 0], hashes[:, column], most) for column in range(hashes.shape[1])]
    found: list[tuple[Places, Places, Codes, Codes]] = []
    unseen, reached = 0, reach
    for column, one in enumerate(passes):
        close = close_values(one.values, reach, most)
        reached, unseen = min(reached, close.reach), unseen + close.kept.dropped
        for items, others, bits, lost in one.pairs(close.kept.first, close.kept.second, close.kept.bits):
            swapped = items > others
            columns = np.where(swapped, inverse[column], column).astype(np.uint8)
            found.append((np.minimum(items, others), np.maximum(items, others), bits, columns))
            unseen += lost
    first, second, bits, columns = _each_once(found)
    kept = NearestKept(len(hashes), most)
    kept.add(first, second, bits)
    end = kept.end()
    at = np.searchsorted(first * len(hashes) + second, end.first * len(hashes) + end.second)
    return Nominations(end.first, end.second, end.bits, columns[at], unseen + end.dropped, end.full, reached)


def _each_once(found: list[tuple[Places, Places, Codes, Codes]]) -> tuple[Places, Places, Codes, Codes]:
    """Each pair with its fewest bits, in the lowest column, by first and second."""
    first = np.concatenate([np.zeros(0, np.int64), *(f[0] for f in found)])
    second = np.concatenate([np.zeros(0, np.int64), *(f[1] for f in found)])
    bits = np.concatenate([np.zeros(0, np.uint8), *(f[2] for f in found)])
    columns = np.concatenate([np.zeros(0, np.uint8), *(f[3] for f in found)])
    order = np.lexsort((columns, bits, second, first))
    first, second, bits, columns = first[order], second[order], bits[order], columns[order]
    new = np.concatenate([[True], (first[1:] != first[:-1]) | (second[1:] != second[:-1])])[: len(first)]
    return first[new], second[new], bits[new], columns[new]


class _Pass:
    """The items as they are against the items in one turn: hashes that are equal are searched as one."""

    def __init__(self, plain: Values, turned: Values, most: int) -> None:
        both = np.sort(np.concatenate([plain, turned]))
        self.values = both[np.concatenate([[True], both[1:] != both[:-1]])[: len(both)]]
        self._plain, self._turned = _Holders.of(self.values, plain), _Holders.of(self.values, turned)
        self._most = most

    def pairs(self, one: Places, other: Places, bits: Codes) -> Iterator[tuple[Places, Places, Codes, int]]:
        """Items (as they are) and others (turned) behind pairs of values and equal values; how many are left out."""
        same = np.arange(len(self.values))
        yield self._crossed(same, same, np.zeros(len(same), np.uint8))
        yield self._crossed(one, other, bits)
        yield self._crossed(other, one, bits)

    def _crossed(self, ours: Places, theirs: Places, bits: Codes) -> tuple[Places, Places, Codes, int]:
        """Each holder of one value with the holders of the other, with so many as it may keep, in a ring."""
        here, there = self._plain.counts[ours], self._turned.counts[theirs]
        each = np.minimum(there, self._most + 1)
        sizes = here * each
        at = np.repeat(np.arange(len(ours)), sizes)
        within = np.arange(len(at)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        row, step = np.divmod(within, np.maximum(each, 1)[at])
        items = self._plain.items[self._plain.starts[ours[at]] + row]
        others = self._turned.items[self._turned.starts[theirs[at]] + (row + step) % there[at]]
        apart = items != others
        return items[apart], others[apart], bits[at[apart]], int((here * (there - each)).sum())


@dataclass(frozen=True, slots=True)
class _Holders:
    """Which items have each value, one value behind another."""

    items: Places
    starts: Places
    counts: Places

    @classmethod
    def of(cls, values: Values, hashes: Values) -> _Holders:
        at = np.searchsorted(values, hashes)
        counts = np.bincount(at, minlength=len(values))
        return cls(np.argsort(at, kind="stable"), np.cumsum(counts) - counts, counts)
