"""Who of the people has the last word on an image: who dragged it now, who answers now, or who did so before."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from labelkit.domain.decisions import Decided, DecidedBy, Decision, ImageKey

BY_HAND = frozenset([DecidedBy.PERSON, DecidedBy.VERDICT])
"""The kinds of decision that a person made; they outrank rules and models, and last."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's answer about one image.

    Attributes:
        name: the file that it came in.
        label: what it says.
        why: where it stands, told to a person (`held.csv:3 says GO`).

    """

    name: str
    label: str
    why: str


@dataclass(frozen=True, slots=True)
class LastWord:
    """What people decided, by image index.

    Attributes:
        persons: images that stand where a person dragged them to: their label.
        lasting: answers of earlier sorts that still hold.
        outdated: images whose answer of this sort does not count: it was heard before, and a person decided since.
        overruled: why an answer of this sort does not decide, one line each.

    """

    persons: Mapping[int, str] = field(default_factory=dict)
    lasting: Mapping[int, Answer] = field(default_factory=dict)
    outdated: frozenset[int] = frozenset()
    overruled: Mapping[int, str] = field(default_factory=dict)


def last_word(
    images: Sequence[ImageKey],
    *,
    before: Mapping[ImageKey, Decided],
    dragged: Mapping[ImageKey, str],
    given: Mapping[int, Sequence[Answer]],
    history: Callable[[ImageKey], Sequence[Decision]],
) -> LastWord:
    """Put drags and answers into their order in time.

    A drag found in this very sort was done on the image itself and wins. Else an answer that was not heard before
    wins over what a person decided in an earlier sort; one that was heard before does not come back.

    Args:
        images: all images, in order.
        before: the decisions in force.
        dragged: images found in another class folder since: its name.
        given: image index to the answers of this sort; those of one image agree.
        history: every decision ever recorded of an image, oldest first; asked only where it matters.

    """
    persons: dict[int, str] = {}
    lasting: dict[int, Answer] = {}
    outdated: set[int] = set()
    overruled: dict[int, str] = {}
    spoken = {key for key, d in before.items() if d.by is DecidedBy.PERSON or d.by is DecidedBy.VERDICT}
    spoken.update(dragged, (images[i] for i in given))
    for i, key in enumerate(images if spoken else ()):
        if key not in spoken:
            continue
        answers, last = given.get(i, ()), _by_hand(before.get(key))
        if key in dragged:
            persons[i] = dragged[key]
        elif last is None or _is_news(answers, last, key, history):
            continue
        elif last.by is DecidedBy.PERSON:
            persons[i] = last.label or ""
        elif not any(a.label == last.label and a.name != last.name for a in answers):
            lasting[i] = Answer(last.name, last.label or "", last.why)
        stands = persons.get(i, last.label if last is not None else None)
        if answers and answers[0].label != stands:
            overruled[i] = f"{answers[0].why}, but {_since(i in persons, stands, last)}: it stays"
            outdated.update([] if key in dragged else [i])
    return LastWord(persons, lasting, frozenset(outdated), overruled)


def _by_hand(decision: Decided | None) -> Decided | None:
    return decision if decision is not None and decision.by in BY_HAND and decision.label is not None else None


def _is_news(
    answers: Sequence[Answer], last: Decided, key: ImageKey, history: Callable[[ImageKey], Sequence[Decision]]
) -> bool:
    """Whether these answers differ from the last word and were not heard before."""
    if not answers or answers[0].label == last.label:
        return False
    told = history(key)
    return any(not was_heard(a, told) for a in answers)


def was_heard(answer: Answer, history: Sequence[Decision]) -> bool:
    """Whether the latest answer recorded from a file of this name is this one; folders do not tell files apart."""
    name = posixpath.basename(answer.name.replace("\\", "/"))
    told = [label for d in history for source, label in _answers_in(d) if posixpath.basename(source) == name]
    return bool(told) and told[-1] == answer.label


def _answers_in(decision: Decision) -> list[tuple[str, str]]:
    own = [(decision.name, decision.label or "")] if decision.by is DecidedBy.VERDICT else []
    return [(source.replace("\\", "/"), label) for source, label in [*decision.votes, *own]]


def _since(dragged: bool, stands: str | None, last: Decided | None) -> str:  # noqa: FBT001 - one inner call
    if dragged or last is None:
        return f"a person put it into {stands}"
    return f"{last.name} says {stands} since"
