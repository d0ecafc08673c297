"""A column as a label: mapped, taken as it stands, or refused with a table of what was found."""

from __future__ import annotations

import pytest

from labelkit.domain.errors import MetadataError
from labelkit.domain.votes import NO_VALUE
from labelkit.plugins.cells import CellColumn
from labelkit.plugins.label_column import ColumnRule, ColumnVotes, vote_by_column


def votes(cells: list[str], rule: ColumnRule, rows: list[int] | None = None) -> ColumnVotes:
    return vote_by_column(rule, CellColumn(cells), rows or range(len(cells)), place=lambda row: f"m.csv:{row + 2}")


def told(found: ColumnVotes) -> list[str | int]:
    return [found.labels[code] if code >= 0 else code for code in found.codes]


def test_without_a_map_the_stripped_cell_is_the_label() -> None:
    found = votes([" NG ", "GO", "", "N/A", "NG"], ColumnRule("verdict"))
    assert told(found) == ["NG", "GO", NO_VALUE, NO_VALUE, "NG"]
    assert found.reasons == {2: "no value: verdict", 3: "no value: verdict"}


def test_a_map_knows_case_width_blanks_and_dots() -> None:
    rule = ColumnRule("verdict", {"OK": "GO", "N.G.": "NG", "不良": "NG", "-": "NG"})
    assert told(votes(["OK", "ok ", "\uff2f.\uff2b.", "ng", "N. G.", "不良", "-"], rule)) == ["GO"] * 3 + ["NG"] * 4


def test_a_map_that_tells_cases_apart_is_taken_at_its_word() -> None:
    rule = ColumnRule("verdict", {"ok": "GO", "OK": "NG"})
    assert told(votes(["ok", "OK"], rule)) == ["GO", "NG"]
    with pytest.raises(MetadataError):
        votes(["Ok"], rule)


def test_values_that_are_not_mapped_are_told_with_count_and_rows() -> None:
    cells = ["OK", "repair", "repair", "scrap", "repair", "repair", "OK"]
    with pytest.raises(MetadataError) as caught:
        votes(cells, ColumnRule("verdict", {"OK": "GO"}, place="--label-column"))
    assert caught.value.exit_code == 3
    assert caught.value.message == "column 'verdict': 5 rows hold a value that is not mapped (OK are)"
    assert caught.value.remedy.splitlines() == [
        "'repair'  4 x  m.csv:3, m.csv:4, m.csv:6 …",
        "'scrap'  1 x  m.csv:5",
        'nothing was sorted; say for each value which label it is: --map "repair=LABEL"',
    ]


def test_rows_of_no_image_do_not_matter() -> None:
    assert told(votes(["OK", "repair"], ColumnRule("verdict", {"OK": "GO"}), [0, -1])) == ["GO", NO_VALUE]


def test_a_cell_that_cannot_be_a_folder_is_refused() -> None:
    with pytest.raises(MetadataError, match="cannot be a class folder"):
        votes(["GO", "N/G"], ColumnRule("verdict"))


def test_declared_labels_hold_the_column_to_them() -> None:
    with pytest.raises(MetadataError, match=r"a value that is no label \(GO, NG are\)"):
        votes(["GO", "go"], ColumnRule("verdict", {}, ("GO", "NG")))
