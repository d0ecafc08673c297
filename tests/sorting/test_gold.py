from __future__ import annotations

from array import array

from labelkit.domain.rules_gold import GoldCounts
from labelkit.domain.rules_tuning import Weights
from labelkit.domain.votes import VoteColumn, VoteKind
from labelkit.sorting.disagreements import disagreements
from labelkit.sorting.gold import cost_of, judge_decisions, judge_rules
from labelkit.sorting.policy import Verdicts


def votes(name: str, codes: list[int], labels: tuple[str, ...] = ("GO", "NG")) -> VoteColumn:
    return VoteColumn(name, VoteKind.FUNCTION, 1, labels, array("h", codes))


GOLD = votes("truth", [1, 1, 1, 0, 0, 0, -2], ("GO", "NG"))


def test_rules_are_judged_on_what_they_voted_on_and_is_known() -> None:
    found = judge_rules([votes("a", [1, 0, -1, 0, 1, -1, 0]), votes("b", [-1] * 7)], GOLD)
    assert [(r.name, r.voted, r.correct, r.accuracy) for r in found] == [("a", 4, 2, 0.5), ("b", 0, 0, None)]


def test_held_images_are_neither_escapes_nor_overkill() -> None:
    label = array("h", [0, 1, -1, 0, 1, -1, 0])  # of ("NG", "GO"): another order than the truth's
    verdicts = Verdicts(("NG", "GO"), array("b", bytes(7)), label, array("h", [0] * 7))
    found = judge_decisions(verdicts, GOLD, "NG")
    assert (found.known, found.decided, found.correct) == (6, 4, 2)
    assert (found.escape, found.overkill) == (1 / 3, 1 / 3)
    unknown = judge_decisions(verdicts, GOLD, None)
    assert (unknown.correct, unknown.escape, unknown.overkill) == (2, None, None)


def test_costs_are_weighed() -> None:
    counts = GoldCounts(known=10, decided=9, correct=5, rejects=4, escaped=1, good=6, overkilled=2)
    assert cost_of(counts, 1, Weights(50, 1, 3), reject_known=True) == 50 + 2 + 1 + 3
    assert cost_of(counts, 1, Weights(50, 1, 3), reject_known=False) == 4 + 3


def test_disagreements_name_the_pair_and_the_first_images() -> None:
    columns = [
        votes("a", [0, 0, 0, -1]),
        votes("b", [1, 1, 0, 0]),
        votes("c", [0, 1, -1, -3], ("NG", "GO")),  # the same labels in another order
    ]
    found = disagreements(columns, ["0.png", "1.png", "2.png", "3.png"])
    assert [(p.first, p.second, p.images, p.examples) for p in found] == [
        ("a", "b", 2, ("0.png", "1.png")),
        ("a", "c", 1, ("0.png",)),
        ("b", "c", 1, ("1.png",)),
    ]
    assert disagreements([], []) == ()
