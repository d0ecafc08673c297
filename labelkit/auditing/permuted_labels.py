"""Labels as chance would deal them: groups whole, images within a group at random."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from labelkit.auditing.coding import Codes

_AT_ONCE = 50


def permuted(labels: Codes, groups: Codes, rng: np.random.Generator, count: int) -> Iterator[Codes]:
    """Permutations of labels, some dozens at a time: each of shape (some, images).

    Each group is given the labels of another one, drawn at random, and within it they are dealt out at random. So what
    is the same for a whole group has as many chances as there are groups, not images. Where sizes differ the labels of
    the other group are repeated or cut; then the test is approximate (Winkler et al., NeuroImage 2015, on whole-block
    exchange).

    Args:
        labels: class of each image.
        groups: number of each image's group, 0 and up, none left out.
        rng: of the permutations.
        count: how many in all.

    """
    alone = int(groups.max()) + 1 == len(groups)
    blocks = None if alone else _Blocks(labels, groups)
    for begin in range(0, count, _AT_ONCE):
        some = min(_AT_ONCE, count - begin)
        if blocks is None:
            yield rng.permuted(np.tile(labels, (some, 1)), axis=1)
        else:
            yield blocks.drawn(rng, some)


class _Blocks:
    """Labels held group by group."""

    def __init__(self, labels: Codes, groups: Codes) -> None:
        self.order = np.argsort(groups, kind="stable")
        self.labels, self.groups = labels[self.order], groups[self.order]
        self.sizes = np.bincount(groups)
        self.starts = np.cumsum(self.sizes) - self.sizes
        self.place = np.arange(len(groups)) - self.starts[self.groups]

    def drawn(self, rng: np.random.Generator, some: int) -> Codes:
        """So many permutations, in the order of the images: shape (some, images).

        The images of a group are shuffled once for all of them; then each permutation turns every group by a random
        step, which costs no sorting.
        """
        shuffled = self.labels[np.argsort(self.groups + rng.random(len(self.groups)), kind="stable")]
        out = np.empty((some, len(self.groups)), np.intp)
        for row in out:
            source = rng.permutation(len(self.sizes))
            step = rng.integers(self.sizes[source])
            giver = source[self.groups]
            row[self.order] = shuffled[self.starts[giver] + (self.place + step[self.groups]) % self.sizes[giver]]
        return out
