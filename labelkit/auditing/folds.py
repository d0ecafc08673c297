"""Folds for cross-validation: classes in equal shares, groups whole."""

from __future__ import annotations

import numpy as np

from labelkit.auditing.coding import Codes

FOLDS = 5


def folds(labels: Codes, groups: Codes) -> Codes:
    """The fold of each image, 0 to 4.

    Groups are dealt out like cards, forwards and backwards in turns: class by class (of most of their images), the
    largest first, so that folds are alike in size and in classes. With fewer than five groups there are fewer folds.

    Args:
        labels: index of each image's class.
        groups: number of each image's group, 0 and up, none left out; alone means a group of one.

    """
    several = int(labels.max()) + 1
    table = np.bincount(groups * several + labels, minlength=(int(groups.max()) + 1) * several).reshape(-1, several)
    order = np.lexsort((np.arange(len(table)), -table.sum(axis=1), table.argmax(axis=1)))
    count = min(FOLDS, len(table))
    turn, place = np.divmod(np.arange(len(table)), count)
    fold_of = np.empty(len(table), np.intp)
    fold_of[order] = np.where(turn % 2 == 0, place, count - 1 - place)
    out: Codes = fold_of[groups]
    return out
