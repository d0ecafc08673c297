"""Find all pairs among many 64-bit hashes that differ in a few bits, without comparing all with all.

Two hashes that differ in at most `reach` bits agree wholly in one of `reach + 1` bands of their bits (pigeonhole;
Manku, Jain and Das Sarma, "Detecting near-duplicates for web crawling", WWW 2007). Bits that never change carry nothing
and are left out; the others are dealt to the bands by how much they tell hashes apart. Groups that stay large, as the
pictures of one fixed camera do, are banded again by the bits that vary inside them: so the search is not quadratic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from labelkit.auditing.nearest_kept import Kept, NearestKept

Values = np.ndarray[tuple[int, ...], np.dtype[np.uint64]]
Places = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
_Bits = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]

MAX_REACH = 7
"""Beyond that, hashes of 64 bits say little: two unrelated pictures differ in 32 of them, give or take 4."""

_DIRECT = 32
"""Members of a group, for each band that it would be split into, up to which comparing all pairs is quicker."""

_WORTH = 200_000
"""Comparisons, for each further band, below which large groups are compared directly all the same."""

_NARROW = 32
"""Members of a group up to which it is compared with itself shifted by one, two, ...; a larger one, each with each."""

_CHUNK = 1 << 17
"""Comparisons at once: arrays of a megabyte stay in the cache."""

_LOOKED_AT = 1 << 16
"""Hashes from which it is told which bits vary."""

_SAMPLE = 4096
"""Hashes by whose pairs the number of all near pairs is foretold."""

_ROWS = 16
"""Hashes of the sample that are compared with all others at once: half a megabyte, which stays in the cache."""

_MEAN_PAIRS = 16
"""Pairs a hash, on average, up to which a search goes; what would give more is searched less far, and says so."""

_ENOUGH_PAIRS = 1_000_000
"""So many pairs may always be found, however few the hashes are."""


@dataclass(frozen=True, slots=True)
class ValuePairs:
    """What a search found among distinct hashes.

    Attributes:
        kept: the pairs, as positions in the array searched, and the bits in which they differ.
        reach: the bits up to which every pair was looked for; less than was asked where pairs would be too many.

    """

    kept: Kept
    reach: int


def close_values(values: Values, reach: int, most: int) -> ValuePairs:
    """All pairs of distinct hashes that differ in 1 to `reach` bits.

    Args:
        values: uint64, sorted, each once.
        reach: bits, 0 to 7.
        most: partners that a hash keeps when it has more: its nearest. A pair stays while either of its two keeps it.

    """
    reach = _affordable(values, min(reach, MAX_REACH))
    kept = NearestKept(len(values), most)
    if reach > 0 and len(values) > 1:
        everything = np.arange(len(values))
        for first, second, bits in _Search(values, reach).below(everything, np.uint64(0), ()):
            kept.add(first, second, bits)
    return ValuePairs(kept.end(), reach)


def _affordable(values: Values, reach: int) -> int:
    """How far a search may go before it finds too many pairs, foretold from a seeded sample."""
    if len(values) * (len(values) - 1) // 2 <= _ENOUGH_PAIRS:
        return reach
    chosen = values
    if len(values) > _SAMPLE:
        chosen = values[np.random.default_rng(0).choice(len(values), _SAMPLE, replace=False)]
    within = np.cumsum(_near_ones(chosen, reach)) * (len(values) / len(chosen)) ** 2
    limit = max(_ENOUGH_PAIRS, _MEAN_PAIRS * len(values))
    while reach > 0 and within[reach - 1] > limit:
        reach -= 1
    return reach


def _near_ones(values: Values, reach: int) -> Places:
    """How many pairs of distinct hashes differ in 1, 2, ... `reach` bits."""
    twice = np.zeros(reach + 1, np.int64)
    for i in range(0, len(values), _ROWS):
        apart = np.bitwise_count(values[i : i + _ROWS, None] ^ values[i:])
        for part, weight in ((apart[:, :_ROWS], 1), (apart[:, _ROWS:], 2)):  # the first has each pair from both ends
            twice += weight * np.bincount(part[part <= reach], minlength=reach + 1)
    return twice[1:] // 2


_ONE = np.uint64(1)
_ODD = np.uint64(0x9E3779B97F4A7C15)
"""2^64 by the golden ratio (Knuth, "The Art of Computer Programming", vol. 3, 6.4): mixes bits upwards."""

_ALL = np.uint64(2**64 - 1)

_Shares = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
_Found = Iterator[tuple[Places, Places, _Bits]]


@dataclass(frozen=True, slots=True)
class _Search:
    """One search: the hashes, sorted and distinct, and how far."""

    values: Values
    reach: int

    def below(self, members: Places, equal: np.uint64, differ: tuple[np.uint64, ...]) -> _Found:
        """The pairs among members that agree in all bits of `equal` and disagree somewhere in each mask of `differ`.

        Each mask of `differ` takes up one differing bit at least: the bits outside may differ in `reach` less so many.
        A pair is given out once only: in the first band in which it agrees.
        """
        members, sizes = self._grouped(members, equal)
        source, bands = self._bands(members, sizes, differ)
        large = sizes > _DIRECT * len(bands)
        if not bands or np.square(sizes[large]).sum() < _WORTH * len(bands):
            large = np.zeros(len(sizes), bool)
        in_large = np.repeat(large, sizes)
        yield from self._direct(members[~in_large], sizes[~large], equal, differ)
        if large.any():
            others = tuple(mask for mask in differ if mask != source)
            for i, band in enumerate(bands):
                again = (source & ~band,) if not i and len(others) < len(differ) else bands[:i]
                yield from self.below(members[in_large], equal | band, (*others, *again))

    def _grouped(self, members: Places, equal: np.uint64) -> tuple[Places, Places]:
        """Members, group by group, that agree in the bits of `equal`, and each group's size; no groups of one.

        What is sorted is a fingerprint of the bits and, below it, the position: a plain sort is many times faster than
        one that tells the order. Should two fingerprints ever meet, `_direct` finds that the bits do not agree.
        """
        if not equal:
            return members, np.array([len(members)])
        room = np.uint64(max(1, len(members) - 1).bit_length())
        mixed = (self.values[members] & equal) * _ODD >> room << room
        mixed |= np.arange(len(members), dtype=np.uint64)
        mixed.sort()
        order = (mixed & ((_ONE << room) - _ONE)).astype(np.int64)
        mixed >>= room
        starts = np.flatnonzero(np.concatenate([[True], mixed[1:] != mixed[:-1]]))
        sizes = np.diff(starts, append=len(members))
        return members[order[np.repeat(sizes > 1, sizes)]], sizes[sizes > 1]

    def _bands(
        self, members: Places, sizes: Places, differ: tuple[np.uint64, ...]
    ) -> tuple[np.uint64, tuple[np.uint64, ...]]:
        """Where the next bands come from and their masks, one of which no near pair differs in; none if bits run out.

        From the bits outside of `differ`, or from one mask of it: there a pair may differ in one bit more.
        """
        shares = self._shares(members, sizes)
        told, spare, free = np.minimum(shares, 1 - shares), self.reach - len(differ), _ALL
        for mask in differ:
            free &= ~mask
        best: tuple[np.uint64, tuple[np.uint64, ...]] = (np.uint64(0), ())
        strength = 0.0
        for source, count in ((free, spare + 1), *((mask, spare + 2) for mask in differ)):
            alive = np.flatnonzero((shares > 0) & _as_bits(source))
            each = float(told[alive].sum()) / count
            if len(alive) >= count and each > strength:
                best, strength = (source, _dealt(alive[np.argsort(-told[alive], kind="stable")], count)), each
        return best

    def _shares(self, members: Places, sizes: Places) -> _Shares:
        """For each of the 64 bits, lowest first, how often it differs from the first member's of its group."""
        if not len(members):
            return np.zeros(64)
        firsts = np.repeat(np.cumsum(sizes) - sizes, sizes)
        every = -(-len(members) // _LOOKED_AT)
        inside = self.values[members[::every]] ^ self.values[members[firsts[::every]]]
        rows = inside.astype("<u8").view(np.uint8).reshape(-1, 8)
        return np.asarray(np.unpackbits(rows, axis=1, bitorder="little").mean(axis=0))

    def _direct(self, members: Places, sizes: Places, equal: np.uint64, differ: tuple[np.uint64, ...]) -> _Found:
        """Compare all pairs inside of groups that lie one behind another, groups of one size together."""
        starts = np.cumsum(sizes) - sizes
        for size in np.flatnonzero(np.bincount(sizes)).tolist():
            those = starts[sizes == size]
            at_once = max(1, _CHUNK // (size if size <= _NARROW else size * size))
            for begin in range(0, len(those), at_once):
                block = members[those[begin : begin + at_once, None] + np.arange(size)]
                for one, other, differing in self._near(block):
                    right = (differing & equal) == 0
                    for mask in differ:
                        right &= (differing & mask) != 0
                    first, second = np.minimum(one, other)[right], np.maximum(one, other)[right]
                    yield first, second, np.bitwise_count(differing[right])

    def _near(self, block: Places) -> Iterator[tuple[Places, Places, Values]]:
        """The near pairs inside of each row of members, and the bits in which they differ."""
        values, size = self.values[block], block.shape[1]
        if size > _NARROW:
            differing = values[:, :, None] ^ values[:, None, :]
            at = np.flatnonzero(np.bitwise_count(differing).ravel() <= self.reach)
            row, i, j = at // size**2, at // size % size, at % size
            upper = i < j
            row, i, j = row[upper], i[upper], j[upper]
            yield block[row, i], block[row, j], differing[row, i, j]
            return
        for step in range(1, size):
            differing = values[:, :-step] ^ values[:, step:]
            at = np.flatnonzero(np.bitwise_count(differing).ravel() <= self.reach)
            if len(at):
                row, i = np.divmod(at, size - step)
                yield block[row, i], block[row, i + step], differing[row, i]


def _as_bits(mask: np.uint64) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which of the 64 bits, lowest first, are set."""
    return np.asarray(mask >> np.arange(64, dtype=np.uint64) & _ONE, bool)


def _dealt(bits: Places, count: int) -> tuple[np.uint64, ...]:
    """Bits, the most telling first, dealt to so many masks there and back, so that all tell about as much."""
    masks = [np.uint64(0)] * count
    for i, bit in enumerate(bits.tolist()):
        turn, place = divmod(i, count)
        masks[count - 1 - place if turn % 2 else place] |= _ONE << np.uint64(bit)
    return tuple(masks)
