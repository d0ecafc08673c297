"""How well one nuisance tells the class: the area under the ROC curve of simple predictors, cross-validated.

Everything is computed from counts (fold, bin, class), so that thousands of permutations cost no pass over the images.
"""

from __future__ import annotations

import numpy as np

from labelkit.auditing.coding import Coded, Codes, Numbers

_SMOOTHING = 4.0
"""Images of the average class shares that each bin is mixed with."""


def counted(coded: Coded, folds: Codes, labels: Codes, classes: int) -> Numbers:
    """Images of each (fold, bin, class): shape (..., folds, bins, classes).

    Args:
        coded: the bins.
        folds: fold of each image.
        labels: class of each image; with more dimensions in front, as many tables.
        classes: how many.

    """
    count = int(folds.max()) + 1
    cells = count * coded.bins * classes
    place = (folds * coded.bins + coded.codes) * classes
    rows = labels.reshape(-1, labels.shape[-1])
    tables = np.stack([np.bincount(place + row, minlength=cells) for row in rows])
    return tables.reshape(*labels.shape[:-1], count, coded.bins, classes).astype(np.float64)


def label_auc(tables: Numbers, *, ordered: bool, starts: tuple[int, ...]) -> Numbers:
    """The area under the ROC curve, each class against the others, mean over the classes; 0.5 says nothing.

    Two predictors are tried and the better is told: the share of the class in the bin, as the other folds have it
    (smoothed, less the share of the class in all of them); and, for numbers, the number itself, in the direction that
    the other folds have. A permutation test has to compute the same of each permutation.

    Args:
        tables: shape (tables, folds, bins, classes).
        ordered: bins have an order.
        starts: the first bin of each bin of the first predictor.

    Returns:
        shape (tables,), 0 to 1.

    """
    told = tables if tables.shape[-1] > 2 else tables[..., 1:]  # noqa: PLR2004 - of two, one is the other's mirror
    others = tables.sum(axis=-1, keepdims=True) - told
    best = _by_share(np.add.reduceat(told, starts, axis=2), np.add.reduceat(others, starts, axis=2))
    return np.maximum(best, _by_number(told, others)) if ordered else best


def _by_share(told: Numbers, others: Numbers) -> Numbers:
    learned, beside = (a.sum(axis=1, keepdims=True) - a for a in (told, others))
    whole = learned.sum(axis=2, keepdims=True)
    prior = whole / np.maximum(whole + beside.sum(axis=2, keepdims=True), 1)
    share = (learned + _SMOOTHING * prior) / (learned + beside + _SMOOTHING)
    return _area(share - prior, told, others)


def _by_number(told: Numbers, others: Numbers) -> Numbers:
    """The number, or its opposite where the other folds have it so."""
    learned, beside = (a.sum(axis=1, keepdims=True) - a for a in (told, others))
    below = np.cumsum(beside, axis=2) - beside / 2
    wins = (learned * below).sum(axis=2, keepdims=True)
    pairs = learned.sum(axis=2, keepdims=True) * beside.sum(axis=2, keepdims=True)
    rank = np.arange(told.shape[2], dtype=np.float64)[:, None] - (told.shape[2] - 1) / 2
    return _area(np.sign(wins - pairs / 2) * rank, told, others)


def _area(score: Numbers, told: Numbers, others: Numbers) -> Numbers:
    """The area for these scores, all folds together; equal scores count half; a class that is not there counts 0.5."""
    flat = (score.shape[0], -1, score.shape[-1])
    score, told, others = (np.round(score, 9).reshape(flat), told.reshape(flat), others.reshape(flat))
    wins = (_wins(score, told, others) + _wins(score[:, ::-1], told[:, ::-1], others[:, ::-1])) / 2
    pairs = told.sum(axis=1) * others.sum(axis=1)
    area = np.where(pairs > 0, wins / np.maximum(pairs, 1), 0.5)
    out: Numbers = area.mean(axis=-1)
    return out


def _wins(score: Numbers, told: Numbers, others: Numbers) -> Numbers:
    """Pairs that the class wins; of equal scores the later cell beats the earlier, so the way back has the rest."""
    order = np.argsort(score, axis=1, kind="stable")
    mine, theirs = (np.take_along_axis(a, order, axis=1) for a in (told, others))
    wins: Numbers = (mine * (np.cumsum(theirs, axis=1) - theirs / 2)).sum(axis=1)
    return wins
