from __future__ import annotations

import pytest

from labelkit.domain.classes import (
    ClassMap,
    OrderSource,
    make_class_map,
    number_of,
    numeric_order,
    recognised_reject,
    text_order,
)
from labelkit.domain.errors import UsageError


@pytest.mark.parametrize(
    ("names", "order", "source"),
    [
        (["NG", "GO"], ("GO", "NG"), OrderSource.TEXT),
        (["OK", "NG"], ("NG", "OK"), OrderSource.TEXT),
        (["100", "60"], ("60", "100"), OrderSource.NUMERIC),
        (["100", "80", "60"], ("60", "80", "100"), OrderSource.NUMERIC),
        (["100", "060"], ("060", "100"), OrderSource.NUMERIC),
        (["-1", "0.5", "10"], ("-1", "0.5", "10"), OrderSource.NUMERIC),
        (["100", "60", "x"], ("100", "60", "x"), OrderSource.TEXT),
        (["go", "NG"], ("NG", "go"), OrderSource.TEXT),
        (["良", "不良"], ("不良", "良"), OrderSource.TEXT),
        ([], (), OrderSource.TEXT),
    ],
)
def test_order_without_a_word_from_anybody(names: list[str], order: tuple[str, ...], source: OrderSource) -> None:
    made = make_class_map(names)
    assert (made.classes, made.source) == (order, source)


def test_declared_beats_ledger_beats_numbers() -> None:
    names = ["100", "60"]
    assert make_class_map(names, declared=["100", "60"], ledger=["60", "100"]).source is OrderSource.DECLARED
    assert make_class_map(names, ledger=["100", "60"]).classes == ("100", "60")
    assert make_class_map(names, ledger=["100", "60", "80"]).source is OrderSource.NUMERIC


def test_positive_stands_at_index_1() -> None:
    made = make_class_map(["GO", "NG"], positive="GO")
    assert (made.indices, made.positive, made.source) == ({"NG": 0, "GO": 1}, "GO", OrderSource.DECLARED)
    assert make_class_map(["A", "B", "C"]).positive is None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"declared": ["GO"]}, "leaves out NG"),
        ({"declared": ["GO", "NGG"]}, "names 'NGG'"),
        ({"declared": ["GO", "GO"]}, "twice"),
        ({"positive": "OK"}, "no class 'OK'"),
        ({"reject": "OK"}, "no class 'OK'"),
    ],
)
def test_what_is_refused(arguments: dict[str, list[str] | str], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        make_class_map(["GO", "NG"], **arguments)  # type: ignore[arg-type]  # one table of all wrong arguments


def test_positive_of_three_is_refused() -> None:
    with pytest.raises(UsageError, match="two classes"):
        make_class_map(["A", "B", "C"], positive="A")


def test_no_name_twice() -> None:
    with pytest.raises(UsageError, match="twice"):
        ClassMap(("GO", "GO"))


@pytest.mark.parametrize(
    ("names", "reject"),
    [
        (("GO", "NG"), "NG"),
        (("ok", "n.o.k"), "n.o.k"),
        (("PASS", "Fail"), "Fail"),
        (("良", "不良"), "不良"),
        (("o", "\u00d7"), "\u00d7"),
        (("GO", "\uff2e\uff27"), "\uff2e\uff27"),
        (("60", "100"), None),
        (("NG", "bad", "GO"), None),
    ],
)
def test_the_reject_is_known_by_its_name(names: tuple[str, ...], reject: str | None) -> None:
    assert recognised_reject(names) == reject
    assert make_class_map(names).reject == reject


def test_meaning_may_be_declared() -> None:
    assert make_class_map(["60", "100"], meaning={"60": "NG"}).reject == "60"
    assert make_class_map(["60", "100"], reject="100").reject == "100"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("60", 60.0),
        ("060", 60.0),
        ("7.5", 7.5),
        ("-1", -1.0),
        ("1e3", None),
        ("1_0", None),
        ("", None),
        (" 6", None),
        ("nan", None),
        ("6-0", None),
        ("--1", None),
        ("\uff16\uff10", None),
    ],
)
def test_which_names_are_numbers(text: str, value: float | None) -> None:
    assert number_of(text) == value


def test_orders() -> None:
    assert text_order(["b", "B", "a"]) == ("B", "a", "b")
    assert numeric_order(["10", "9", "010"]) == ("9", "010", "10")
    assert numeric_order(["10", "x"]) is None
