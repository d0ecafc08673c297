from __future__ import annotations

import pytest

from labelkit.domain.table import Table
from labelkit.sorting.near_misses import near_misses, stem_template


@pytest.mark.parametrize(
    ("written", "image", "differs"),
    [
        ("IMG1.PNG", "a/img1.png", "case"),
        ("ｉｍｇ１.png", "a/img1.png", "width"),  # noqa: RUF001 - full width
        ("img1.bmp", "a/img1.png", "suffix"),
        ("img1", "a/img1.png", "suffix"),
        ("b/0007.png", "7.png", "zeros"),
    ],
)
def test_what_differs_is_named(written: str, image: str, differs: str) -> None:
    (found,) = near_misses([image, "other.png"], [("t.csv:2", written)])
    assert (found.place, found.written, found.image) == ("t.csv:2", written, image)
    assert differs in found.differs


def test_two_candidates_are_no_near_miss() -> None:
    assert not list(near_misses(["a/img1.png", "b/img1.png"], [("t.csv:2", "IMG1.png")]))
    assert not list(near_misses(["img1.png"], [("t.csv:2", ""), ("t.csv:3", "img2.png")]))


def table(**columns: list[str]) -> Table:
    rows = len(next(iter(columns.values())))
    return Table(("t.csv",), ("",), columns, [0] * rows, list(range(2, 2 + rows)))


def test_the_column_that_names_most_stems_becomes_a_template() -> None:
    images = ["a/1.png", "a/2.png", "b/3.jpg", "b/4.png"]
    rows = table(lot=["1", "x", "x", "x"], serial=["1", "2", "3", "9"])
    assert stem_template(images, rows) == "{serial}.png"


def test_no_template_where_nothing_fits() -> None:
    assert stem_template(["a/1.png"], table(serial=["x"])) is None
    assert stem_template(["README"], table(serial=["README"])) is None  # no suffix to add
