"""The normal form of expressions: the same tree when read again; and the numbers at which they change."""

from __future__ import annotations

import pytest

from labelkit.plugins.expressions.bounds import bounds_of, holds_at
from labelkit.plugins.expressions.normal import normal_form
from labelkit.plugins.expressions.parser import parse_condition
from labelkit.plugins.expressions.rule import parse_rule
from labelkit.plugins.expressions.tree import names


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("score>=80", "score >= 80"),
        ("((score)) = 8e1", "score == 80"),
        ("a <> 'it''s'", "a != 'it''s'"),
        ("a between 1 and 2.50", "a >= 1 and a <= 2.5"),
        ("a in ['x', 'y']", "a == 'x' or a == 'y'"),
        ("not (a == 1 or b == 2) and c is not missing", "not (a == 1 or b == 2) and c is not missing"),
        ("(a == 1 and b == 2) or c == 3", "(a == 1 and b == 2) or c == 3"),
        ("a - (b - c) * 2 > -(d + 1)", "a - (b - c) * 2 > -(d + 1)"),
        ("(a - b) - c / (d / e) > 0.1", "a - b - c / (d / e) > 0.1"),
        ("[Los Nr.] == 'A' and [not] > 1", "[Los Nr.] == 'A' and [not] > 1"),
        ("[a]]b] > 1", "[a]]b] > 1"),
        ("[temp [C]]] > 1", "[temp [C]]] > 1"),
        ("a > 1234567890123.4567", "a > 1234567890123.4568"),
    ],
)
def test_the_normal_form_says_the_same_in_one_way(text: str, normal: str) -> None:
    told = normal_form(parse_condition(text))
    assert told == normal
    assert normal_form(parse_condition(told)) == told


def test_a_closing_bracket_in_a_columns_name_is_doubled() -> None:
    assert names(parse_condition("[a]]b] > [c]]]]] * 2 and [[d] is missing")) == ("a]b", "c]]", "[d")


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("score >= 80 -> GO", (80,)),
        ("80 <= score and not score > 90 -> GO", (80, 90)),
        ("score * 2 - 10 > 100 -> GO", (55,)),
        ("(score + 1) / 4 == 5 or -score < 3 -> GO", (-3, 19)),
        ("score is missing -> GO", ()),
        ("score + 1 > score -> GO", ()),
    ],
)
def test_the_numbers_at_which_a_rule_changes(text: str, bounds: tuple[float, ...]) -> None:
    assert bounds_of(parse_rule(text), ["score"]) == ("score", bounds)


@pytest.mark.parametrize(
    "text", ["score > 1 and lot > 2 -> GO", "lot == 'A' -> GO", "score * score > 4 -> GO", "1 / score > 2 -> GO"]
)
def test_rules_that_lie_on_no_line(text: str) -> None:
    assert bounds_of(parse_rule(text), ["score", "lot"]) is None


def test_a_rule_is_asked_about_single_numbers() -> None:
    rule = parse_rule("score > 80 -> GO")
    assert [holds_at(rule, "score", x, is_column=True) for x in (79.9, 80.0, 80.1, 1e300)] == [False, False, True, True]
    dark = parse_rule("brightness < 20 -> NG")
    assert [holds_at(dark, "brightness", x, is_column=False) for x in (19.9, 20.0)] == [True, False]
