from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.domain.proposal import ColumnKind, ColumnSight
from labelkit.plugins.cells import CellColumn
from labelkit.plugins.toml_file import TomlRules, load_toml
from labelkit.sorting.columns import look_at_column
from labelkit.sorting.first_rule import meaning, propose_rule


def sight(name: str, cells: list[str]) -> ColumnSight:
    column = CellColumn(cells)
    return look_at_column(name, column.texts, column.missing, column.values if column.stranger is None else None)


def loaded(text: str) -> TomlRules:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "first.toml"
        path.write_text(text, encoding="utf-8")
        return load_toml(path)


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("OK", "GO"),
        ("ｏｋ", "GO"),  # noqa: RUF001 - full width
        ("O. K.", "GO"),
        ("Pass", "GO"),
        ("良", "GO"),
        ("○", "GO"),
        ("N.G.", "NG"),
        ("nok", "NG"),
        ("Fail", "NG"),
        ("不良", "NG"),
        ("×", "NG"),  # noqa: RUF001 - the sign that such tables hold
        ("retest", ""),
        ("", ""),
        ("80", ""),
    ],
)
def test_words_for_good_and_bad(value: str, label: str) -> None:
    assert meaning(value) == label


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2.5", ""], ColumnKind.NUMBERS),
        (["001", "002", "001"], ColumnKind.FEW),  # zeros in front: a name, no number
        (["a", "b", "a"], ColumnKind.FEW),
        (["a", "b"], ColumnKind.FEW),
        (["a", "b", "c"], ColumnKind.TEXT),  # every value once
        ([str(i) + "x" for i in range(13)] * 2, ColumnKind.TEXT),
        (["", "-", "NaN"], ColumnKind.EMPTY),
    ],
)
def test_kinds_of_columns(cells: list[str], kind: ColumnKind) -> None:
    assert sight("c", cells).kind is kind


def test_a_verdict_beats_a_score_and_the_fuller_verdict_wins() -> None:
    half = sight("first_look", ["OK", "NG", "", ""])
    full = sight("final", ["OK", "NG", "NG", "OK"])
    rule = propose_rule([sight("score", ["1", "2", "3", "4"]), half, full])
    assert rule is not None
    assert 'label_from = "final"' in rule.text


def test_one_sided_and_meaningless_columns_are_no_verdict() -> None:
    assert propose_rule([sight("verdict", ["OK", "OK"]), sight("lot", ["A", "B", "A"]), sight("x", ["1", "2"])]) is None
    assert propose_rule([sight("score", ["5", "5"])]) is None  # one value decides nothing


@pytest.mark.parametrize(
    ("name", "high"),
    [("score", "GO"), ("Total_Score", "GO"), ("スコア", "GO"), ("defect_prob", "NG"), ("anomaly", "NG")],
)
def test_which_side_of_a_threshold_is_good(name: str, high: str) -> None:
    rule = propose_rule([sight(name, ["0", "10"])])
    assert rule is not None
    rules = loaded(rule.text)
    assert [p.default for p in rules.parameters] == [5.0]
    assert rules.rules[0].label == high  # type: ignore[union-attr] # thresholds are expression rules


names = st.text(min_size=1, max_size=12).filter(lambda s: s.strip() == s and s.isprintable())


@given(
    name=names,
    goods=st.sets(st.sampled_from(["OK", "ok", "Pass", "良"]), min_size=1),
    strange=st.sets(names, max_size=3),
)
def test_whatever_the_names_the_proposed_file_can_be_read(name: str, goods: set[str], strange: set[str]) -> None:
    cells = sorted(goods | strange | {"N.G."}) * 2
    rule = propose_rule([sight(name, cells)])
    if rule is not None:  # a name with brackets cannot be written in an expression
        assert loaded(rule.text).labels == ("GO", "NG")
    else:
        assert set(name) & set("[]") or len(set(cells)) > 12 or not any(meaning(c) == "GO" for c in cells)


@given(name=names, numbers=st.lists(st.floats(-1e12, 1e12), min_size=2, max_size=6))
def test_any_threshold_can_be_read(name: str, numbers: list[float]) -> None:
    rule = propose_rule([sight(f"{name} score", [repr(n) for n in numbers])])
    if rule is not None:
        assert len(loaded(rule.text).rules) == 2
