"""From votes to one verdict an image: the policy, and what becomes of those that it does not settle."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from labelkit.domain.decisions import DecidedBy, State
from labelkit.domain.votes import ABSTAINED, FAILED, NO_VALUE, SPLIT, VoteColumn, VoteKind
from labelkit.sorting.options import Fallback, OnUnsettled, Policy, PolicyKind

STATES: tuple[State, ...] = tuple(State)
NOBODY = -1
ON_ABSTAIN, ON_CONFLICT = -2, -3
"""In `Verdicts.by`: settled by `--on-abstain label:X` or `--on-conflict label:X`."""


_TORN = -2
"""The label of a vote whose rows disagree: it takes part, and agrees with nothing."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """One verdict an image, in columns.

    Attributes:
        labels: all label names; `label` indexes it.
        state: index into STATES, one an image.
        label: index into `labels`, -1 when held.
        by: index of the vote column that decided; NOBODY, ON_ABSTAIN or ON_CONFLICT.

    """

    labels: tuple[str, ...]
    state: array[int]
    label: array[int]
    by: array[int]

    def count(self, state: State) -> int:
        """How many images are in a state."""
        return self.state.count(STATES.index(state))


@dataclass(frozen=True, slots=True)
class _Vote:
    """One vote that was cast: which column, its priority, its label's index."""

    column: int
    priority: int
    label: int


def settle(
    columns: Sequence[VoteColumn],
    *,
    images: int,
    unlisted: Sequence[bool],
    policy: Policy,
    on_abstain: OnUnsettled,
    on_conflict: OnUnsettled,
) -> Verdicts:
    """Decide every image; a person's verdict outranks every other vote, whatever the policy.

    Args:
        columns: the votes, one column a source.
        images: how many images there are.
        unlisted: for each image, whether metadata was given and no row speaks of it.
        policy: how votes become a label.
        on_abstain: what becomes of images that nothing votes on; `error` leaves them held, and the flow stops.
        on_conflict: the same for images whose votes differ.

    """
    labels = _all_labels(columns, policy, on_abstain, on_conflict)
    index = {name: i for i, name in enumerate(labels)}
    maps = [[index[name] for name in c.labels] for c in columns]
    state, label, by = array("b", bytes(images)), array("h", [-1]) * images, array("h", [NOBODY]) * images
    abstain = (index[on_abstain.label], ON_ABSTAIN) if on_abstain.kind is Fallback.LABEL else None
    conflict = (index[on_conflict.label], ON_CONFLICT) if on_conflict.kind is Fallback.LABEL else None
    wanted = index.get(policy.label, -1)
    answers = [c for c, column in enumerate(columns) if column.kind is VoteKind.VERDICT]
    known: dict[tuple[bool, *tuple[int, ...]], tuple[int, int, int]] = {}
    for i, votes in enumerate(zip(unlisted, *(c.codes for c in columns), strict=True)):
        if votes not in known:  # images with the same votes share their verdict, and there are few kinds of these
            found = _answered(columns, maps, answers, i) or _one(
                columns, maps, i, policy=policy, wanted=wanted, unlisted=unlisted[i]
            )
            if found[0] is State.ABSTAINED and abstain:
                found = (State.LABELED, *abstain)
            elif found[0] is State.CONFLICT and conflict:
                found = (State.LABELED, *conflict)
            known[votes] = (STATES.index(found[0]), found[1], found[2])
        state[i], label[i], by[i] = known[votes]
    return Verdicts(labels, state, label, by)


def _all_labels(
    columns: Sequence[VoteColumn], policy: Policy, on_abstain: OnUnsettled, on_conflict: OnUnsettled
) -> tuple[str, ...]:
    named = [name for c in columns for name in c.labels]
    extra = [policy.label, on_abstain.label, on_conflict.label]
    return tuple(dict.fromkeys([*named, *(e for e in extra if e)]))


