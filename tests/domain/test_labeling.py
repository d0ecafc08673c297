"""The decorators of a rules file: what they take, and what they refuse at once."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest

from labelkit.domain.errors import RulesError
from labelkit.domain.labeling import ABSTAIN, LabelingFunction, feature, labeling_function


def test_abstain_is_one_false_value_in_every_process() -> None:
    assert pickle.loads(pickle.dumps(ABSTAIN)) is ABSTAIN  # noqa: S301, TID251 - our own bytes
    assert not ABSTAIN
    assert repr(ABSTAIN) == "ABSTAIN"


def test_both_spellings_of_the_decorator_give_a_callable_rule() -> None:
    @labeling_function
    def bare(row: float) -> str:
        return "GO" if row > 1 else "NG"

    @labeling_function(name="named", columns=["score"], labels=["GO"], priority=3)
    def other(x: float, gray: object, *, limit: float = 2) -> object:
        return "GO" if x > limit and gray is None else ABSTAIN

    assert (bare.name, bare.wants_row, bare.features, bare.parameters) == ("bare", True, (), {})
    assert (other.name, other.columns, other.labels, other.priority) == ("named", ("score",), ("GO",), 3)
    assert (other.wants_row, other.features, other.parameters) == (True, ("gray",), {"limit": 2.0})
    assert bare(2.0) == "GO"
    assert other(3.0, None, limit=4.0) is ABSTAIN


def test_a_default_of_a_fraction_annotated_whole_number_is_a_fraction() -> None:
    @labeling_function
    def f(row: object, *, a: float = 80, b: int = 80, c: str = "x", d: bool = True) -> str:
        return f"{row}{a}{b}{c}{d}"

    assert [type(v) for v in f.parameters.values()] == [float, int, str, bool]


def _any(*row: object) -> str:
    return str(row)


def _keywords(row: object, **more: object) -> str:
    return str((row, more))


def _no_default(row: object, *, limit: float) -> str:
    return str((row, limit))


def _odd_default(row: object, *, limit: tuple[int, ...] = (1, 2)) -> str:
    return str((row, limit))


def _before_star(row: object, limit: float = 3) -> str:
    return str((row, limit))


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (_any, r"cannot be filled"),
        (_keywords, r"cannot be filled"),
        (_no_default, r"'limit' needs a default"),
        (_odd_default, r"'limit' needs a default"),
        (_before_star, r"'limit' has a default, so it is a parameter"),
    ],
)
def test_a_signature_that_cannot_be_called_is_refused_with_its_place(
    function: Callable[..., object], message: str
) -> None:
    with pytest.raises(RulesError, match=message) as caught:
        labeling_function(function)
    assert caught.value.place == f"{__file__}:{function.__code__.co_firstlineno}"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": "GO"}, "labels must be a list, not the text 'GO'"),
        ({"columns": "score"}, "columns must be a list, not the text 'score'"),
        ({"labels": ["GO", "GO"]}, "labels names 'GO' twice"),
        ({"labels": ["a/b"]}, "the label 'a/b' cannot be a class folder"),
        ({"labels": ["CON"]}, "the label 'CON' cannot be a class folder"),
    ],
)
def test_labels_and_columns_are_lists_of_names(options: dict[str, list[str]], message: str) -> None:
    with pytest.raises(RulesError, match=message):
        _decorated(**options)


def test_number_labels_become_text() -> None:
    assert _decorated(labels=[60, 100]).labels == ("60", "100")  # type: ignore[list-item]  # what a person might write


def test_a_feature_takes_other_features_only() -> None:
    @feature
    def edges(gray: float) -> float:
        return gray * 2

    assert (edges.name, edges.inputs, edges(3.0)) == ("edges", ("gray",), 6.0)
    with pytest.raises(RulesError, match="takes no keyword-only parameters: limit"):

        @feature
        def broken(gray: float, *, limit: float = 1) -> float:
            return gray * limit


def _decorated(labels: list[str] | None = None, columns: list[str] | None = None) -> LabelingFunction:
    @labeling_function(labels=labels or [], columns=columns or [])
    def f(row: object) -> str:
        return str(row)

    return f
