"""All near pairs of hashes, and none twice: held to comparing each with each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelkit.auditing import hash_search
from labelkit.auditing.hash_search import Values, close_values
from labelkit.auditing.nearest_kept import NearestKept
from labelkit.auditing.nominations import nominate


def drawn(seed: int, kind: str, count: int) -> Values:
    """Distinct hashes, sorted: random ones, with dead bits, or around one value; a part of them with near twins."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 2**64, count, dtype=np.uint64)
    if kind == "dead bits":
        values &= rng.integers(0, 2**64, dtype=np.uint64) & rng.integers(0, 2**64, dtype=np.uint64)
    if kind == "around one":
        values = np.full(count, values[0])
        for _ in range(5):
            values ^= np.uint64(1) << rng.integers(0, 64, count).astype(np.uint64)
    twins = values[: count // 10].copy()
    for _ in range(3):
        twins ^= np.uint64(1) << rng.integers(0, 64, len(twins)).astype(np.uint64)
    return np.unique(np.concatenate([values, twins]))


def by_hand(values: Values, reach: int) -> set[tuple[int, int, int]]:
    apart = np.bitwise_count(values[:, None] ^ values[None, :])
    first, second = np.nonzero(np.triu(apart <= reach, 1))
    return set(zip(first.tolist(), second.tolist(), apart[first, second].tolist(), strict=True))


def found(values: Values, reach: int) -> list[tuple[int, int, int]]:
    pairs = close_values(values, reach, len(values))
    assert pairs.reach == reach
    kept = pairs.kept
    return list(zip(kept.first.tolist(), kept.second.tolist(), kept.bits.tolist(), strict=True))


@pytest.mark.parametrize("direct", [32, 6])
@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    kind=st.sampled_from(["random", "dead bits", "around one"]),
    count=st.integers(0, 500),
    reach=st.integers(0, 7),
)
def test_every_near_pair_once_and_no_other(direct: int, seed: int, kind: str, count: int, reach: int) -> None:
    values = drawn(seed, kind, count) if count else np.zeros(0, np.uint64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hash_search, "_DIRECT", direct)  # small groups are split too, so that every branch is walked
        patch.setattr(hash_search, "_WORTH", 200 * direct)
        pairs = found(values, reach)
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == by_hand(values, reach)


@pytest.mark.parametrize("kind", ["random", "dead bits", "around one"])
def test_planted_twins_among_many(kind: str) -> None:
    values = drawn(7, kind, 3000)
    assert set(found(values, 3)) == by_hand(values, 3)


def test_where_all_is_near_all_the_search_goes_less_far_and_says_so() -> None:
    """Every value of 17 bits: each has 833 others within 3 bits, 54 million pairs."""
    values = np.arange(2**17, dtype=np.uint64)
    pairs = close_values(values, 3, 32)
    assert pairs.reach == 1
    assert len(pairs.kept.first) == 17 * 2**16
    assert (pairs.kept.dropped, pairs.kept.full) == (0, 0)


def test_the_nearest_stay_in_whatever_order_they_come() -> None:
    first, second = np.zeros(9, np.int64), np.arange(1, 10)
    bits = np.array([3, 3, 1, 2, 3, 0, 3, 2, 3], np.uint8)
    for order in (np.arange(9), np.arange(9)[::-1]):
        kept = NearestKept(10, 2)
        for i in order:
            kept.add(first[[i]], second[[i]], bits[[i]])
        end = kept.end()
        assert len(end.first) == 9  # each of the others keeps its only partner
        assert (end.dropped, end.full) == (0, 1)


def test_many_equal_hashes_are_capped_and_counted() -> None:
    hashes = np.zeros((1000, 1), np.uint64)
    told = nominate(hashes, (0,), 3, 8)
    partners = np.bincount(np.concatenate([told.first, told.second]), minlength=1000)
    assert partners.min() >= 8
    assert len(told.first) <= 8 * 1000
    assert (told.crowded, told.unseen > 400_000) == (1000, True)
