"""Reading rules in words: what is taken, and how each fault is told."""

from __future__ import annotations

import time

import pytest

from labelkit.domain.errors import RulesError
from labelkit.plugins.expressions.parser import parse_condition
from labelkit.plugins.expressions.rule import check_names, parse_rule
from labelkit.plugins.expressions.tree import And, Arithmetic, Comparison, Missing, Name, Not, Number, Or, Text, names


def test_a_rule_has_a_condition_and_a_label() -> None:
    rule = parse_rule("score >= 80 -> GO")
    assert rule.label == "GO"
    assert rule.name == "score >= 80 -> GO"
    assert rule.condition == Comparison(">=", Name("score", 0), Number(80.0, 9), 6)


@pytest.mark.parametrize("arrow", ["->", " -> ", "→", " ->  "])
def test_the_label_stands_behind_the_arrow(arrow: str) -> None:
    assert parse_rule(f"score >= 80{arrow}GO").label == "GO"


@pytest.mark.parametrize(
    ("text", "label"), [("a == 1 -> '60'", "60"), ('a == 1 -> "x y"', "x y"), ("a == 1 -> 60", "60")]
)
def test_a_label_may_stand_in_quotes(text: str, label: str) -> None:
    assert parse_rule(text).label == label


def test_and_binds_closer_than_or_and_not_closer_than_and() -> None:
    node = parse_condition("a == 1 or not b == 2 and c == 3")
    assert isinstance(node, Or)
    assert isinstance(node.parts[1], And)
    assert isinstance(node.parts[1].parts[0], Not)


def test_products_bind_closer_than_sums_and_both_from_the_left() -> None:
    node = parse_condition("a - b - c * 2 > -1")
    assert isinstance(node, Comparison)
    assert isinstance(node.left, Arithmetic)
    assert (node.left.sign, node.left.left.__class__, node.left.right.__class__) == ("-", Arithmetic, Arithmetic)


def test_brackets_name_columns_and_after_in_they_make_a_list() -> None:
    node = parse_condition("[検査 No.] in ['7', [Los Nr.], 3]")
    assert names(node) == ("検査 No.", "Los Nr.")
    assert isinstance(node, Or)
    assert len(node.parts) == 3


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a in ['x']", "a == 'x'"),
        ("a <> 1", "a != 1"),
        ("a = 1", "a == 1"),
        ("A == 1 AND b IS MISSING", "A == 1 and b is missing"),
        ("判定 == 'it''s'", '判定 == "it\'s"'),
    ],
)
def test_other_spellings(text: str, same: str) -> None:
    assert _shape(parse_condition(text)) == _shape(parse_condition(same))


def test_between_includes_both_ends() -> None:
    node = parse_condition("a not between 1 and 2")
    assert _shape(node) == _shape(parse_condition("not (a >= 1 and a <= 2)"))


def test_missing_asks_about_a_column() -> None:
    assert parse_condition("a is not missing") == Not(Missing(Name("a", 0), 0), 0)


@pytest.mark.parametrize(
    ("text", "message", "caret"),
    [
        ("score >> 80 -> GO", "expected a column, a number or a text, found '>'", 7),
        ("score -> GO", "expected a comparison here, found only a value", 0),
        ("score >= 80", "expected 'and', 'or' or an arrow and a label", 11),
        ("score >= 80 ->", "expected a label after the arrow, but it is empty", 14),
        ("GO -> score >= 80", "expected a comparison here, found only a value", 0),
        ("score >= 80 -> a/b", "expected a label after the arrow, but it holds a character", 15),
        ("60 < score < 80 -> GO", "comparisons do not chain", 11),
        ("score >= '80 -> GO", "this text is not closed", 9),
        ("[score >= 80 -> GO", "this bracket is not closed", 0),
        ("[] >= 80 -> GO", "no column name in these brackets", 0),
        ("score >= 80 && a == 1 -> GO", "'&' means nothing here", 12),
        ("score ≥ 80 -> GO", "'≥' means nothing here", 6),
        ("score >= 80% -> GO", "'%' means nothing here", 11),
        ("score 80 -> GO", "expected a comparison sign (== != < <= > >=), 'in'", 6),
        ("score >= 80GO -> GO", "expected 'and', 'or' or an arrow", 11),
        ("score is empty -> GO", "expected 'missing' or 'not missing' after 'is'", 9),
        ("score not 80 -> GO", "expected 'in' or 'between' after 'not'", 10),
        ("score in 80 -> GO", "expected a list after 'in'", 9),
        ("score in [] -> GO", "expected a column, a number or a text, found ']'", 10),
        ("score in [1, 2 -> GO", "expected ',' or ']'", 15),
        ("score between 1, 2 -> GO", "expected 'and', as in", 15),
        ("(score > 1 -> GO", "expected ')'", 11),
        ("score > 1) -> GO", "expected 'and', 'or' or an arrow", 9),
        ("(score > 1) + 2 > 3 -> GO", "expected a value here, found a comparison", 0),
        ("not score -> GO", "expected a comparison here", 4),
        ("score > 1 and lot -> GO", "expected a comparison here", 14),
        ("(a + 1) is missing -> GO", "'is missing' asks about a column", 0),
        ("1e999 > score -> GO", "this number is too large", 0),
        ("", "expected a column, a number or a text, found the end", 0),
        ("__import__('os') == 1 -> GO", "expected a comparison sign", 10),
        ("a.b > 1 -> GO", "'.' means nothing here", 1),
    ],
)
def test_a_fault_is_pointed_at(text: str, message: str, caret: int) -> None:
    with pytest.raises(RulesError) as caught:
        parse_rule(text)
    assert message in caught.value.message
    assert caught.value.exit_code == 2
    assert caught.value.remedy.splitlines()[1] == "  " + " " * caret + "^"


