"""The band of confidence: what is a vote, what abstains, what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.domain.decisions import ImageKey
from labelkit.domain.errors import DataError, UsageError
from labelkit.domain.predicted import PredictedLine, PredictionsFile, not_sure
from labelkit.domain.votes import ABSTAINED, NO_VALUE
from labelkit.sorting.answers import GivenVotes
from labelkit.sorting.predicted import Confidence, model_votes, parse_confidence

IMAGES = [ImageKey("r", f"{name}.png") for name in "abcd"]


def votes(lines: list[PredictedLine], found: dict[int, int], bounds: list[str]) -> GivenVotes:
    file = PredictionsFile("p.jsonl", "0" * 64, ("GO", "NG"), tuple(lines))
    return model_votes(file, found, IMAGES, parse_confidence(bounds))


def test_each_line_becomes_a_vote_or_a_reason() -> None:
    lines = [
        PredictedLine(1, "a.png", "NG", 0.6),
        PredictedLine(2, "b.png", "GO", 0.989),
        PredictedLine(3, "c.png", fault="no value: cannot be decoded"),
        PredictedLine(4, "z.png", "GO", 1.0),
    ]
    found = votes(lines, {0: 0, 1: 1, 2: 2}, ["NG=0.6", "GO=0.99"])
    assert found.labels == {0: "NG"}
    assert found.whys == {0: "p.jsonl:1 says NG (0.6)"}
    assert found.abstains == {1: "model not sure: GO 0.98 < 0.99"}
    assert found.no_value == {2: "no value: cannot be decoded", 3: "no prediction"}
    assert found.missing == (("p.jsonl:4", "z.png"),)
    assert found.said == (
        "p.jsonl: 1 prediction sure enough (NG 1), 1 not sure, 1 without a value, 1 without its image",
    )
    column = found.column(4, priority=3)
    assert list(column.codes) == [0, ABSTAINED, NO_VALUE, NO_VALUE]
    assert (column.label(0), column.priority) == ("NG", 3)


def test_the_less_sure_of_two_equal_predictions_counts_and_different_ones_are_refused() -> None:
    twice = [PredictedLine(1, "a.png", "NG", 0.99), PredictedLine(2, "./a.png", "NG", 0.7)]
    assert votes(twice, {0: 0, 1: 0}, []).abstains == {0: "model not sure: NG 0.70 < 0.9"}
    beside_error = [PredictedLine(1, "a.png", fault="x"), PredictedLine(2, "a.png", "NG", 0.95)]
    assert votes(beside_error, {0: 0, 1: 0}, []).labels == {0: "NG"}
    differ = [PredictedLine(1, "a.png", "NG", 0.99), PredictedLine(2, "a.png", "GO", 0.99)]
    with pytest.raises(DataError, match=r"two predictions of a.png: p.jsonl:1 says NG, p.jsonl:2 says GO"):
        votes(differ, {0: 0, 1: 0}, [])


@pytest.mark.parametrize("words", [["0"], ["1.01"], ["-1"], ["nan"], ["high"], ["NG="], ["NG=2"], ["NG=0.6", "NG=0.7"]])
def test_bounds_that_are_none_are_wrong_usage(words: list[str]) -> None:
    with pytest.raises(UsageError, match="--min-confidence"):
        parse_confidence(words)


def test_bounds_fit_the_classes() -> None:
    assert parse_confidence(["0.8", "a=b=0.5", "0.8"]) == Confidence(0.8, {"a=b": 0.5})
    with pytest.raises(UsageError, match=r"--min-confidence 0.49 holds nothing back"):
        votes([], {}, ["NG=0.49"])
    with pytest.raises(UsageError, match="names 'N', which the predictions do not"):
        votes([], {}, ["N=0.9"])
    three = PredictionsFile("p", "", ("A", "B", "C"), (PredictedLine(1, "a.png", "A", 0.4),))
    assert model_votes(three, {0: 0}, IMAGES, Confidence(0.4)).labels == {0: "A"}


@given(st.floats(0, 1), st.floats(0.01, 1))
def test_what_is_told_is_never_over_the_bound(probability: float, bound: float) -> None:
    if probability < bound:
        told = not_sure("NG", probability, bound).split()
        assert float(told[-3]) <= probability
