"""Whether images are told by their group: is what looks most alike in training of the same lot?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from labelkit.domain.facts import ImageFacts

_MOST_ASKED, _MOST_TRAINING = 500, 5000
"""Images that are asked for, and among which the nearest is sought: evenly spaced ones of more."""

_LEAST = 5
"""Fewer say nothing."""

_Hashes = np.ndarray[tuple[int, ...], np.dtype[np.uint64]]


class NearestGroup(NamedTuple):
    """How often the nearest training image is of the same group, 0 to 1: seen, and by chance."""

    seen: float
    by_chance: float


def nearest_group(
    held: Sequence[str], training: Sequence[str], facts: Mapping[str, ImageFacts], group_of: Mapping[str, str]
) -> NearestGroup | None:
    """Among held-out images of groups that are trained on as well; None where there are too few.

    Nearest by bits of the perceptual hash in which two differ; of several that are as near, the share of the group
    counts. By chance: the group's share of the training images.
    """
    known = _evenly([p for p in training if _hash(facts, p) is not None and p in group_of], _MOST_TRAINING)
    there = {group_of[p] for p in known}
    asked = [p for p in held if group_of.get(p) in there and _hash(facts, p) is not None]
    if len(asked) < _LEAST or len(there) < 2:  # noqa: PLR2004 - with one group everything is of it
        return None
    hashes = np.array([_hash(facts, p) for p in known], np.uint64)
    groups = np.array([group_of[p] for p in known])
    seen, chance = [], []
    for path in _evenly(asked, _MOST_ASKED):
        bits = _count_bits(hashes ^ np.uint64(_hash(facts, path) or 0))
        own = groups == group_of[path]
        seen.append(float(own[bits == bits.min()].mean()))
        chance.append(float(own.mean()))
    return NearestGroup(sum(seen) / len(seen), sum(chance) / len(chance))


def _hash(facts: Mapping[str, ImageFacts], path: str) -> int | None:
    pixels = facts[path].pixels
    return None if pixels is None else int(pixels.phash, 16)


def _evenly(paths: Sequence[str], most: int) -> Sequence[str]:
    return paths[:: -(-len(paths) // most)] if len(paths) > most else paths


def _count_bits(values: _Hashes) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.asarray(np.unpackbits(values.view(np.uint8).reshape(-1, 8), axis=1).sum(axis=1, dtype=np.int64))
