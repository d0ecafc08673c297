"""Held images: grouped by reason, most frequent first; the table a person fills in, and sorts by."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import labelkit
from labelkit.domain.errors import UsageError
from labelkit.flows.why_held import COLUMNS, held, write_held
from tests.flows.scenes import image, write_table

HOSTILE = (
    "=cmd.png",
    "+1.png",
    "-2.png",
    "@x.png",
    "\uff1d3.png",
    "a,b.png",
    'q".png',
    "a\nb.png",
    "\x1b[31m.png",
    "検査.png",
)


@pytest.fixture
def base_dir(tmp_path: Path) -> Path:
    """Four without a score, one of two minds, one unlisted, one labeled; hostile names unlisted too."""
    for name in ("a", "b", "c", "d", "torn", "go", "lost"):
        image(tmp_path / "raw" / f"{name}.png")
    rows = [*((f"{n}.png", "") for n in "abcd"), ("torn.png", "10"), ("torn.png", "90"), ("go.png", "90")]
    write_table(tmp_path / "m.csv", ["file", "score"], rows)
    labelkit.sort(
        tmp_path / "raw",
        base_dir=tmp_path / "base_dir",
        metadata=tmp_path / "m.csv",
        rule=["score >= 80 -> GO", "score < 80 -> NG"],
        policy="unanimous",
    )
    return tmp_path / "base_dir"


def rows_in(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as f:
        return list(csv.reader(f))


def test_reasons_come_most_frequent_first_with_their_rows(base_dir: Path) -> None:
    report = held(base_dir=base_dir)
    assert [(str(g.state), g.why, len(g.images)) for g in report.groups] == [
        ("abstained", "no value: score", 4),
        ("conflict", "score >= 80 -> GO says GO; score < 80 -> NG says NG", 1),
        ("unlisted", "no row of the metadata speaks of it", 1),
    ]
    assert [r.rpartition("/")[2] for r in report.groups[1].images[0].rows] == ["m.csv:6", "m.csv:7"]
    assert str(report).splitlines()[:2] == ["6 images are held", "  4 abstained: no value: score"]


def test_reasons_that_name_rows_are_one_group(base_dir: Path) -> None:
    labels = [(f"{n}.png", label) for n in "ab" for label in ("GO", "NG")]
    write_table(base_dir.parent / "v.csv", ["file", "verdict"], labels)
    labelkit.sort(
        base_dir.parent / "raw", base_dir=base_dir, metadata=base_dir.parent / "v.csv", label_column="verdict"
    )
    assert ("verdict says its rows disagree", 2) in [(g.why, len(g.images)) for g in held(base_dir=base_dir).groups]


def test_the_table_is_harmless_and_is_taken_back_word_for_word(base_dir: Path, tmp_path: Path) -> None:
    raw, table = tmp_path / "raw", tmp_path / "held.csv"
    for name in HOSTILE:
        image(raw / "plain.png").rename(raw / name)
    labelkit.sort(raw, base_dir=base_dir, metadata=tmp_path / "m.csv", rule=["score >= 80 -> GO", "score < 10 -> NG"])
    report = held(base_dir=base_dir)
    assert write_held(report, table, overwrite=False) is False
    assert table.read_bytes().startswith(b"\xef\xbb\xbf")
    header, *rows = rows_in(table)
    assert tuple(header) == COLUMNS == ("file", "source", "state", "why", "verdict")
    assert len(rows) == report.held
    assert {row[1] for row in rows} == {str(raw)}
    assert all(row[4] == "" for row in rows)
    assert not [c for row in rows for c in row if c[:1] in set("=+-@\t\r\uff1d") or "\x1b" in c or "\n" in c]
    write_table(table, COLUMNS, [[*row[:4], "NG"] for row in rows])
    result = labelkit.sort(raw, base_dir=base_dir, verdicts=table)
    assert result.labels["NG"] == len(rows)
    assert held(base_dir=base_dir).held == 0
    assert {p.name for p in (base_dir / "NG").iterdir()} >= set(HOSTILE)


def test_what_a_person_filled_in_is_written_over_only_when_asked(base_dir: Path, tmp_path: Path) -> None:
    table, report = tmp_path / "held.csv", held(base_dir=base_dir)
    write_held(report, table, overwrite=False)
    assert write_held(report, table, overwrite=False) is True
    header, *rows = rows_in(table)
    rows[2][4] = "GO"
    with table.open("w", encoding="cp1252", newline="") as f:  # as a spreadsheet saves it
        csv.writer(f, delimiter=";").writerows([header, *rows])
    filled = table.read_bytes()
    with pytest.raises(UsageError, match="holds 1 verdict that somebody filled in"):
        write_held(report, table, overwrite=False)
    assert table.read_bytes() == filled
    (tmp_path / "notes.csv").write_text("my own\n")
    with pytest.raises(UsageError, match="has not the columns file, source, state, why, verdict"):
        write_held(report, tmp_path / "notes.csv", overwrite=False)
    assert write_held(report, table, overwrite=True) is True
    assert rows_in(table)[3][4] == ""
    assert not list(tmp_path.glob(".labelkit-*"))


def test_images_that_left_their_source_are_told_and_not_asked_about(base_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "raw" / "a.png").unlink()
    report = held(base_dir=base_dir)
    assert (report.held, report.gone) == (6, 1)
    write_held(report, tmp_path / "held.csv", overwrite=False)
    assert [row[0] for row in rows_in(tmp_path / "held.csv")[1:]] == ["b.png", "c.png", "d.png", "lost.png", "torn.png"]


def test_without_a_sort_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        labelkit.held(base_dir=tmp_path / "none")
