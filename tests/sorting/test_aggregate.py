"""Several rows of one image: what they say together, column by column."""

from __future__ import annotations

import pytest

from labelkit.domain.decisions import ImageKey
from labelkit.domain.errors import MetadataError, UsageError
from labelkit.domain.table import Table
from labelkit.sorting.aggregate import aggregate, check_aggregates
from labelkit.sorting.matching import Matches, match


def matched(**columns: list[str]) -> Matches:
    rows = len(columns["file"])
    table = Table(("m.csv",), ("/d",), columns, [0] * rows, list(range(2, rows + 2)))
    return match([ImageKey("/d", name) for name in sorted(set(columns["file"]))], table)


def number(cell: str) -> float | None:
    return float(cell) if cell.replace(".", "").strip().isdigit() else None


def together(how: dict[str, str], **columns: list[str]) -> tuple[dict[str, list[str]], Matches]:
    """The cells of the rows that are left, by column."""
    found = aggregate(matched(**columns), how, number)
    rows = [row for _, row in found.records]
    return {name: [cells[row] for row in rows] for name, cells in found.table.columns.items()}, found


@pytest.mark.parametrize(
    ("how", "cell"),
    [("min", "70"), ("max", "90.5"), ("mean", "80.25"), ("first", "90.5"), ("last", "70"), ("any:70", "70")],
)
def test_each_way_makes_one_row_of_several(how: str, cell: str) -> None:
    cells, found = together({"score": how}, file=["a.png"] * 2, score=["90.5", "70"])
    assert cells == {"file": ["a.png"], "score": [cell]}
    assert found.table.said == (f"score: {how} of several rows for 1 image",)


def test_the_order_is_that_of_the_table_not_of_the_images() -> None:
    cells, _ = together({"": "last"}, file=["b.png", "a.png", "b.png"], score=["1", "2", "3"])
    assert cells == {"file": ["a.png", "b.png"], "score": ["2", "3"]}


def test_other_columns_keep_what_each_row_says() -> None:
    cells, _ = together({"score": "min"}, file=["a.png"] * 2, score=["9", "7"], verdict=["OK", "NG"])
    assert cells["score"] == ["7", "7"]
    assert cells["verdict"] == ["OK", "NG"]


def test_for_every_column_a_least_takes_numbers_only_and_an_own_way_goes_before() -> None:
    how = {"": "min", "n": "max"}
    cells, _ = together(how, file=["a.png"] * 2, score=["9", "7"], n=["1", "2"], word=["x", "x"])
    assert cells == {"file": ["a.png"], "score": ["7"], "n": ["2"], "word": ["x"]}
    words, _ = together({"": "min"}, file=["a.png"] * 2, word=["x", "y"])
    assert words["word"] == ["x", "y"]


def test_missing_values_do_not_count_among_numbers() -> None:
    cells, _ = together({"score": "mean"}, file=["a.png"] * 3, score=["4", "", "8"])
    assert cells["score"] == ["6.0"]


def test_images_with_one_row_are_left_alone() -> None:
    before = matched(file=["a.png", "b.png"], score=["1", "2"])
    assert aggregate(before, {"score": "min"}, number) is before


def test_text_where_a_number_is_asked_for_is_refused_with_its_place() -> None:
    with pytest.raises(MetadataError, match="'x' is no number, so there is no min") as caught:
        together({"score": "min"}, file=["a.png"] * 2, score=["1", "x"])
    assert caught.value.place == "m.csv:3, column score"


def test_unknown_columns_and_ways_name_the_nearest() -> None:
    with pytest.raises(MetadataError, match="no column 'scor'") as caught:
        together({"scor": "min"}, file=["a.png"], score=["1"])
    assert "did you mean 'score'" in caught.value.remedy
    with pytest.raises(UsageError, match="did you mean 'min'"):
        check_aggregates({"score": "mim"})