def _answered(
    columns: Sequence[VoteColumn], maps: list[list[int]], answers: Sequence[int], i: int
) -> tuple[State, int, int] | None:
    """What a person answered; None where nobody did."""
    for c in answers:
        if columns[c].codes[i] >= 0:
            return (State.LABELED, maps[c][columns[c].codes[i]], c)
    return None


def _one(
    columns: Sequence[VoteColumn], maps: list[list[int]], i: int, *, policy: Policy, wanted: int, unlisted: bool
) -> tuple[State, int, int]:
    votes = []
    for c, column in enumerate(columns):
        code = column.codes[i]
        if code >= 0:
            votes.append(_Vote(c, column.priority, maps[c][code]))
        elif code == FAILED:
            return (State.ERROR, -1, NOBODY)
        elif code == SPLIT:
            votes.append(_Vote(c, column.priority, _TORN))
    if not votes:
        return (State.UNLISTED if unlisted else State.ABSTAINED, -1, NOBODY)
    return _chosen(votes, policy, wanted)


def _chosen(votes: list[_Vote], policy: Policy, wanted: int) -> tuple[State, int, int]:
    if policy.kind is PolicyKind.ANY:
        for vote in votes:
            if vote.label == wanted:
                return (State.LABELED, vote.label, vote.column)
    if policy.kind is PolicyKind.MAJORITY:
        return _majority(votes)
    if policy.kind is PolicyKind.PRIORITY:
        top = max(v.priority for v in votes)
        votes = [v for v in votes if v.priority == top]
    if len({v.label for v in votes}) > 1 or votes[0].label == _TORN:
        return (State.CONFLICT, -1, NOBODY)
    return (State.LABELED, votes[0].label, votes[0].column)


def _majority(votes: list[_Vote]) -> tuple[State, int, int]:
    label, n = Counter(v.label for v in votes).most_common(1)[0]
    if n * 2 <= len(votes) or label == _TORN:
        return (State.CONFLICT, -1, NOBODY)
    return (State.LABELED, label, next(v.column for v in votes if v.label == label))


_KINDS = {"column": DecidedBy.COLUMN, "verdict": DecidedBy.VERDICT, "model": DecidedBy.MODEL}


def decided_by(columns: Sequence[VoteColumn], by: int) -> tuple[DecidedBy, str]:
    """The kind and name of what decided, from `Verdicts.by`."""
    if by == NOBODY:
        return DecidedBy.NOBODY, ""
    if by in {ON_ABSTAIN, ON_CONFLICT}:
        return DecidedBy.FALLBACK, "on-abstain" if by == ON_ABSTAIN else "on-conflict"
    return _KINDS.get(columns[by].kind, DecidedBy.RULE), columns[by].name


def votes_of(columns: Sequence[VoteColumn], i: int) -> tuple[tuple[str, str], ...]:
    """Every vote about one image as (source, label or reason); of people's answers only those that there are."""
    return tuple((c.name, told(c, i)) for c in columns if c.kind is not VoteKind.VERDICT or c.codes[i] >= 0)


def told(column: VoteColumn, i: int) -> str:
    """One vote in words."""
    code = column.codes[i]
    if code >= 0:
        return column.labels[code]
    words = {ABSTAINED: "abstains", NO_VALUE: "no value", FAILED: "failed", SPLIT: "its rows vote differently"}
    return column.reasons.get(i, words[code])


def why(columns: Sequence[VoteColumn], i: int, state: State) -> str:
    """One line for a person: why an image is held; empty when it is labeled."""
    if state is State.LABELED:
        return ""
    if state is State.UNLISTED:
        return "no row of the metadata speaks of it"
    if state is State.CONFLICT:
        return "; ".join(f"{c.name} says {told(c, i)}" for c in columns if c.codes[i] >= 0 or c.codes[i] == SPLIT)
    reasons = [told(c, i) for c in columns if c.codes[i] < 0 and (c.codes[i] != ABSTAINED or i in c.reasons)]
    silent = "every rule abstains" if any(c.kind is not VoteKind.VERDICT for c in columns) else "no verdict on it"
    return "; ".join(dict.fromkeys(reasons)) or silent
