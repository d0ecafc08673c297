"""Facts read again: what an audit wrote comes back as it was; whatever else is refused with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import labelkit
from labelkit.domain.audit import AuditReport
from labelkit.domain.errors import DataError, LabelkitError, UsageError
from labelkit.domain.facts import fact_columns
from labelkit.reporting.audit_facts import write_facts
from labelkit.storage.facts_file import read_facts
from tests.auditing.scenes import fill, write
from tests.imaging.jpegs import cut_out, drawing, written


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> AuditReport:
    base = fill(tmp_path_factory.mktemp("facts") / "set", GO=3, NG=2)
    write(base / "GO" / "photo.jpg", written(cut_out(drawing(1), (320, 240)), quality=88))
    write(base / "NG" / "良\t\udcff\n.png", b"no image")
    return labelkit.audit(base, jobs=1)


def facts_of(report: AuditReport, file: Path) -> Path:
    write_facts(file, [report])
    return file


def test_every_fact_comes_back(report: AuditReport, tmp_path: Path) -> None:
    exact = read_facts(facts_of(report, tmp_path / "facts.jsonl"), report.base_dir)
    assert exact.columns == report.facts_table()
    assert (exact.images, exact.missing, exact.spreadsheet) == (7, (), False)
    table = read_facts(facts_of(report, tmp_path / "facts.csv"), report.base_dir)
    for name in ("size", "brightness", "gray", "jpeg_quality", "format", "width"):
        assert [v or None for v in table.columns[name]] == [v or None for v in exact.columns[name]], name
    assert "NG/良\\t\\udcff\\n.png" in table.columns["path"]


def test_the_rows_of_the_folder_that_is_audited_count(report: AuditReport, tmp_path: Path) -> None:
    file = tmp_path / "both.jsonl"
    write_facts(file, [report, replace(report, base_dir="other", facts=report.facts[:5])])
    assert read_facts(file, "other").images == 5
    with pytest.raises(DataError, match="of 2 folders"):
        read_facts(file, "elsewhere")


def test_facts_of_an_older_labelkit_are_read_and_what_they_lack_is_told(report: AuditReport, tmp_path: Path) -> None:
    file = facts_of(report, tmp_path / "facts.jsonl")
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    file.write_text("".join(json.dumps({k: v for k, v in r.items() if k != "brightness"}) + "\n" for r in rows))
    earlier = read_facts(file, report.base_dir)
    assert earlier.missing == ("brightness",)
    assert set(earlier.columns) == set(fact_columns()) - {"brightness"}


def with_cell(name: str, value: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        lines = text.splitlines()
        at = lines[0].split(",").index(name)
        cells = lines[2].split(",")
        cells[at] = value
        return "\n".join([*lines[:2], ",".join(cells), *lines[3:]])

    return change


@pytest.mark.parametrize(
    ("change", "place", "why"),
    [
        (lambda _: "", "facts.csv", "no column 'base_dir'"),
        (lambda t: t.splitlines()[0], "facts.csv", "of no image"),
        (lambda t: t.replace("brightness", "brightnes", 1), "facts.csv", "no fact is called 'brightnes'"),
        (lambda t: t.replace("p1,", "p5,", 1), "facts.csv", "two columns 'p5'"),
        (lambda t: t.replace("fault,", "base_dir,", 1), "facts.csv", "no column 'fault'"),
        (lambda t: t + "a,b\n", "facts.csv:9", "2 cells, where the header has"),
        (lambda t: t + '"' + "x" * 200_000, "facts.csv:", "cannot be read"),
        (with_cell("size", "-4"), "facts.csv:3", "column size: '-4' is not a whole number"),
        (with_cell("size", "9" * 5000), "facts.csv:3", "is not a whole number"),
        (with_cell("brightness", "nan"), "facts.csv:3", "column brightness: 'nan' is not a number"),
        (with_cell("brightness", "1e999"), "facts.csv:3", "is not a number"),
        (with_cell("gray", "\x1b[31myes"), "facts.csv:3", r"'\x1b[31myes' is not true or false"),
        (with_cell("path", ""), "facts.csv:3", "column path: empty"),
    ],
)
def test_what_is_no_table_of_facts_is_refused(
    report: AuditReport, tmp_path: Path, change: Callable[[str], str], place: str, why: str
) -> None:
    file = facts_of(report, tmp_path / "facts.csv")
    file.write_text(change(file.read_text("utf-8-sig")), "utf-8")
    with pytest.raises(DataError) as caught:
        read_facts(file, report.base_dir)
    assert caught.value.exit_code == 3
    assert place in caught.value.place
    assert why in caught.value.message


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "no column"),
        (b"{" * 100_000, "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'{"a": 1', "no JSON"),
        (b"[1]\n", "no JSON object"),
        (b"\xff\xfe\n", "no UTF-8"),
        (b'{"base_dir": "a", "path": "b", "fault": ""}\n{"path": "b"}\n', "other columns than in line 1"),
        (b'{"base_dir": "a", "path": "b", "fault": "", "width": true}\n', "'True' is not a whole number"),
        (b'{"base_dir": "a", "path": "b", "fault": "", "width": {"x": []}}\n', "is not a whole number"),
        (b'{"base_dir": "a", "path": "b", "fault": "", "red": NaN}\n', "is not a number"),
        (b'{"base_dir": "a", "path": 7, "fault": ""}\n', "'7' is not a text"),
    ],
)
def test_what_are_no_lines_of_facts_is_refused(tmp_path: Path, text: bytes, why: str) -> None:
    file = tmp_path / "facts.jsonl"
    file.write_bytes(text)
    with pytest.raises(DataError, match=why):
        read_facts(file, "a")


@pytest.mark.parametrize(("name", "why"), [("facts.xlsx", "cannot read"), ("nowhere.csv", "No such file")])
def test_a_file_that_is_none_is_wrong_usage(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        read_facts(tmp_path / name, "a")
    assert isinstance(caught.value, LabelkitError)
    assert caught.value.exit_code == 2
