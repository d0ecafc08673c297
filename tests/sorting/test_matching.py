from __future__ import annotations

import pytest

from labelkit.domain.decisions import ImageKey
from labelkit.domain.errors import MetadataError, UsageError
from labelkit.domain.table import Table
from labelkit.sorting.matching import match, match_path_fields


def table(columns: dict[str, list[str]], folder: str = "/data") -> Table:
    rows = len(next(iter(columns.values())))
    return Table(("m.csv",), (folder,), columns, [0] * rows, list(range(2, rows + 2)))


def keys(*paths: str, root: str = "/data/raw") -> list[ImageKey]:
    return [ImageKey(root, p) for p in paths]


def test_rows_find_images_by_path_then_table_folder_then_base_name() -> None:
    images = keys("a/1.png", "a/2.png", "b/3.png")
    found = match(images, table({"file": ["a/1.png", "raw/a/2.png", "3.png"]}))
    assert found.records == ((0, 0), (1, 1), (2, 2))
    assert found.steps == {"path": 1, "table folder": 1, "base name": 1}
    assert found.missing == ()


def test_windows_paths_and_blanks_are_read() -> None:
    found = match(keys("a/1.png"), table({"file": [" a\\1.png "]}))
    assert found.records == ((0, 0),)


def test_a_row_without_its_file_is_missing_with_its_place() -> None:
    found = match(keys("1.png"), table({"file": ["1.png", "gone.png", ""]}))
    assert found.missing == (("m.csv:3", "gone.png"), ("m.csv:4", ""))


def test_a_base_name_that_fits_two_images_is_refused() -> None:
    with pytest.raises(MetadataError, match=r"'1.png' fits 2 images") as caught:
        match(keys("a/1.png", "b/1.png"), table({"file": ["1.png"]}))
    assert caught.value.place == "m.csv:2"
    assert "--file" in caught.value.remedy


def test_the_file_column_is_found_by_name_or_by_content() -> None:
    images = keys("1.png")
    assert match(images, table({"Filename": ["1.png"], "x": ["1.png"]})).records == ((0, 0),)
    assert match(images, table({"検査 No.": ["7"], "bild": ["x/1.png"]})).records == ((0, 0),)
    with pytest.raises(MetadataError, match=r"no column of m\.csv names the image files"):
        match(images, table({"serial": ["7"]}))


def test_an_unknown_file_column_names_the_nearest() -> None:
    with pytest.raises(MetadataError, match="no column 'fil'") as caught:
        match(keys("1.png"), table({"file": ["1.png"]}), file="fil")
    assert "did you mean 'file'" in caught.value.remedy


def test_a_template_over_columns() -> None:
    images = keys("s1/007.bmp", "s2/007.bmp")
    t = table({"station": ["s2", "s1"], "serial": ["007", "007"]})
    assert match(images, t, file="{station}/{serial}.bmp").records == ((0, 1), (1, 0))
    with pytest.raises(MetadataError, match="no column 'statin'"):
        match(images, t, file="{statin}/{serial}.bmp")


def test_identical_rows_are_counted_once_and_different_ones_kept() -> None:
    t = table({"file": ["1.png", "1.png", "1.png"], "score": ["5", "5 ", "6"]})
    found = match(keys("1.png"), t)
    assert found.records == ((0, 0), (0, 2))
    assert found.repeated == 1


def test_path_fields_join_with_columns_and_one_row_owns_several_images() -> None:
    images = keys("s1/L1_7_top.bmp", "s1/L1_7_side.bmp", "s1/odd.bmp", "s1/L1_9_top.bmp")
    t = table({"serial": ["7", "8"], "score": ["90", "10"]})
    found = match_path_fields(images, t, "{station}/{lot}_{serial}_{cam}.bmp")
    assert [i for i, _ in found.records] == [0, 1]
    assert found.table.columns["score"] == ["90", "90"]
    assert found.table.columns["cam"] == ["top", "side"]
    assert found.missing == (("m.csv:3", "serial = 8"),)


def test_path_fields_alone_are_the_row() -> None:
    found = match_path_fields(keys("GO/1.png", "NG/2.png"), None, "{folder}/{n}.png")
    assert found.table.columns == {"folder": ["GO", "NG"], "n": ["1", "2"]}
    assert found.records == ((0, 0), (1, 1))


def test_path_fields_that_share_nothing_with_the_table_are_refused() -> None:
    with pytest.raises(MetadataError, match="no field of --path-fields is a column"):
        match_path_fields(keys("1.png"), table({"file": ["1.png"]}), "{serial}.png")


@pytest.mark.parametrize("template", ["plain.png", "{a}/{a}.png", "{}.png"])
def test_a_template_that_names_nothing_or_twice_is_refused(template: str) -> None:
    with pytest.raises(UsageError, match="--path-fields"):
        match_path_fields(keys("1.png"), None, template)
