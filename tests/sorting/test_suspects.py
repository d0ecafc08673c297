"""Values that may not mean what they say."""

from __future__ import annotations

import pytest

from labelkit.sorting.suspects import CUT_SHORT, DAMAGED, MADE_A_DATE, NO_NUMBER, SENTINEL, suspects


def found(words: dict[str, float | None], *, numeric: bool = True) -> dict[str, str]:
    return dict(suspects(words, numeric=numeric))


def numbers(*values: str) -> dict[str, float | None]:
    return {value: float(value) for value in values}


@pytest.mark.parametrize("value", ["-1", "999", "999.9", "9999.9", "-99", "65535", "32767"])
def test_sentinels_apart_from_what_was_measured(value: str) -> None:
    assert found(numbers("40", "62.5", "98", value)) == {value: SENTINEL}


@pytest.mark.parametrize(
    "values", [("-1", "-5", "3"), ("99", "98", "40"), ("999", "1200", "3"), ("98", "999"), ("9", "1", "5")]
)
def test_numbers_in_the_midst_of_others_are_none(values: tuple[str, ...]) -> None:
    assert found(numbers(*values)) == {}


def test_words_among_numbers_and_what_a_spreadsheet_spoilt() -> None:
    words = {"1": 1.0, "2": 2.0, "n/m": None, "1.23457E+11": 1.23457e11, "3-Apr": None, "a\ufffd": None}
    assert found(words) == {"n/m": NO_NUMBER, "1.23457E+11": CUT_SHORT, "3-Apr": MADE_A_DATE, "a\ufffd": DAMAGED}
    assert found({"x": None, "-1": -1.0}, numeric=False) == {}
