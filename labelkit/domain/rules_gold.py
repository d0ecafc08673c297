"""Rules and decisions beside true labels."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleAccuracy:
    """How often one rule was right: images of known truth that it voted on, and those on which it said the truth."""

    name: str
    voted: int
    correct: int

    @property
    def accuracy(self) -> float | None:
        """Share of its votes that were right; None where it voted on none."""
        return self.correct / self.voted if self.voted else None


@dataclass(frozen=True, slots=True)
class GoldCounts:
    """Decisions beside the truth. A held image is neither let through nor rejected.

    Attributes:
        known: images whose truth is known.
        decided: of these, labeled ones.
        correct: of the labeled ones, those with their true label.
        rejects: true rejects among the known ones; 0 where no reject class is known.
        escaped: true rejects that got another label.
        good: the other known images; 0 where no reject class is known.
        overkilled: good ones that got the reject label.

    """

    known: int
    decided: int
    correct: int
    rejects: int = 0
    escaped: int = 0
    good: int = 0
    overkilled: int = 0

    @property
    def wrong(self) -> int:
        """Labeled images whose label is not the true one."""
        return self.decided - self.correct

    @property
    def accuracy(self) -> float | None:
        """Share of the labeled images that have their true label."""
        return self.correct / self.decided if self.decided else None

    @property
    def escape(self) -> float | None:
        """Share of true rejects let through."""
        return self.escaped / self.rejects if self.rejects else None

    @property
    def overkill(self) -> float | None:
        """Share of good images rejected."""
        return self.overkilled / self.good if self.good else None


@dataclass(frozen=True, slots=True)
class GoldReport:
    """Rules and decisions beside a column of true labels.

    Attributes:
        column: its name.
        reject: the class that escape and overkill speak of, or None.
        rules: one a rule.
        decision: of what the policy made of their votes.

    """

    column: str
    reject: str | None
    rules: tuple[RuleAccuracy, ...]
    decision: GoldCounts
