"""Excel workbooks as tables: text as Excel shows plain values, formulas by the value that was kept."""

from __future__ import annotations

import datetime as dt
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from labelkit.domain.errors import MetadataError, MissingExtraError
from labelkit.storage.distribution import install_line
from labelkit.storage.metadata import read_metadata


def workbook(
    path: Path, *rows: Sequence[object], title: str = "Tabelle1", formats: dict[str, str] | None = None
) -> Path:
    book = openpyxl.load_workbook(path) if path.exists() else openpyxl.Workbook()
    sheet = book.create_sheet(title) if path.exists() else book.worksheets[0]
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for cell, number_format in (formats or {}).items():
        sheet[cell].number_format = number_format
    book.save(path)
    return path


def keep_value(path: Path, cell: str, formula: str, kept: str) -> None:
    """Write the value that Excel would keep of a formula, which openpyxl does not."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    old = f'<c r="{cell}"><f>{formula}</f><v></v></c>'.encode()
    old = old if old in files[sheet] else f'<c r="{cell}"><f>{formula}</f><v /></c>'.encode()
    assert old in files[sheet]
    files[sheet] = files[sheet].replace(old, kept.encode())
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)


def test_the_first_sheet_is_read_as_text(tmp_path: Path) -> None:
    moment = dt.datetime(2026, 3, 4, 10, 11, 12)  # noqa: DTZ001 - a cell tells no time zone
    file = workbook(
        tmp_path / "m.xlsx",
        ["Line 3"],
        ["file", "score", "serial", "day", "time", "ok", "lot"],
        ["a.png", 80.0, 123, dt.date(2026, 3, 4), moment, True, None],
        ["b.png", 0.1, 123456789012, dt.date(2026, 3, 5), moment, False, "  L1"],
        formats={"C3": "00000"},
    )
    table = read_metadata([file])
    assert table.columns == {
        "file": ("a.png", "b.png"),
        "score": ("80", "0.1"),
        "serial": ("00123", "123456789012"),
        "day": ("2026-03-04", "2026-03-05"),
        "time": ("2026-03-04 10:11:12",) * 2,
        "ok": ("TRUE", "FALSE"),
        "lot": ("", "  L1"),
    }
    assert table.place(1) == f"{file}:4"
    assert "(Excel, sheet Tabelle1)" in table.said[0]
    assert any("above the column names" in line for line in table.said)


def test_another_sheet_is_named_behind_a_hash(tmp_path: Path) -> None:
    file = workbook(tmp_path / "m.xlsx", ["file"], ["a.png"])
    workbook(file, ["file", "v"], ["b.png", 1], title="März 2026")
    assert read_metadata([f"{file}#März 2026"]).columns["file"] == ("b.png",)
    with pytest.raises(MetadataError, match="no sheet 'Marz 2026'") as caught:
        read_metadata([f"{file}#Marz 2026"])
    assert "did you mean 'März 2026'" in caught.value.remedy


def test_a_formula_counts_as_the_value_that_was_kept(tmp_path: Path) -> None:
    file = workbook(tmp_path / "m.xlsx", ["file", "score"], ["a.png", "=40*2"])
    with pytest.raises(MetadataError, match="cell B2 holds a formula whose value") as caught:
        read_metadata([file])
    assert caught.value.place == f"{file}:2"
    keep_value(file, "B2", "40*2", '<c r="B2"><f>40*2</f><v>80</v></c>')
    assert read_metadata([file]).columns["score"] == ("80",)


def test_an_error_value_is_refused_with_its_cell(tmp_path: Path) -> None:
    file = workbook(tmp_path / "m.xlsx", ["file", "score"], ["a.png", "=1/0"])
    keep_value(file, "B2", "1/0", '<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>')
    with pytest.raises(MetadataError, match="cell B2 holds the error value #DIV/0!"):
        read_metadata([file])


@pytest.mark.parametrize("content", [b"", b"file,score\n", b"PK\x03\x04 broken"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "m.xlsx"
    file.write_bytes(content)
    with pytest.raises(MetadataError, match="no Excel workbook"):
        read_metadata([file])


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    file = workbook(tmp_path / "m.xlsx", ["file"], ["a.png"])
    with zipfile.ZipFile(file) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data[: len(data) // 2] if "sheet1" in name else data)
    with pytest.raises(MetadataError, match="cannot be read"):
        read_metadata([file])


def test_no_such_workbook(tmp_path: Path) -> None:
    with pytest.raises(MetadataError, match="no such metadata file"):
        read_metadata([tmp_path / "none.xlsx"])


def test_without_the_extra_the_install_line_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = workbook(tmp_path / "m.xlsx", ["file"], ["a.png"])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(MissingExtraError) as caught:
        read_metadata([file])
    assert caught.value.remedy == install_line("excel")
    assert caught.value.remedy.endswith('[excel]"')
    assert caught.value.exit_code == 2
