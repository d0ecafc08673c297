from __future__ import annotations

from pathlib import Path

import pytest

from labelkit.domain.errors import MetadataError
from labelkit.domain.table import Table
from labelkit.storage.metadata import read_metadata


def table_of(folder: Path, content: str | bytes, columns: list[str] | None = None) -> Table:
    file = folder / "m.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_metadata([file], columns=columns or [])


def refused(folder: Path, content: str | bytes, columns: list[str] | None = None) -> MetadataError:
    with pytest.raises(MetadataError) as caught:
        table_of(folder, content, columns)
    return caught.value


@pytest.mark.parametrize(
    ("separator", "word"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar"), ("   ", "blanks")]
)
def test_separators_are_found_and_said(tmp_path: Path, separator: str, word: str) -> None:
    lines = [["file", "score"], ["a.png", "0007"], ["b.png", "NA"]]
    table = table_of(tmp_path, "\n".join(separator.join(line) for line in lines) + "\n")
    assert table.columns == {"file": ("a.png", "b.png"), "score": ("0007", "NA")}
    assert list(table.lines) == [2, 3]
    assert word in table.said[0]


@pytest.mark.parametrize(
    ("encoding", "word"), [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8-SIG"), ("utf-16", "UTF-16"), ("cp932", "CP932")]
)
def test_encodings_are_settled_and_said(tmp_path: Path, encoding: str, word: str) -> None:
    table = table_of(tmp_path, "file,判定\na.png,不良\n".encode(encoding))
    assert table.columns["判定"] == ("不良",)
    assert word in table.said[0]


def test_a_file_without_header_needs_names(tmp_path: Path) -> None:
    content = "images/cell0001.png  1.0   mono\nimages/cell0002.png  0.0   poly\n"
    fault = refused(tmp_path, content)
    assert "looks like data" in fault.message
    assert fault.remedy == "name the columns: --columns file,column2,column3"
    table = table_of(tmp_path, content, ["file", "probability", "cell"])
    assert table.columns["probability"] == ("1.0", "0.0")
    assert list(table.lines) == [1, 2]


def test_quoted_fields_may_hold_separators_and_line_ends(tmp_path: Path) -> None:
    table = table_of(tmp_path, 'file,note\na.png,"one, two\nthree"\nb.png,x\n')
    assert table.columns["note"] == ("one, two\nthree", "x")
    assert list(table.lines) == [2, 4]


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    table = table_of(tmp_path, "file,score\n\na.png,1\n,\nb.png,2\n")
    assert list(table.lines) == [3, 5]


def test_a_trailing_separator_is_left_out_and_said(tmp_path: Path) -> None:
    table = table_of(tmp_path, "file;score;\na.png;1;\nb.png;2;\n")
    assert list(table.columns) == ["file", "score"]
    assert any("empty column" in s for s in table.said)


def test_blanks_around_column_names_are_taken_away_and_said(tmp_path: Path) -> None:
    table = table_of(tmp_path, "file, score\na.png,1\n")
    assert list(table.columns) == ["file", "score"]
    assert any("score" in s for s in table.said[1:])


def test_several_tables_become_one_and_rows_keep_their_place(tmp_path: Path) -> None:
    a, b = tmp_path / "a.csv", tmp_path / "b.csv"
    a.write_text("file,score\n1.png,1\n")
    b.write_text("file;lot\n2.png;L2\n")
    table = read_metadata([a, b])
    assert table.columns == {"file": ["1.png", "2.png"], "score": ["1", ""], "lot": ["", "L2"]}
    assert table.place(1) == f"{b}:2"


@pytest.mark.parametrize(
    ("content", "message", "place"),
    [
        ("", "empty", "m.csv"),
        ("file,score\n", "no rows", "m.csv"),
        ("file,score\na.png,1\nb.png\n", "1 row does not have 2 cells", "m.csv:3"),
        ("file,score\na.png,1,2\nb.png,1\n", "line 2 has 3", "m.csv:2"),
        ("file,score,score\na.png,1,2\n", "stands twice: 'score'", "m.csv:1"),
        ('file,score\na.png,"1\nb.png,2\n', "quoted cell", "m.csv:2"),
        ("file,score\na\0.png,1\n", "NUL", "m.csv:2"),
        (b"file,score\n\xff\xfea.png,1\n", "neither UTF-8 nor, for sure, CP932", "m.csv:2"),
    ],
)
def test_what_is_unclear_is_refused_with_its_place(
    tmp_path: Path, content: str | bytes, message: str, place: str
) -> None:
    fault = refused(tmp_path, content)
    assert message in fault.message
    assert fault.place.endswith(place)
    assert fault.exit_code == 3


def test_no_such_table(tmp_path: Path) -> None:
    with pytest.raises(MetadataError, match="no such metadata file"):
        read_metadata([tmp_path / "none.csv"])
