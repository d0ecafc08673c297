"""How good a classifier is, in numbers that a person can follow."""

from __future__ import annotations

import math
from dataclasses import dataclass

FEW = 100
"""Below so many validation images the interval of the accuracy is told: it is wider than about 20 points at 50 %."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """A classifier judged on images it did not learn from.

    Attributes:
        classes: class names; index 0 first.
        confusion: `confusion[i][j]`: images that really are class i and were said to be class j.
        cross_entropy: mean negative log likelihood of the true class, in nats, computed from logits.
        prior_cross_entropy: the same for someone who knows nothing but the class shares of the training images.
        pr_auc: average precision, 0 to 1; of the class `auc_of`, or the mean over the classes; NaN for one class only.
        roc_auc: chance that an image of the class gets more of it than one of another class, 0 to 1; ties count half.
            Of the class `auc_of`, or the mean over the classes; NaN where only one class occurs.
        auc_of: the class that the two areas speak of; None: the mean over the classes.
        accuracy_interval: exact 95 % interval of the accuracy (Clopper and Pearson 1934).
        guess: the class that someone would say who always says the most common one.
        reject: the class that escape and overkill speak of, or None.
        escape_interval, overkill_interval: exact 95 % intervals of the two shares; None where there is no share.

    """

    classes: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    cross_entropy: float
    prior_cross_entropy: float
    pr_auc: float
    roc_auc: float
    auc_of: str | None
    accuracy_interval: tuple[float, float]
    guess: str
    reject: str | None = None
    escape_interval: tuple[float, float] | None = None
    overkill_interval: tuple[float, float] | None = None

    @property
    def images(self) -> int:
        """How many images were judged."""
        return sum(map(sum, self.confusion))

    @property
    def accuracy(self) -> float:
        """Share of images said rightly, 0 to 1."""
        return sum(row[i] for i, row in enumerate(self.confusion)) / self.images

    @property
    def balanced_accuracy(self) -> float:
        """Mean over the classes that occur of the share said rightly, 0 to 1."""
        shares = [row[i] / sum(row) for i, row in enumerate(self.confusion) if sum(row)]
        return sum(shares) / len(shares)

    @property
    def guess_accuracy(self) -> float:
        """Accuracy of always saying `guess`."""
        return sum(self.confusion[self.classes.index(self.guess)]) / self.images

    @property
    def guess_balanced_accuracy(self) -> float:
        """Balanced accuracy of always saying one class: one over the number of classes that occur."""
        return 1 / sum(1 for row in self.confusion if sum(row))

    @property
    def likelihood(self) -> float:
        """The geometric mean probability that the model gives to the true class: exp(-cross-entropy)."""
        return math.exp(-self.cross_entropy)

    @property
    def prior_likelihood(self) -> float:
        """The same for the class shares alone."""
        return math.exp(-self.prior_cross_entropy)

    @property
    def escaped(self) -> tuple[int, int]:
        """(true rejects let through, true rejects); (0, 0) where no reject class is known."""
        if self.reject is None:
            return 0, 0
        r = self.classes.index(self.reject)
        row = self.confusion[r]
        return sum(row) - row[r], sum(row)

    @property
    def overkilled(self) -> tuple[int, int]:
        """(good images rejected, good images); (0, 0) where no reject class is known."""
        if self.reject is None:
            return 0, 0
        r = self.classes.index(self.reject)
        good = [row for i, row in enumerate(self.confusion) if i != r]
        return sum(row[r] for row in good), sum(map(sum, good))

    @property
    def escape(self) -> float | None:
        """Share of true rejects let through; None where no reject class is known or none occurs."""
        return _share(*self.escaped)

    @property
    def overkill(self) -> float | None:
        """Share of good images rejected; None where no reject class is known or no good image occurs."""
        return _share(*self.overkilled)

    def as_json(self) -> dict[str, object]:
        """The contract's `metrics` object."""
        return {
            "accuracy": self.accuracy,
            "accuracy_interval": list(self.accuracy_interval),
            "balanced_accuracy": self.balanced_accuracy,
            "cross_entropy": self.cross_entropy,
            "prior_cross_entropy": self.prior_cross_entropy,
            "pr_auc": self.pr_auc,
            "roc_auc": self.roc_auc,
            "pr_auc_of": self.auc_of,
            "confusion": [list(row) for row in self.confusion],
            "escape": self.escape,
            "escape_interval": list(self.escape_interval) if self.escape_interval else None,
            "overkill": self.overkill,
            "overkill_interval": list(self.overkill_interval) if self.overkill_interval else None,
        }


def _share(some: int, whole: int) -> float | None:
    return some / whole if whole else None
