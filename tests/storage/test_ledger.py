"""The ledger: one contract for both implementations, and what the SQLite file tells when something is wrong with it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from labelkit.domain.decisions import DecidedBy, Decision, ImageKey, State
from labelkit.domain.errors import LedgerError
from labelkit.domain.placing import LEDGER_NAME, Action, Change, Mode, Placement, RunRecord, Step, StepReceipt
from labelkit.storage import ledger_file
from labelkit.storage.ledger import Intent, Ledger
from labelkit.storage.memory_ledger import MemoryLedger
from labelkit.storage.sqlite_ledger import open_ledger

A = ImageKey("/data/line 1", "a.png")
HOSTILE = ImageKey("/data/\udcff", "x\udc80\n日本.png")
RUN = RunRecord("run-1", "2026-01-02T03:04:05+00:00", Mode.COPY, '{"rules": []}')
HELD = Decision(A, State.ABSTAINED, None, DecidedBy.NOBODY, why="no value: score")
GO = Decision(
    A,
    State.LABELED,
    "GO",
    DecidedBy.RULE,
    "by_score",
    "says \udcff",
    (("by_score", "GO"), ("dark", "abstains: no value")),
    {"score": "81", "検査 No.": "\udc81", "lot": ""},
    {"brightness": 0.25},
)
PLACED = Placement(A, "GO/a.png", Mode.COPY, "ab" * 32, (1, -2, 3, 2**64 - 1), (5, 6, 7, 8))
STEP = Step(Action.RELOCATE, HOSTILE, (1, 2, 3, 2**63), "NG/x\udc80.png", "GO/x\udc80.png", "cd" * 32)
INTENT = Intent(STEP, Mode.MOVE, ".labelkit-0011223344556677.part", "run-1")

Reopen = Callable[[], Ledger]


@pytest.fixture(params=["memory", "sqlite"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reopen]:
    """Open the same ledger again, as another run would."""
    memory, opened = MemoryLedger(), list[Ledger]()

    def again() -> Ledger:
        for earlier in opened:
            earlier.close()
        opened[:] = [memory if request.param == "memory" else open_ledger(tmp_path, create=True)]
        return opened[0]

    yield again
    for ledger in opened:
        ledger.close()


def test_a_new_ledger_is_empty(reopen: Reopen) -> None:
    ledger = reopen()
    assert ledger.runs() == []
    assert ledger.decisions() == {}
    assert ledger.placements() == {}
    assert ledger.intents() == []
    assert ledger.classes() == ()


def test_runs_come_back_in_order_with_their_counts(reopen: Reopen) -> None:
    second = replace(RUN, id="a-later-run", mode=Mode.MOVE)
    reopen().begin_run(RUN)
    reopen().begin_run(second)
    reopen().end_run(RUN.id, '{"seen": 3}')
    assert reopen().runs() == [replace(RUN, counts='{"seen": 3}'), second]


def test_a_run_begins_once_and_only_a_known_one_ends(reopen: Reopen) -> None:
    ledger = reopen()
    ledger.begin_run(RUN)
    with pytest.raises(LedgerError):
        ledger.begin_run(RUN)
    with pytest.raises(LedgerError, match="no run other"):
        ledger.end_run("other", "{}")
    with pytest.raises(LedgerError, match="no run other"):
        ledger.record_decisions("other", [GO])


def test_the_latest_decision_counts_and_none_is_forgotten(reopen: Reopen) -> None:
    ledger = reopen()
    ledger.begin_run(RUN)
    ledger.record_decisions(RUN.id, [HELD, HELD._replace(image=HOSTILE)])
    ledger.begin_run(replace(RUN, id="run-2"))
    ledger.record_decisions("run-2", [GO])
    ledger = reopen()
    assert ledger.decisions() == {A: GO, HOSTILE: HELD._replace(image=HOSTILE)}
    assert ledger.history(A) == [("run-1", HELD), ("run-2", GO)]
    assert ledger.history(ImageKey("/nowhere", "a.png")) == []


def test_every_decision_comes_back_as_it_was(reopen: Reopen) -> None:
    ledger = reopen()
    ledger.begin_run(RUN)
    given = [
        GO._replace(
            image=ImageKey("/data", f"{state}-{by}.png"), state=state, by=by, label=None if by == "nobody" else "60"
        )
        for state in State
        for by in DecidedBy
    ]
    ledger.record_decisions(RUN.id, given)
    assert list(reopen().decisions().values()) == given


def test_placements_are_set_replaced_and_forgotten(reopen: Reopen) -> None:
    other = PLACED._replace(image=HOSTILE, mode=Mode.SYMLINK)
    ledger = reopen()
    ledger.record_placements([PLACED, other])
    ledger.record_placements([PLACED._replace(target="NG/a.png")])
    assert reopen().placements() == {A: PLACED._replace(target="NG/a.png"), HOSTILE: other}
    reopen().forget_placements([A, ImageKey("/never", "seen")])
    assert reopen().placements() == {HOSTILE: other}


def test_what_is_under_way_is_what_was_written_last(reopen: Reopen) -> None:
    reopen().begin_run(RUN)
    other = INTENT._replace(step=STEP._replace(image=HOSTILE), mode=Mode.SYMLINK, run="run-2")
    hashed = INTENT._replace(step=STEP._replace(sha256="ef" * 32))
    reopen().intend([INTENT, other])
    assert reopen().intents() == [INTENT, other]
    reopen().settle(RUN.id, [StepReceipt(other.step, None, "cannot read")], [hashed])
    assert reopen().intents() == [hashed]
    reopen().settle(RUN.id, [StepReceipt(hashed.step, PLACED)])
    assert reopen().intents() == []


def test_settling_records_where_images_stand(reopen: Reopen) -> None:
    place, gone = (
        Step(Action.PLACE, A, (1, 2, 3, 4), "GO/a.png"),
        Step(Action.WITHDRAW, A, (1, 2, 3, 4), before="GO/a.png"),
    )
    reopen().begin_run(RUN)
    reopen().settle(RUN.id, [StepReceipt(place, PLACED)])
    assert reopen().placements() == {A: PLACED}
    reopen().settle(RUN.id, [StepReceipt(gone, None, "it was altered")])
    assert reopen().placements() == {A: PLACED}
    reopen().settle(RUN.id, [StepReceipt(gone, None)])
    assert reopen().placements() == {}
    sha256 = PLACED.sha256
    assert reopen().changes() == [
        Change(RUN.id, A, Action.PLACE, "", "GO/a.png", Mode.COPY, sha256),
        Change(RUN.id, A, Action.WITHDRAW, "GO/a.png", "", Mode.COPY, sha256),
    ]


def test_what_a_taken_back_run_decided_does_not_count_but_what_a_person_decided_does(reopen: Reopen) -> None:
    second = replace(RUN, id="run-2")
    undo = replace(RUN, id="run-3", takes_back="run-2")
    dragged = HELD._replace(image=HOSTILE, state=State.LABELED, label="NG", by=DecidedBy.PERSON)
    reopen().begin_run(RUN)
    reopen().record_decisions(RUN.id, [HELD])
    reopen().begin_run(second)
    reopen().record_decisions(second.id, [GO, dragged])
    reopen().begin_run(undo)
    assert reopen().decisions() == {A: GO, HOSTILE: dragged}, "an undo that has not ended takes nothing back"
    reopen().end_run(undo.id, "{}")
    assert reopen().decisions() == {A: HELD, HOSTILE: dragged}
    assert reopen().runs()[-1] == replace(undo, counts="{}")
    assert [run for run, _ in reopen().history(A)] == [RUN.id, second.id], "history forgets nothing"


def test_class_names_keep_their_order(reopen: Reopen) -> None:
    reopen().set_classes(["NG", "GO", "検査"])
    reopen().set_classes(["60", "100"])
    assert reopen().classes() == ("60", "100")


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    ledger = open_ledger(tmp_path, create=True)
    ledger.begin_run(RUN)
    ledger.record_decisions(RUN.id, [GO])
    ledger.record_placements([PLACED])
    ledger.intend([INTENT])
    ledger.close()
    return tmp_path


def test_the_ledger_is_one_file(filled: Path) -> None:
    assert [p.name for p in filled.iterdir()] == [LEDGER_NAME]


def test_where_no_ledger_is_none_is_made_unasked(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="there is no ledger") as e:
        open_ledger(tmp_path, create=False)
    assert e.value.exit_code == 4
    assert list(tmp_path.iterdir()) == []


def read_all(ledger: Ledger) -> None:
    ledger.runs()
    ledger.decisions()
    ledger.placements()
    ledger.intents()


@pytest.mark.parametrize(
    ("change", "table"),
    [
        ("UPDATE decisions SET label = 'NG'", "decisions"),
        ("UPDATE decisions SET rests_on = zeroblob(16)", "decisions"),
        ("UPDATE inputs SET row_values = replace(row_values, '81', '18')", "inputs"),
        ("UPDATE inputs SET seq = 2", "inputs"),
        ("DELETE FROM inputs", "inputs"),
        ("UPDATE placements SET target = CAST('NG/a.png' AS BLOB)", "placements"),
        ("UPDATE placements SET stamps = zeroblob(64)", "placements"),
        ("UPDATE intents SET steps = replace(steps, 'relocate', 'withdraw')", "intents"),
        ("UPDATE runs SET mode = 'move'", "runs"),
        ("UPDATE roots SET path = CAST('/other' AS BLOB) WHERE id = 1", "roots"),
    ],
)
def test_a_damaged_row_is_named_and_not_believed(filled: Path, change: str, table: str) -> None:
    with sqlite3.connect(filled / LEDGER_NAME) as db:
        db.execute(change)
    db.close()
    ledger = open_ledger(filled, create=False)
    with pytest.raises(LedgerError, match=f"damaged: table {table}, row (1|a.png|x)") as e:
        read_all(ledger)
    ledger.close()
    assert e.value.exit_code == 4
    assert e.value.remedy


def test_a_flipped_byte_never_goes_unseen(filled: Path) -> None:
    """Any byte of the rows: what is read back is what was written, or an error."""
    good = (filled / LEDGER_NAME).read_bytes()
    marks = [b"GO/a.png", b"by_score", b'"81"', b"ab" * 32, b"cd" * 32, b"a.png", b".labelkit-0011", b"relocate"]
    places = [good.index(m) + i for m in marks for i in range(len(m)) if m in good]
    seen = []
    for place in places:
        (filled / LEDGER_NAME).write_bytes(good[:place] + bytes([good[place] ^ 0x20]) + good[place + 1 :])
        seen.append(_reads_as_written(filled))
    assert True not in seen
    assert len(seen) > 150


def _reads_as_written(base_dir: Path) -> bool:
    """Whether all values are read, and right; an error is neither."""
    try:
        ledger = open_ledger(base_dir, create=False, read_only=True)
        try:
            found = (ledger.decisions(), ledger.placements(), ledger.intents())
        finally:
            ledger.close()
    except LedgerError:
        return False
    assert found == ({A: GO}, {A: PLACED}, [INTENT])
    return True


def test_another_version_is_refused(filled: Path) -> None:
    with sqlite3.connect(filled / LEDGER_NAME) as db:
        db.execute("UPDATE meta SET value = 99 WHERE key = 'schema'")
    db.close()
    with pytest.raises(LedgerError, match="has schema 99; this version reads schema 3"):
        open_ledger(filled, create=True)


def test_another_programs_file_is_refused_and_left(tmp_path: Path) -> None:
    (tmp_path / LEDGER_NAME).write_bytes(b"PK\3\4 this is no database, but 32 bytes at least " * 20)
    before = (tmp_path / LEDGER_NAME).read_bytes()
    with pytest.raises(LedgerError, match="not a database"):
        open_ledger(tmp_path, create=True)
    assert (tmp_path / LEDGER_NAME).read_bytes() == before


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / LEDGER_NAME) as db:
        db.execute("CREATE TABLE photos (id)")
    db.close()
    with pytest.raises(LedgerError, match="no ledger of labelkit"):
        open_ledger(tmp_path, create=True)


def test_a_ledger_in_use_says_what_to_do(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_file, "_BUSY_SECONDS", 0.05)
    other = sqlite3.connect(filled / LEDGER_NAME, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(LedgerError, match="locked") as e:
        open_ledger(filled, create=False)
    other.close()
    assert "wait" in e.value.remedy


@pytest.mark.parametrize(("left", "remedy"), [(0, "no more files"), (9, "readable and writable")])
def test_a_disk_without_names_left_is_told_apart(
    filled: Path, monkeypatch: pytest.MonkeyPatch, left: int, remedy: str
) -> None:
    ledger = open_ledger(filled, create=False)
    (filled / f"{LEDGER_NAME}-journal").symlink_to(filled / "missing" / "journal")  # none can be made
    real = os.statvfs(filled)
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result((*real[:5], 100, left, left, *real[8:10])))
    with pytest.raises(LedgerError, match="unable to open") as e:
        ledger.begin_run(replace(RUN, id="run-2"))
    ledger.close()
    assert remedy in e.value.remedy


def test_reading_only_reads(filled: Path) -> None:
    before = (filled / LEDGER_NAME).read_bytes()
    ledger = open_ledger(filled, create=False, read_only=True)
    assert ledger.placements() == {A: PLACED}
    with pytest.raises(LedgerError, match="readonly") as e:
        ledger.intend([])
    ledger.close()
    assert "writable" in e.value.remedy
    assert (filled / LEDGER_NAME).read_bytes() == before
    assert [p.name for p in filled.iterdir()] == [LEDGER_NAME]


@pytest.mark.parametrize("read_only", [False, True])
def test_an_empty_file_left_by_a_kill_is_an_empty_ledger(tmp_path: Path, *, read_only: bool) -> None:
    (tmp_path / LEDGER_NAME).touch()
    ledger = open_ledger(tmp_path, create=False, read_only=read_only)
    assert ledger.runs() == []
    ledger.close()


def test_a_method_that_fails_midway_changes_nothing(filled: Path) -> None:
    def some() -> Iterator[Decision]:
        yield HELD._replace(image=ImageKey("/a new root", "b.png"))
        raise KeyboardInterrupt

    ledger = open_ledger(filled, create=False)
    with pytest.raises(KeyboardInterrupt):
        ledger.record_decisions(RUN.id, some())
    ledger.record_decisions(RUN.id, [HELD._replace(image=ImageKey("/a new root", "c.png"))])
    ledger.close()
    ledger = open_ledger(filled, create=False)
    assert sorted(k.path for k in ledger.decisions()) == ["a.png", "c.png"]
    ledger.close()


def test_a_base_dir_of_any_name(tmp_path: Path) -> None:
    base_dir = tmp_path / os.fsdecode(b"50% of? #1 \xff")
    base_dir.mkdir()
    ledger = open_ledger(base_dir, create=True)
    ledger.record_placements([PLACED])
    ledger.close()
    ledger = open_ledger(base_dir, create=False, read_only=True)
    assert ledger.placements() == {A: PLACED}
    ledger.close()
