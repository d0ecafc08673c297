"""Drags and answers in their order in time."""

from __future__ import annotations

from labelkit.domain.decisions import DecidedBy, Decision, ImageKey, State
from labelkit.sorting.by_hand import Answer, LastWord, last_word, was_heard

KEY = ImageKey("r", "a.png")
GO = Answer("held.csv", "GO", "held.csv:2 says GO")


def decision(label: str, by: DecidedBy, name: str = "", votes: tuple[tuple[str, str], ...] = ()) -> Decision:
    return Decision(KEY, State.LABELED, label, by, name, f"{name} said so", votes)


def word(past: list[Decision], *answers: Answer, dragged: str = "") -> LastWord:
    return last_word(
        [ImageKey("r", "other.png"), KEY],
        before={KEY: past[-1].decided} if past else {},
        dragged={KEY: dragged} if dragged else {},
        given={1: answers} if answers else {},
        history=lambda _: past,
    )


RULE = decision("NG", DecidedBy.RULE, "by_score")
PERSON = decision("NG", DecidedBy.PERSON)
HEARD = decision("GO", DecidedBy.VERDICT, "held.csv", (("held.csv", "GO"),))
LATER = decision("NG", DecidedBy.VERDICT, "later.csv")


def test_without_people_there_is_no_last_word_and_a_new_answer_counts_by_itself() -> None:
    assert word([]) == word([RULE]) == word([RULE], GO) == word([PERSON], GO) == word([LATER], GO) == LastWord()


def test_what_was_decided_by_hand_lasts() -> None:
    assert word([PERSON]) == LastWord(persons={1: "NG"})
    assert word([HEARD]) == LastWord(lasting={1: Answer("held.csv", "GO", "held.csv said so")})
    assert word([HEARD], GO) == word([HEARD]), "the same answer again is the recorded one"
    assert word([HEARD], Answer("new.csv", "GO", "")) == LastWord(), "the new file carries it"


def test_a_drag_of_now_wins_over_everything() -> None:
    stays = LastWord(persons={1: "NG"}, overruled={1: "held.csv:2 says GO, but a person put it into NG: it stays"})
    assert word([RULE], GO, dragged="NG") == word([HEARD], GO, dragged="NG") == stays
    assert word([HEARD], GO, dragged="GO") == LastWord(persons={1: "GO"})


def test_an_answer_heard_before_does_not_come_back() -> None:
    assert word([HEARD, PERSON], GO) == LastWord(
        persons={1: "NG"},
        outdated=frozenset([1]),
        overruled={1: "held.csv:2 says GO, but a person put it into NG: it stays"},
    )
    after = word([HEARD, LATER], GO)
    assert after.lasting == {1: Answer("later.csv", "NG", "later.csv said so")}
    assert after.overruled == {1: "held.csv:2 says GO, but later.csv says NG since: it stays"}
    new = Answer("new.csv", "GO", "new.csv:2 says GO")
    assert word([HEARD, PERSON], GO, new) == LastWord(), "one new answer among old ones is enough"


def test_an_answer_that_lost_against_a_drag_was_heard() -> None:
    lost = decision("NG", DecidedBy.PERSON, votes=(("by_score", "GO"), ("box\\held.csv", "GO")))
    assert was_heard(GO, [RULE, lost])
    assert not was_heard(GO, [HEARD, decision("NG", DecidedBy.VERDICT, "elsewhere/held.csv")])
    assert not was_heard(GO, [decision("GO", DecidedBy.RULE, "held.csv")])
