"""What lines really write: one test a row of the dirt table, each repaired with a counted message or refused."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from tests.flows.dirt import Line, labels_of, told


@pytest.fixture
def line(tmp_path: Path) -> Line:
    """A line with the images a.png and b.png."""
    made = Line(tmp_path)
    made.images("a.png", "b.png")
    return made


SOUND = {"a.png": "OK", "b.png": "NG"}


# ---- bytes: how the text is written


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp932"])
def test_encodings_of_a_japanese_line_are_found_and_said(line: Line, encoding: str) -> None:
    line.table("file,verdict,備考\na.png,良,①㈱\nb.png,不良,-\n", encoding=encoding)
    result = line.sort(map={"良": "OK", "不良": "NG"})
    assert labels_of(result) == SOUND
    assert encoding.upper().partition("-LE")[0].partition("-BE")[0] in told(result, "m.csv: 2 rows")


def test_windows_1252_is_told_from_cp932_by_what_nobody_writes(line: Line) -> None:
    line.table("file,verdict,Maß\na.png,OK,25 µm\nb.png,NG,größer als 3²\n", encoding="cp1252")
    result = line.sort()
    assert labels_of(result) == SOUND
    assert "CP1252" in told(result, "m.csv: 2 rows")


def test_the_file_names_that_exist_settle_the_encoding(tmp_path: Path) -> None:
    table = "file,verdict\nstra\N{LATIN SMALL LETTER SHARP S}e.png,OK\n".encode("cp1252")
    for name, encoding in (("straße.png", "CP1252"), ("stra\uff9fe.png", "CP932")):
        there = Line(tmp_path / encoding)
        there.images(name)
        there.table(table)
        result = there.sort()
        assert labels_of(result) == {name: "OK"}
        assert f"read as {encoding}" in told(result, "images only in this encoding")


def test_an_encoding_that_nothing_settles_is_refused_and_can_be_declared(line: Line) -> None:
    line.table("file,verdict,note\na.png,OK,étage\nb.png,NG,-\n".encode("cp1252"))
    text = line.refused()
    assert "m.csv:2" in text
    assert "--encoding" in text
    assert line.labels(encoding="cp1252") == SOUND


def test_no_such_encoding_names_the_nearest(line: Line) -> None:
    line.table("file,verdict\na.png,OK\nb.png,NG\n")
    assert "did you mean 'cp1252'" in line.refused(code=2, encoding="cp1251x")


def test_nul_characters_are_refused_with_their_line(line: Line) -> None:
    line.table("file,verdict\na.png,OK\nb.png,N\0G\n")
    assert "m.csv:3: the file holds NUL" in line.refused()


def test_ctrl_z_at_the_end_is_left_out_and_said(line: Line) -> None:
    line.table("file,verdict\na.png,OK\nb.png,NG\n\x1a")
    result = line.sort()
    assert labels_of(result) == SOUND
    assert told(result, "Ctrl-Z")


def test_a_last_line_without_an_end_is_said(line: Line) -> None:
    line.table("file,verdict\na.png,OK\nb.png,NG")
    result = line.sort()
    assert labels_of(result) == SOUND
    assert told(result, "still being written")


def test_a_file_that_grows_while_it_is_read_is_refused(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    table = line.table("file,verdict\na.png,OK\nb.png,NG\n")
    real, asked = os.fstat, []

    def grows(descriptor: int) -> os.stat_result:
        status = real(descriptor)
        if status.st_ino == table.stat().st_ino:
            asked.append(descriptor)
            if len(asked) == 1:
                with table.open("a") as f:
                    f.write("c.png,NG\n")
        return status

    monkeypatch.setattr(os, "fstat", grows)
    assert "changed while it was read" in line.refused()


def test_ctrl_z_in_the_middle_is_refused(line: Line) -> None:
    line.table("file,verdict\na.png,OK\n\x1ab.png,NG\n")
    assert "m.csv:3" in line.refused()


def test_a_workbook_that_calls_itself_csv_is_told(line: Line) -> None:
    line.table(b"PK\x03\x04rest")
    assert ".xlsx" in line.refused()


# ---- lines and cells: how the table is laid out


@pytest.mark.parametrize(("separator", "word"), [(";", "semicolon"), ("\t", "tab"), ("|", "bar"), ("  ", "blanks")])
def test_other_separators_are_found_and_said(line: Line, separator: str, word: str) -> None:
    rows = [("file", "verdict", "lot"), ("a.png", "OK", "L1"), ("b.png", "NG", "L1")]
    line.table("".join(separator.join(row) + "\r\n" for row in rows))
    result = line.sort()
    assert labels_of(result) == SOUND
    assert word in told(result, "m.csv: 2 rows")


def test_decimal_commas_are_read_where_the_whole_column_has_them(line: Line) -> None:
    line.table("file;score;code\na.png;80,5;1,2,3\nb.png;9;4\n")
    result = line.sort(rule=["score >= 80 -> OK", "score < 80 -> NG", "code == '1,2,3' -> OK"])
    assert labels_of(result) == SOUND
    assert told(result, "decimal comma") == "1 cell of score read with decimal comma"


def test_thousands_separators_are_read_where_they_are_clear(line: Line) -> None:
    line.table("file;force\na.png;1.234,5\nb.png;9\n")
    result = line.sort(rule=["force >= 1234 -> OK", "force < 1234 -> NG"])
    assert labels_of(result) == SOUND


def test_a_mark_that_may_be_either_stays_text_and_can_be_declared(line: Line) -> None:
    line.table("file;force\na.png;1,234\nb.png;9\n")
    rules = ["force >= 8 -> OK", "force < 8 -> NG"]
    result = line.sort(rule=rules)
    assert labels_of(result) == {"b.png": "OK"}
    assert "may have a decimal comma or a thousands separator" in told(result, "stays text")
    declared = {"force": {"type": "number", "decimal": ","}}
    assert line.labels(rule=rules, contracts=declared) == {"a.png": "NG", "b.png": "OK"}
    grouped = {"force": {"type": "number", "decimal": "."}}
    assert line.labels(rule=rules, contracts=grouped) == {"a.png": "OK", "b.png": "OK"}


@pytest.mark.parametrize("titles", ["Line 3 report\n", "Line 3 report;;\nDate;2024-03-04\n\n", "Line;3;\n"])
def test_title_lines_above_the_header_are_left_out_and_said(line: Line, titles: str) -> None:
    line.table(titles + "file;verdict;score\na.png;OK;1\nb.png;NG;2\n")
    result = line.sort()
    assert labels_of(result) == SOUND
    assert "Line" in told(result, "above the column names left out")


def test_no_header_asks_for_names(line: Line) -> None:
    line.table("a.png,OK\nb.png,NG\n")
    assert "--columns file,column2" in line.refused()
    assert line.labels(columns=["file", "verdict"]) == SOUND


def test_no_header_is_seen_by_values_that_repeat(line: Line) -> None:
    line.table("L1-A,OK\nL1-B,OK\nL1-C,NG\n")
    assert "looks like data, not like column names ('OK')" in line.refused()


@pytest.mark.parametrize("content", ["file,verdict,\na.png,OK,\nb.png,NG,\n", "file,verdict\na.png,OK,\nb.png,NG,,\n"])
def test_trailing_separators_are_left_out_and_said(line: Line, content: str) -> None:
    line.table(content)
    result = line.sort()
    assert labels_of(result) == SOUND
    assert told(result, "left out")


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("file,verdict\na.png,OK\nb.png\n", "m.csv:3"),
        ("file,verdict\na.png,x,OK\nb.png,NG\n", "m.csv:2"),
        ("file,verdict\na.png,OK,x\nb.png,NG,x\n", "m.csv:1"),
        ("file,verdict\na.png,OK\nb.p", "m.csv:3"),
    ],
    ids=["short row", "long row", "every row long", "last row cut off while it was written"],
)
def test_rows_that_do_not_fit_the_header_are_refused_with_their_line(line: Line, content: str, place: str) -> None:
    line.table(content)
    assert place in line.refused()


def test_two_columns_of_one_name_are_refused(line: Line) -> None:
    line.table("file,verdict,verdict\na.png,OK,NG\n")
    assert "'verdict'" in line.refused()


def test_an_unclosed_quote_is_refused_where_its_row_begins(line: Line) -> None:
    line.table('file,verdict,note\na.png,OK,"x\nb.png,NG,y\n')
    assert "m.csv:2" in line.refused()


def test_a_quote_that_swallows_rows_is_refused(line: Line) -> None:
    line.table('file,verdict,note\na.png,OK,"x\nb.png,NG,y"\n')
    assert "holds whole rows" in line.refused()


def test_formula_cells_are_text(line: Line) -> None:
    line.table("file,verdict,note\na.png,OK,=1+1\nb.png,NG,@x\n")
    assert line.labels(rule=["note == '=1+1' -> OK", "note == '@x' -> NG"]) == SOUND


# ---- values: what cells mean


def test_leading_zeros_are_kept(line: Line) -> None:
    line.table("file,serial\na.png,00123\nb.png,123\n")
    assert line.labels(rule=["serial == '00123' -> OK", "serial == '123' -> NG"]) == SOUND


def test_words_for_no_value_abstain_and_na_does_not(line: Line) -> None:
    line.images(*(f"{n}.png" for n in range(8)))
    words = ["", "-", "--", "N/A", "NaN", "#N/A", "null", "NA"]
    line.table("file,verdict\n" + "".join(f"{n}.png,{word}\n" for n, word in enumerate(words)))
    assert line.labels() == {"7.png": "NA"}


def test_full_width_digits_are_read_and_counted(line: Line) -> None:
    line.table("file,score\na.png,８０．５\nb.png,9\n")  # noqa: RUF001 - full width
    result = line.sort(rule=["score >= 80 -> OK", "score < 80 -> NG"])
    assert labels_of(result) == SOUND
    assert told(result, "full-width") == "1 cell of score read with full-width digits"


def test_sentinels_say_nothing_only_when_declared(line: Line) -> None:
    line.images("c.png")
    line.table("file,score\na.png,90\nb.png,-1\nc.png,999.9\n")
    rules = ["score >= 80 -> OK", "score < 80 -> NG"]
    assert line.labels(rule=rules) == {"a.png": "OK", "b.png": "NG", "c.png": "OK"}
    contract = {"score": {"type": "number", "min": 0, "max": 100, "sentinels": [-1, 999.9]}}
    result = line.sort(rule=rules, contracts=contract)
    assert labels_of(result) == {"a.png": "OK"}
    assert told(result, "sentinel") == "2 cells of score hold a sentinel (-1, 999.9) and say nothing"


def test_a_value_outside_of_its_contract_is_refused_with_row_column_and_cell(line: Line) -> None:
    line.table("file,score\na.png,90\nb.png,900\n")
    contract = {"score": {"type": "number", "max": 100}}
    text = line.refused(rule=["score >= 80 -> OK"], contracts=contract)
    assert text.startswith("m.csv:3, column score: '900' is above 100")


@pytest.mark.parametrize(
    ("contract", "cell", "why"),
    [
        ({"type": "number"}, "n/m", "is no number"),
        ({"type": "number", "min": 0}, "-3", "is below 0"),
        ({"type": "integer"}, "1.5", "is no whole number"),
        ({"type": "date"}, "04/03/2024", "is no date with the year first"),
        ({"type": "date", "min": "2024-01-01"}, "2023/12/31", "is before 2024-01-01"),
        ({"type": "date"}, "2024-02-30", "is no date"),
    ],
)
def test_each_kind_of_contract_is_held(line: Line, contract: dict[str, object], cell: str, why: str) -> None:
    line.table(f"file,verdict,x\na.png,OK,-\nb.png,NG,{cell}\n")
    text = line.refused(contracts={"x": contract})
    assert f"m.csv:3, column x: '{cell}' {why}" in text


def test_verdicts_of_many_spellings_are_mapped_and_counted(line: Line) -> None:
    spellings = ["OK", "ok", "Ｏ.Ｋ.", "N.G.", "ng", "良", "不良", "○", "×"]  # noqa: RUF001 - full width, and a sign
    line.images(*(f"{n}.png" for n in range(9)))
    line.table("file,verdict\n" + "".join(f"{n}.png,{word}\n" for n, word in enumerate(spellings)))
    meaning = {"OK": "GO", "NG": "NG", "良": "GO", "不良": "NG", "○": "GO", "×": "NG"}  # noqa: RUF001 - a sign
    result = line.sort(map=meaning)
    assert list(labels_of(result).values()) == ["GO", "GO", "GO", "NG", "NG", "GO", "NG", "GO", "NG"]
    assert told(result, "mapped in another").startswith("4 cells of verdict mapped in another case")


def test_a_verdict_without_meaning_is_refused_with_count_and_row(line: Line) -> None:
    line.table("file,verdict\na.png,OK\nb.png,retest\n")
    text = line.refused(map={"OK": "GO"})
    assert "'retest'  1 x  m.csv:3" in text


def test_a_contract_can_map_some_words_and_leave_the_others(line: Line) -> None:
    line.table("file,verdict\na.png,OK\nb.png,N.G.\n")
    result = line.sort(contracts={"verdict": {"map": {"N.G.": "NG"}}})
    assert labels_of(result) == SOUND
    assert told(result, "map of its contract") == "1 cell of verdict read through the map of its contract"


def test_blanks_around_cells_do_not_count_and_are_said(line: Line) -> None:
    line.table("file,verdict\na.png , OK\nb.png,NG\N{IDEOGRAPHIC SPACE}\n")
    result = line.sort()
    assert labels_of(result) == SOUND
    assert told(result, "of verdict") == "2 cells of verdict have blanks around, which do not count"


def test_damage_by_a_spreadsheet_is_pointed_out(line: Line) -> None:
    from labelkit.flows.metadata_check import metadata_check
    from labelkit.flows.table_reading import TableReading

    table = line.table("file,serial,part\na.png,1.23457E+11,3-Apr\nb.png,77,x1\n")
    columns = {c.name: c for c in metadata_check([table], None, TableReading()).table.columns}
    assert [(s.value, s.why) for s in columns["serial"].suspects] == [
        ("1.23457E+11", "a spreadsheet cut the number short")
    ]
    assert [(s.value, s.why) for s in columns["part"].suspects] == [("3-Apr", "a spreadsheet made a date of it")]


@pytest.mark.parametrize(
    ("cells", "odd"),
    [
        (["04/03/2024", "05/03/2024"], {"04/03/2024": "either way round", "05/03/2024": "either way round"}),
        (["04/03/2024", "25/03/2024"], {}),
        (["R6.3.4", "R6.3.5"], {"R6.3.4": "Japanese era", "R6.3.5": "Japanese era"}),
        (["2024-03-04", "45355.5"], {"45355.5": "spreadsheet's number for a date"}),
        (["45355.5", "45356.5"], {}),
    ],
)
def test_dates_that_may_be_read_otherwise_are_pointed_out(line: Line, cells: list[str], odd: dict[str, str]) -> None:
    from labelkit.flows.metadata_check import metadata_check
    from labelkit.flows.table_reading import TableReading

    table = line.table(f"file,day\na.png,{cells[0]}\nb.png,{cells[1]}\n")
    [day] = [c for c in metadata_check([table], None, TableReading()).table.columns if c.name == "day"]
    assert {s.value for s in day.suspects} == set(odd)
    assert all(odd[s.value] in s.why for s in day.suspects)


# ---- rows and images: how they meet


@pytest.mark.parametrize("written", ["D:\\img\\a.png", "\\\\plant\\share\\a.png", "img/a.png", ".\\a.png"])
def test_windows_paths_are_read(line: Line, written: str) -> None:
    line.table(f"file,verdict\n{written},OK\nb.png,NG\n")
    assert line.labels() == SOUND


@pytest.mark.parametrize(
    ("written", "step"),
    [
        ("A.PNG", "a name in another case or Unicode form"),
        ("a.bmp", "a name with another suffix"),
        ("a", "a name without its suffix"),
    ],
)
def test_names_that_differ_a_little_find_their_image_and_are_counted(line: Line, written: str, step: str) -> None:
    line.table(f"file,verdict\n{written},OK\nb.png,NG\n")
    result = line.sort()
    assert labels_of(result) == SOUND
    assert f"1 by {step}" in told(result, "rows found their images")


@pytest.mark.parametrize(("disk", "table"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_composed_and_decomposed_names_are_the_same(tmp_path: Path, disk: str, table: str) -> None:
    there = Line(tmp_path)
    name = "ガ品.png"
    on_disk = unicodedata.normalize("NFD" if disk == "NFD" else "NFC", name)
    there.images(on_disk)
    in_table = unicodedata.normalize("NFD" if table == "NFD" else "NFC", name)
    there.table(f"file,verdict\n{in_table},OK\n")
    assert there.labels() == {on_disk: "OK"}


def test_another_suffix_counts_only_where_nothing_else_claims_the_image(line: Line) -> None:
    line.images("c.png")
    line.table("file,verdict\na.png,OK\na.bmp,NG\nb.png,NG\nc.bmp,OK\nc.jpg,NG\n")
    result = line.sort(allow_missing=True)
    assert labels_of(result) == SOUND
    assert result.missing == 3


def test_zero_padding_is_a_hint_until_it_is_declared(tmp_path: Path) -> None:
    there = Line(tmp_path)
    there.images("007.png", "012.png")
    there.table("file,verdict\n7,OK\n012.png,NG\n")
    hinted = there.sort()
    assert labels_of(hinted) == {"012.png": "NG"}
    assert "--pad-digits 3 ('7' as '007.png')" in told(hinted, "pad-digits")
    wanted = {"007.png": "OK", "012.png": "NG"}
    assert there.labels(pad_digits=3) == wanted
    assert there.labels(contracts={"file": {"pad": 3}}) == wanted
    assert there.labels(pad_digits=4, allow_missing=True) == {"012.png": "NG"}


def test_missing_files_and_images_without_a_row_are_two_lists(line: Line) -> None:
    line.images("c.png")
    line.table("file,verdict\na.png,OK\nb.png,NG\ngone.png,OK\n")
    result = line.sort()
    assert {(p.file, p.state) for p in result.problems} == {("c.png", "unlisted"), ("gone.png", "missing")}


def test_mostly_missing_files_stop_before_anything_moves(line: Line) -> None:
    line.table("file,verdict\na.png,OK\nx.png,NG\ny.png,OK\n")
    assert "2 of 3 rows have no file" in line.refused()


def test_a_base_name_in_two_folders_is_refused_with_both(line: Line) -> None:
    line.images("s1/7.png", "s2/7.png")
    line.table("file,verdict\n7.png,OK\n")
    text = line.refused()
    assert "s1/7.png" in text
    assert "s2/7.png" in text


def test_rows_that_repeat_count_once_and_rows_that_contradict_are_a_conflict(line: Line) -> None:
    line.table("file,verdict\na.png,OK\na.png,OK\nb.png,OK\nb.png,NG\n")
    result = line.sort()
    assert labels_of(result) == {"a.png": "OK"}
    assert told(result, "repeat").startswith("1 rows repeat")
    assert [(p.file, p.state) for p in result.problems] == [("b.png", "conflict")]


@pytest.mark.parametrize(
    ("how", "labels"),
    [
        (["first"], {"a.png": "NG", "b.png": "OK"}),
        (["last"], {"a.png": "OK", "b.png": "OK"}),
        (["score=min"], {"a.png": "NG", "b.png": "OK"}),
        (["score=max"], {"a.png": "OK", "b.png": "OK"}),
        (["score=mean"], {"a.png": "NG", "b.png": "OK"}),
        (["min"], {"a.png": "NG", "b.png": "OK"}),
    ],
)
def test_several_rows_of_an_image_are_aggregated_when_declared(
    line: Line, how: list[str], labels: dict[str, str]
) -> None:
    line.table("file,time,score\na.png,1,70\na.png,2,85\nb.png,1,90\n")
    result = line.sort(rule=["score >= 80 -> OK", "score < 80 -> NG"], aggregate=how)
    assert labels_of(result) == labels
    assert told(result, "score: ") == f"score: {how[0].rpartition('=')[2]} of several rows for 1 image"


def test_any_ng_makes_the_image_ng(line: Line) -> None:
    line.table("file,verdict\na.png,OK\na.png,OK \nb.png,OK\nb.png,n.g.\n")
    assert line.labels(aggregate=["verdict=any:NG"]) == SOUND
    assert line.labels(contracts={"verdict": {"aggregate": "any:NG"}}) == SOUND


def test_an_aggregate_of_text_is_refused_with_its_cell(line: Line) -> None:
    line.table("file,verdict,score\na.png,OK,1\na.png,OK,x\nb.png,NG,2\n")
    assert "m.csv:3, column score: 'x' is no number" in line.refused(aggregate="score=min")
    assert "did you mean 'mean'" in line.refused(aggregate="maen", code=2)


def test_several_tables_keep_the_file_and_line_of_each_row(line: Line) -> None:
    first = line.table("file,verdict\na.png,OK\n", "monday.csv")
    second = line.table("file;verdict;lot\nb.png;retest;L1\n", "tuesday.csv")
    text = line.refused(first, second, map={"OK": "GO"})
    assert "1 x  tuesday.csv:2" in text
    assert "monday.csv" not in text
    result = line.sort(first, second, map={"OK": "OK", "retest": "NG"})
    assert labels_of(result) == SOUND
    assert "1 rows have no value there" in told(result, "monday.csv: has no column lot")
