"""Votes and decisions beside true labels: who was right, what was let through, and what was rejected for nothing."""

from __future__ import annotations

from collections.abc import Sequence

from labelkit.domain.rules_gold import GoldCounts, RuleAccuracy
from labelkit.domain.rules_tuning import Weights
from labelkit.domain.votes import VoteColumn
from labelkit.sorting.policy import Verdicts


def judge_rules(columns: Sequence[VoteColumn], gold: VoteColumn) -> tuple[RuleAccuracy, ...]:
    """Each rule beside the truth, on the images that it voted on and whose truth is known."""
    return tuple(_accuracy(column, gold) for column in columns)


def _accuracy(column: VoteColumn, gold: VoteColumn) -> RuleAccuracy:
    pairs = [
        (column.labels[said], gold.labels[true])
        for said, true in zip(column.codes, gold.codes, strict=True)
        if said >= 0 and true >= 0
    ]
    return RuleAccuracy(column.name, len(pairs), sum(said == true for said, true in pairs))


def judge_decisions(verdicts: Verdicts, gold: VoteColumn, reject: str | None) -> GoldCounts:
    """The decisions beside the truth; escape and overkill count only where a reject class is known."""
    known = decided = correct = rejects = escaped = good = overkilled = 0
    for code, true_code in zip(verdicts.label, gold.codes, strict=True):
        if true_code < 0:
            continue
        true, said = gold.labels[true_code], verdicts.labels[code] if code >= 0 else None
        known += 1
        decided += said is not None
        correct += said == true
        if reject is not None and true == reject:
            rejects += 1
            escaped += said is not None and said != reject
        elif reject is not None:
            good += 1
            overkilled += said == reject
    return GoldCounts(known, decided, correct, rejects, escaped, good, overkilled)


def cost_of(gold: GoldCounts, held: int, weights: Weights, *, reject_known: bool) -> float:
    """What the mistakes cost; without a reject class every wrong label costs as much as an overkill."""
    if not reject_known:
        return gold.wrong * weights.overkill + held * weights.held
    others = gold.wrong - gold.escaped - gold.overkilled  # one good class taken for another
    return gold.escaped * weights.escape + (gold.overkilled + others) * weights.overkill + held * weights.held
