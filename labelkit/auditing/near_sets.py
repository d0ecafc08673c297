"""From hashes to candidates, from distances to a cut, from pairs to sets: near-duplicates without chains."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations, islice

import numpy as np

from labelkit.auditing.hash_search import Values
from labelkit.auditing.nominations import Nominations, nominate
from labelkit.domain.facts import ImageFacts
from labelkit.domain.near import Cut, NearPair, Nominee, Turn

REACH = 3
"""Bits in which the hashes of copies may differ: half size, JPEG quality 60 and 8 % brighter mostly change 0 to 2."""

MOST = 32
"""Candidates that an image keeps when it has more."""

GUARD = 0.1
"""Distance above which two pictures are never the same: r = 0.995, and no tile off by a tenth of the contrast."""

SAME_SCENE = 16
"""Bits in which hashes of one scene may differ: half of what two unrelated pictures do (32, give or take 4)."""

_DRAWN = 2000
"""Random pairs that are drawn to see whether the set shows one scene."""

_SHARE, _LEAST = 0.05, 6
"""Share of random pairs of one scene from which on the camera is fixed; in small sets so many images' worth of it."""

_TOGETHER, _LOOKED_AMONG, _ROUNDS = 8, 256, 400
"""Pictures of one group; random pictures that its others are looked for among; groups that are tried, at most."""

_AT_ONCE = 1 << 16
"""Images whose hashes are turned at once: 512 bytes each while it lasts."""

_NARROWEST = 0.1
"""Spread (of the logarithm) that distances of one scene are given at least."""

_Places = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
_Flags = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def hashes_of(facts: Iterable[ImageFacts]) -> Values:
    """The eight hashes of each image, in the order of `Turn`; uint64, shape (images, 8)."""
    rest = iter(facts)
    parts = [_hashes(part) for part in iter(lambda: list(islice(rest, _AT_ONCE)), [])]
    return np.concatenate([np.zeros((0, 8), np.uint64), *parts])


def _hashes(facts: Sequence[ImageFacts]) -> Values:
    told = [f.pixels.phash + (f.pixels.turned or f.pixels.phash * 3) for f in facts if f.pixels is not None]
    bits = np.unpackbits(np.frombuffer(bytes.fromhex("".join(told)), np.uint8)).reshape(-1, 4, 8, 8)
    every = np.concatenate([bits, bits.swapaxes(2, 3)], axis=1)
    return np.packbits(every.reshape(-1, 8, 64), axis=2).view(">u8")[..., 0].astype(np.uint64)


def nominees(paths: Sequence[str], hashes: Values) -> tuple[list[Nominee], Nominations]:
    """The pairs whose pixels are to be compared; paths sorted, one a content, hashes as `hashes_of` gives them."""
    turns = list(Turn)
    found = nominate(hashes, tuple(turns.index(t.inverse) for t in turns), REACH, MOST)
    rows = zip(found.first.tolist(), found.second.tolist(), found.bits.tolist(), found.column.tolist(), strict=True)
    return [Nominee(paths[i], paths[j], bits, turns[column]) for i, j, bits, column in rows], found


def drawn_pairs(hashes: Values) -> list[tuple[int, int]]:
    """Random pairs of one scene, by a fixed seed: positions; none where the set shows no scene again and again."""
    count = len(hashes)
    if count <= 1:
        return []
    rng = np.random.default_rng(0)
    first = rng.integers(0, count, _DRAWN)
    second = (first + rng.integers(1, count, _DRAWN)) % count
    like = _of_one_scene(hashes, first, second)
    if like.mean() < max(_SHARE, _LEAST / count):
        return []
    return sorted({(min(i, j), max(i, j)) for i, j in zip(first[like].tolist(), second[like].tolist(), strict=True)})


def drawn_groups(hashes: Values, pairs: int) -> list[list[tuple[int, int]]]:
    """Random pairs of one scene among few pictures, by a fixed seed: for looks at pictures that take long.

    Args:
        hashes: as `hashes_of` gives them.
        pairs: how many are wanted.

    Returns:
        groups of pairs (positions, the lower first), no pair twice; a group is of `_TOGETHER` pictures at most.

    """
    rng = np.random.default_rng(1)
    seen: set[tuple[int, int]] = set()
    groups: list[list[tuple[int, int]]] = []
    for _ in range(_ROUNDS if len(hashes) > 1 else 0):
        if len(seen) >= pairs:
            break
        some = rng.permutation(len(hashes))[:_LOOKED_AMONG]
        like = some[_of_one_scene(hashes, some[0], some)][:_TOGETHER]
        both = [(i, j) for i, j in combinations(sorted(like.tolist()), 2) if _of_one_scene(hashes, i, j)]
        new = [pair for pair in both if pair not in seen][: pairs - len(seen)]
        seen.update(new)
        groups += [new] if new else []
    return groups


def _of_one_scene(hashes: Values, one: int | _Places, other: int | _Places) -> _Flags:
    return np.asarray(np.bitwise_count(hashes[one, 0] ^ hashes[other, 0]) <= SAME_SCENE)


def cut_of(distances: Sequence[float], images: int) -> Cut:
    """Up to which distance pictures are the same, given the distances of random pairs of one scene.

    Without such pairs the guard alone. Else below what the nearest of all pairs of so many images would show if the
    logarithm of the distance were normal: median - (sqrt(2 ln pairs) + 1) spread: the
    expected extreme of a sample (Leadbetter, Lindgren and Rootzen, "Extremes and Related Properties of Random Sequences
    and Processes", 1983) and one spread of safety.
    """
    if not distances:
        return Cut(GUARD)
    told = np.log(np.maximum(np.asarray(distances), 1e-6))
    middle = float(np.median(told))
    spread = max(_NARROWEST, 1.4826 * float(np.median(np.abs(told - middle))))
    pairs = images * (images - 1) / 2
    lowest = math.exp(middle - (math.sqrt(2 * math.log(max(pairs, 2))) + 1) * spread)
    return Cut(round(min(GUARD, lowest), 6), round(math.exp(middle), 6), len(distances))


def sets_of(pairs: Collection[NearPair], files: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Sets in which every two contents are a pair (complete linkage), grown from the nearest pair on.

    Args:
        pairs: the pairs.
        files: path of a content to all files of it.

    """
    linked = {(p.first, p.second) for p in pairs}
    members: dict[str, list[str]] = {}
    for pair in sorted(pairs, key=lambda p: (p.distance, p.first, p.second)):
        one, other = members.setdefault(pair.first, [pair.first]), members.setdefault(pair.second, [pair.second])
        if one is not other and _all_linked(one, other, linked):
            one.extend(other)
            members.update(dict.fromkeys(other, one))
    whole = {id(m): m for m in members.values() if len(m) > 1}
    return tuple(sorted(tuple(sorted(f for path in m for f in files.get(path, (path,)))) for m in whole.values()))


def _all_linked(one: Iterable[str], other: Collection[str], linked: Collection[tuple[str, str]]) -> bool:
    return all((min(a, b), max(a, b)) in linked for a in one for b in other)
