"""Sorting again: what was decided before is only compared, and only what is new is recorded."""

from __future__ import annotations

import gc
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import labelkit
from labelkit.domain.decisions import Decision, ImageKey, State
from labelkit.domain.errors import LabelkitError
from labelkit.domain.placing import LEDGER_NAME
from labelkit.domain.sort_result import SortResult
from labelkit.flows import sort as flow
from labelkit.flows import sort_judge
from labelkit.flows.run import Run
from labelkit.flows.sort_judge import Judged
from labelkit.flows.sort_options import SortOptions
from labelkit.plugins.sources import Sources
from labelkit.storage.ledger import Ledger
from labelkit.storage.sqlite_ledger import open_ledger
from tests.flows.scenes import image, read_tree, write_table

ROWS = [
    ("a/1.png", "90", "x"),
    ("a/2.png", "10", "y"),
    ("b/1.png", "", "x"),  # no value: held, with a reason
    ("b/2.png", "90", "x"),  # two rows that agree
    ("b/2.png", "91", "日本"),
    ("b/3.png", "90", ""),  # two rows that disagree
    ("b/3.png", "10", ""),
]


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Six images, one of them unlisted, and a table that says several things of some."""
    for name in (*dict.fromkeys(name for name, *_ in ROWS), "c/unlisted.png"):
        image(tmp_path / "raw" / name)
    write_table(tmp_path / "m.csv", ["file", "score", "lot"], ROWS)
    return tmp_path / "raw"


def sort(raw: Path, *rules: str) -> SortResult:
    given = rules or ("score >= 80 -> GO", "score < 80 -> NG", "width > 100 -> NG")
    base_dir = raw.parent / "base_dir"
    return labelkit.sort(raw, metadata=raw.parent / "m.csv", base_dir=base_dir, rule=given, jobs=1)


def history(raw: Path) -> dict[str, list[Decision]]:
    ledger = open_ledger(raw.parent / "base_dir", create=False, read_only=True)
    try:
        return {k.path: [d for _, d in ledger.history(k)] for k in ledger.decisions()}
    finally:
        ledger.close()


def test_nothing_is_recorded_twice_and_each_news_once(raw: Path) -> None:
    first = sort(raw)
    assert first.states == {State.LABELED: 3, State.ABSTAINED: 1, State.CONFLICT: 1, State.ERROR: 0, State.UNLISTED: 1}
    once = history(raw)
    assert {name: len(told) for name, told in once.items()} == dict.fromkeys(once, 1)
    sort(raw)
    assert history(raw) == once

    write_table(raw.parent / "m.csv", ["lot", "file", "score"], [(lot, name, score) for name, score, lot in ROWS])
    sort(raw)
    assert history(raw) == once, "another order of columns says nothing new"

    changed = [(name, "89" if score == "91" else score, lot) for name, score, lot in ROWS]
    write_table(raw.parent / "m.csv", ["file", "score", "lot"], changed)
    sort(raw)
    assert {name for name, told in history(raw).items() if len(told) > 1} == {"b/2.png"}, "one cell of a second row"

    image(raw / "a/1.png", size=(9, 6))
    sort(raw)
    widths = [d.features["width"] for d in history(raw)["a/1.png"]]
    assert widths == [8.0, 9.0], "the same label, but it rests on another picture"


def test_what_the_ledger_compares_is_what_it_keeps(raw: Path) -> None:
    sort(raw)
    ledger = open_ledger(raw.parent / "base_dir", create=False, read_only=True)
    decided, decisions = ledger.decided(), ledger.decisions()
    ledger.close()
    assert decided == {image: d.decided for image, d in decisions.items()}
    assert len({d.rests_on for d in decided.values()}) == len(decided)
    assert ImageKey(str(raw), "a/1.png") in decided


def test_ten_runs_in_a_row_leave_a_sound_ledger_that_grows_by_its_runs_only(raw: Path) -> None:
    def rows() -> dict[str, int]:
        with closing(sqlite3.connect(raw.parent / "base_dir" / LEDGER_NAME)) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {t: db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables}  # noqa: S608 - own names

    sort(raw)
    once, tree = rows(), read_tree(raw.parent / "base_dir")
    for _ in range(9):
        assert sort(raw).already == 3
    assert rows() == {**once, "runs": 10}
    assert {p: h for p, h in read_tree(raw.parent / "base_dir").items() if p != LEDGER_NAME} == {
        p: h for p, h in tree.items() if p != LEDGER_NAME
    }
    report = labelkit.verify(raw.parent / "base_dir")
    assert [*report.missing, *report.extra, *report.altered, *report.moved, *report.unfinished] == []


def test_the_collector_of_garbage_is_left_as_it_was(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, during = gc.get_threshold(), list[tuple[int, int, int]]()
    real = sort_judge.judge

    def judge(options: SortOptions, sources: Sources, ledger: Ledger, run: Run) -> Judged:
        during.append(gc.get_threshold())
        return real(options, sources, ledger, run)

    monkeypatch.setattr(flow, "judge", judge)
    sort(raw)
    with pytest.raises(LabelkitError):
        sort(raw, "no_such_column == 1 -> GO")
    assert [d > before for d in during] == [True, True]
    assert gc.get_threshold() == before