def test_a_caret_stands_right_under_wide_characters_and_long_texts_are_cut() -> None:
    with pytest.raises(RulesError) as caught:
        parse_rule("[検査 No.] >> 1 -> GO")
    assert caught.value.remedy.splitlines()[1] == "  " + " " * 12 + "^"
    with pytest.raises(RulesError) as caught:
        parse_rule("a == 1 and " * 300 + " -> GO")
    assert all(len(line) <= 80 for line in caught.value.remedy.splitlines())


HOSTILE = {
    "brackets": "(" * 4_000 + "a" + ")" * 4_000 + " > 1 -> GO",
    "negations": "not " * 2_400 + "a > 1 -> GO",
    "signs": "-" * 9_000 + "a > 1 -> GO",
    "sum": "+".join(["a"] * 4_900) + " > 1 -> GO",
    "much to compare": " and ".join(f"({'+'.join(['(a+a)'] * 40)}) in [{','.join('1' * 500)}]" for _ in range(7))
    + " -> GO",
    "long": "a > 1 or " * 2_000 + "a > 1 -> GO",
    "digits": "9" * 9_000 + " > a -> GO",
    "quotes": "'" * 9_001 + " == a -> GO",
    "open": "[" * 9_000 + " -> GO",
    "blanks": " " * 9_990,
    "a megabyte": "score >= 80 or " * 70_000 + "1 == 1 -> GO",
    "a number of a megabyte": "9" * 1_000_000 + " > a -> GO",
    "doubled brackets": "[a" + "]]" * 4_900 + " > 1 -> GO",
    "control": "a == '\x00' -> \x00",
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_expressions_are_refused_quickly(name: str) -> None:
    start = time.process_time()
    with pytest.raises(RulesError):
        parse_rule(HOSTILE[name])
    assert time.process_time() - start < 2


def test_many_conditions_side_by_side_are_no_depth() -> None:
    rule = parse_rule(" or ".join(f"lot == 'L{i}'" for i in range(500)) + " -> GO")
    assert isinstance(rule.condition, Or)
    assert len(rule.condition.parts) == 500


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("scores > 1 -> GO", "m.csv has no column 'scores'", "did you mean 'score'?"),
        ("verdict == OK -> GO", "m.csv has no column 'OK'", "a text stands in quotes"),
        ("bright > 1 -> GO", "no column 'bright'", "did you mean 'brightness'?"),
        ("image > 1 -> GO", "the image feature 'image' is no single number", "rule in Python"),
        ("brightness == 'dark' -> GO", "compares a number with a text", "without quotes"),
        ("score + 'a' > 1 -> GO", "a text cannot be calculated with", ""),
        ("-'a' < 1 -> GO", "a text cannot be calculated with", ""),
        ("1 == '1' -> GO", "compares a number with a text", ""),
        ("brightness is missing -> GO", "'is missing' asks about a column; 'brightness' is none", ""),
    ],
)
def test_names_and_kinds_are_settled_before_a_row_is_judged(text: str, message: str, hint: str) -> None:
    with pytest.raises(RulesError) as caught:
        check_names(parse_rule(text), ["file", "score", "verdict"], table="m.csv")
    assert message in caught.value.message
    assert hint in caught.value.remedy
    assert "^" in caught.value.remedy


def _shape(node: object) -> object:
    """The tree without positions."""
    if isinstance(node, (And, Or)):
        return (type(node).__name__, *(_shape(p) for p in node.parts))
    if isinstance(node, Not):
        return ("Not", _shape(node.operand))
    if isinstance(node, Comparison):
        return (node.sign, _shape(node.left), _shape(node.right))
    if isinstance(node, Missing):
        return ("Missing", node.column.name)
    return node.value if isinstance(node, (Number, Text)) else getattr(node, "name", node)
