"""Images that must not be parted: sets that hang together by content, group or likeness."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

from labelkit.domain.split import Splittable


def wholes(images: Sequence[Splittable], links: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The sets of images that hang together, directly or through others, each sorted; the sets by their first.

    Args:
        images: with the content and group of each.
        links: further pairs (indices) that belong together: near-duplicates.

    """
    above = list(range(len(images)))
    for one, other in [*_alike(i.sha256 for i in images), *_alike(i.group for i in images), *links]:
        above[_top(above, one)] = _top(above, other)
    found: dict[int, list[int]] = {}
    for i in range(len(images)):
        found.setdefault(_top(above, i), []).append(i)
    return sorted(found.values())


def _top(above: list[int], i: int) -> int:
    while above[i] != i:
        above[i] = above[above[i]]
        i = above[i]
    return i


def _alike(keys: Iterable[Hashable]) -> list[tuple[int, int]]:
    """(earlier, later) index of each two that follow each other with the same key; empty keys are alike to none."""
    last: dict[Hashable, int] = {}
    pairs = []
    for i, key in enumerate(keys):
        if key:
            if key in last:
                pairs.append((last[key], i))
            last[key] = i
    return pairs
