from __future__ import annotations

from array import array

import pytest

from labelkit.domain.decisions import DecidedBy, State
from labelkit.domain.errors import UsageError
from labelkit.domain.votes import ABSTAINED, FAILED, NO_VALUE, SPLIT, VoteColumn, VoteKind
from labelkit.sorting.analysis import analyse
from labelkit.sorting.options import Fallback, OnUnsettled, PolicyKind, parse_on_unsettled, parse_policy
from labelkit.sorting.policy import STATES, Verdicts, decided_by, settle, votes_of, why

GO, NG = 0, 1


def column(name: str, codes: list[int], priority: int = 1) -> VoteColumn:
    reasons = {i: "no value: score" for i, c in enumerate(codes) if c == NO_VALUE}
    return VoteColumn(name, VoteKind.FUNCTION, priority, ("GO", "NG"), array("h", codes), reasons)


def settled(columns: list[VoteColumn], policy: str = "priority", on_abstain: str = "hold") -> Verdicts:
    images = len(columns[0].codes)
    return settle(
        columns,
        images=images,
        unlisted=[False] * images,
        policy=parse_policy(policy),
        on_abstain=parse_on_unsettled(on_abstain, option="--on-abstain"),
        on_conflict=OnUnsettled(),
    )


def outcome(v: Verdicts, i: int = 0) -> str:
    return v.labels[v.label[i]] if v.label[i] >= 0 else str(STATES[v.state[i]])


@pytest.mark.parametrize(
    ("policy", "votes", "expected"),
    [
        ("priority", [(GO, 2), (NG, 1)], "GO"),
        ("priority", [(ABSTAINED, 2), (NG, 1)], "NG"),
        ("priority", [(GO, 1), (NG, 1)], "conflict"),
        ("priority", [(GO, 1), (GO, 1)], "GO"),
        ("priority", [(SPLIT, 1), (NG, 2)], "NG"),
        ("priority", [(SPLIT, 2), (NG, 1)], "conflict"),
        ("priority", [(NO_VALUE, 2), (ABSTAINED, 1)], "abstained"),
        ("priority", [(FAILED, 1), (GO, 9)], "error"),
        ("unanimous", [(GO, 2), (NG, 1)], "conflict"),
        ("unanimous", [(GO, 2), (GO, 1)], "GO"),
        ("majority", [(GO, 1), (NG, 1), (NG, 1)], "NG"),
        ("majority", [(GO, 9), (NG, 1)], "conflict"),
        ("any:NG", [(GO, 9), (GO, 9), (NG, 1)], "NG"),
        ("any:NG", [(GO, 9), (GO, 1)], "GO"),
    ],
)
def test_policies(policy: str, votes: list[tuple[int, int]], expected: str) -> None:
    columns = [column(f"rule{i}", [code], priority) for i, (code, priority) in enumerate(votes)]
    assert outcome(settled(columns, policy)) == expected


def test_an_abstained_image_may_be_given_a_label_and_counts_as_labeled() -> None:
    columns = [column("rule", [ABSTAINED, NG])]
    v = settled(columns, on_abstain="label:REWORK")
    assert [outcome(v, i) for i in (0, 1)] == ["REWORK", "NG"]
    assert decided_by(columns, v.by[0]) == (DecidedBy.FALLBACK, "on-abstain")
    assert decided_by(columns, v.by[1]) == (DecidedBy.RULE, "rule")
    assert v.count(State.LABELED) == 2


@pytest.mark.parametrize("policy", ["priority", "unanimous", "majority", "any:NG"])
def test_a_persons_verdict_outranks_every_vote_and_a_failure_whatever_the_policy(policy: str) -> None:
    votes = [column("rule", [NG, NG, FAILED, ABSTAINED], 99), column("other", [NG, NG, NG, ABSTAINED], 98)]
    verdicts = VoteColumn("held.csv", VoteKind.VERDICT, 0, ("GO",), array("h", [0, ABSTAINED, 0, ABSTAINED]))
    v = settled([*votes, verdicts], policy)
    assert [outcome(v, i) for i in range(4)] == ["GO", "NG", "GO", "abstained"]
    assert decided_by([*votes, verdicts], v.by[0]) == (DecidedBy.VERDICT, "held.csv")
    assert votes_of([*votes, verdicts], 1) == (("rule", "NG"), ("other", "NG"))
    assert why([verdicts], 3, State.ABSTAINED) == "no verdict on it"


def test_unlisted_is_not_abstained() -> None:
    columns = [column("rule", [ABSTAINED, ABSTAINED, GO])]
    v = settle(
        columns,
        images=3,
        unlisted=[True, False, True],
        policy=parse_policy("priority"),
        on_abstain=OnUnsettled(),
        on_conflict=OnUnsettled(Fallback.LABEL, "NG"),
    )
    assert [outcome(v, i) for i in range(3)] == ["unlisted", "abstained", "GO"]


def test_why_names_the_missing_value_and_both_sides_of_a_conflict() -> None:
    columns = [column("a", [NO_VALUE, GO]), column("b", [ABSTAINED, NG])]
    assert why(columns, 0, State.ABSTAINED) == "no value: score"
    assert why(columns, 1, State.CONFLICT) == "a says GO; b says NG"


@pytest.mark.parametrize("text", ["first", "any", "any:", "Majority"])
def test_an_unknown_policy_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="unknown policy"):
        parse_policy(text)


def test_policies_are_read() -> None:
    assert parse_policy("any:NG").label == "NG"
    assert parse_policy("majority").kind is PolicyKind.MAJORITY


@pytest.mark.parametrize("text", ["drop", "label:", "label:../x", "label:CON"])
def test_a_fallback_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_on_unsettled(text, option="--on-abstain")


def test_statistics_are_snorkels() -> None:
    columns = [column("a", [GO, NG, ABSTAINED, NO_VALUE]), column("b", [GO, GO, NG, FAILED], priority=0)]
    a, b = analyse(columns, settled(columns))
    assert (a.coverage, a.overlaps, a.conflicts) == (0.5, 0.5, 0.25)
    assert (b.coverage, b.overlaps, b.conflicts) == (0.75, 0.5, 0.25)
    assert (a.decided, b.decided) == (2, 1)
    assert (a.no_value, b.errors) == (1, 1)
    assert a.polarity == ("GO", "NG")
