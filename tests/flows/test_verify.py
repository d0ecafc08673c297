from __future__ import annotations

import io
import json
import multiprocessing
import os
import shutil
import signal
import sqlite3
from pathlib import Path

import pytest

import labelkit
from labelkit.domain.errors import LedgerError, UsageError
from labelkit.domain.placing import PART_PREFIX
from labelkit.domain.tree import Tree
from labelkit.domain.verify_report import Difference, Drag, Extra, VerifyReport
from labelkit.flows import verify as verify_flow
from labelkit.reporting.console import make_console
from labelkit.reporting.machine import to_json
from labelkit.reporting.verify_console import show_verify
from labelkit.reporting.verify_json import verify_json
from labelkit.storage.lock import exclusive
from labelkit.storage.walk import walk
from tests.flows.undo_scenes import FILES, Line
from tests.storage.scenes import build
from tests.storage.stop_points import Stops, in_child

MODES = ["copy", "hardlink", "symlink", "move"]


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path)


def verified(line: Line, *, quick: bool = False) -> VerifyReport:
    return labelkit.verify(line.base_dir, quick=quick)


def told(report: VerifyReport) -> str:
    out = io.StringIO()
    show_verify(report, make_console(out), verbose=False)
    return out.getvalue()


def flip(path: Path, at: int = 3) -> None:
    """Turn one bit, and leave size and times as they were."""
    status, content = path.stat(), bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("mode", MODES)
def test_after_any_sort_and_undo_all_is_as_recorded(line: Line, mode: str) -> None:
    for step in (lambda: line.sort(80, mode), lambda: line.sort(101, mode), lambda: line.sort(40, mode), line.undo):
        step()
        for quick in (False, True):
            report = verified(line, quick=quick)
            assert (report.exit_code, report.remarks) == (0, ())
            assert report.recorded == report.as_recorded == len([n for n in line.classes() if "/" in n])
    report = verified(line)
    linked = mode in {"hardlink", "symlink"}
    assert (report.never_read, report.read) == ((5, 0) if linked else (0, 5))


def test_when_all_is_well_it_says_so_in_one_line(line: Line) -> None:
    line.sort(80)
    size = sum(len(c) for n, c in FILES.items() if n in {"s1/1.png", "s1/2.png", "s2/4.png", "s2/5.png"})
    assert told(verified(line)).startswith(f"{line.base_dir}: 4 images as recorded (4 read, {size} B, ")
    assert len(told(verified(line)).splitlines()) == 1


def test_nothing_is_written(line: Line) -> None:
    line.sort(80)
    before = [(p, p.lstat().st_mtime_ns) for p in sorted([line.base_dir, *line.base_dir.rglob("*")])]
    verified(line)
    assert [(p, p.lstat().st_mtime_ns) for p in sorted([line.base_dir, *line.base_dir.rglob("*")])] == before


@pytest.mark.parametrize("mode", ["copy", "move"])
def test_one_flipped_bit_is_named(line: Line, mode: str) -> None:
    line.sort(80, mode)
    flip(line.base_dir / "NG/4.png")
    report = verified(line)
    assert report.altered == (Difference("NG/4.png", "it was altered: other content of the same size"),)
    assert (report.exit_code, report.as_recorded) == (1, 3)
    assert verified(line, quick=True).exit_code == 0
    assert "--quick: known by size and time" in told(verified(line, quick=True))


def test_what_is_missing_extra_and_moved_is_told_apart(line: Line) -> None:
    line.sort(80)
    go, ng = line.base_dir / "GO", line.base_dir / "NG"
    (go / "1.png").unlink()
    (go / "2.png").rename(ng / "moved.png")
    (ng / "5.png").unlink()
    (line.raw / "s2/5.png").unlink()
    shutil.copy2(line.raw / "s1/3.png", go / "foreign.png")
    (go / "notes.txt").write_text("mine")
    (line.base_dir / "notes.txt").write_text("in no class")
    report = verified(line)
    assert report.missing == (
        Difference("GO/1.png", "its source s1/1.png is there"),
        Difference("NG/5.png", "its source s2/5.png is gone as well"),
    )
    assert report.extra == (Extra("GO/foreign.png", image=True), Extra("GO/notes.txt", image=False))
    assert report.moved == (Drag("GO/2.png", "NG/moved.png"),)
    assert (report.altered, report.unfinished, report.as_recorded) == ((), (), 1)
    assert "1 of 4 images as recorded" in told(report)
    assert "GO/foreign.png: an image: loaders read it as GO" in told(report)


def test_what_stands_there_instead_is_named(line: Line) -> None:
    line.sort(80)
    go, ng = line.base_dir / "GO", line.base_dir / "NG"
    (go / "1.png").write_bytes(b"longer or shorter")
    (go / "2.png").unlink()
    (go / "2.png").symlink_to(line.raw / "s1/2.png")
    (ng / "4.png").unlink()
    (ng / "4.png").mkdir()
    (ng / "5.png").unlink()
    os.mkfifo(ng / "5.png")
    size = len(FILES["s1/1.png"])
    assert verified(line).altered == (
        Difference("GO/1.png", f"it was altered: 17 bytes instead of {size}"),
        Difference("GO/2.png", f"a link (to {line.raw}/s1/2.png) stands there instead of a file"),
        Difference("NG/4.png", "a folder or a special file stands there instead of a file"),
        Difference("NG/5.png", "a folder or a special file stands there instead of a file"),
    )


def test_a_class_folder_that_is_a_link_now_is_told(line: Line) -> None:
    line.sort(80)
    (line.base_dir / "GO").rename(line.base_dir.parent / "elsewhere")
    (line.base_dir / "GO").symlink_to(line.base_dir.parent / "elsewhere", target_is_directory=True)
    assert {d.why for d in verified(line).altered} == {"its class folder is a link now"}


def test_links_are_judged_by_where_they_lead(line: Line) -> None:
    line.sort(80, "symlink")
    go, ng = line.base_dir / "GO", line.base_dir / "NG"
    (line.raw / "s1/1.png").unlink()
    (go / "2.png").unlink()
    (go / "2.png").symlink_to("../NG/4.png")
    (ng / "4.png").unlink()
    (ng / "4.png").symlink_to(line.raw / "s2/4.png")  # by its absolute path: it leads to the source all the same
    (line.raw / "s2/5.png").write_bytes(b"written over")
    size = len(FILES["s2/5.png"])
    report = verified(line)
    assert report.altered == (
        Difference("GO/1.png", "the link is broken: its source s1/1.png is gone"),
        Difference("GO/2.png", "the link leads elsewhere: to ../NG/4.png"),
        Difference("NG/5.png", f"its source was altered: 12 bytes instead of {size}"),
    )
    assert (report.missing, report.moved, report.extra) == ((), (), ())


def test_a_hard_link_that_is_a_file_of_its_own_now_is_a_remark(line: Line) -> None:
    line.sort(80, "hardlink")
    source = line.raw / "s1/1.png"
    source.unlink()
    source.write_bytes(FILES["s1/1.png"])
    report = verified(line)
    assert (report.exit_code, [d.file for d in report.remarks]) == (0, ["GO/1.png"])
    assert "a file of its own now" in told(report)
    (line.base_dir / "GO/2.png").unlink()
    (line.base_dir / "GO/2.png").write_bytes(FILES["s1/2.png"][::-1])
    assert [d.file for d in verified(line).altered] == ["GO/2.png"]


def test_a_hard_link_written_through_its_source_is_altered(line: Line) -> None:
    line.sort(80, "hardlink")
    with (line.raw / "s1/1.png").open("r+b") as f:
        f.write(b"W")
    os.utime(line.raw / "s1/1.png", ns=(1, 1))
    assert [d.file for d in verified(line).altered] == ["GO/1.png"]


def test_hostile_names_are_told_harmlessly(tmp_path: Path) -> None:
    names = ["a\nb.png", "\x1b[31mred.png", "[red]x.png", os.fsdecode(b"no\xfftext.png"), "\u202egnp.exe.png"]
    build(tmp_path / "raw", {name: name.encode("utf-8", "surrogateescape") * 9 for name in names})
    labelkit.sort(tmp_path / "raw", base_dir=tmp_path / "b", path_fields="{name}.png", rule="name != 'x' -> GO", jobs=1)
    assert verify_of(tmp_path).exit_code == 0
    for name in names:
        flip(tmp_path / "b/GO" / name)
    report = verify_of(tmp_path)
    assert sorted(d.file for d in report.altered) == sorted(f"GO/{name}" for name in names)
    assert "\x1b" not in told(report)
    assert "\u202e" not in told(report)
    altered = json.loads(to_json(verify_json(report)))["altered"]
    assert sorted(d["file"] for d in altered) == sorted(f"GO/{name}" for name in names)


def verify_of(folder: Path) -> VerifyReport:
    return labelkit.verify(folder / "b")


def test_wherever_a_sort_is_killed_only_unfinished_work_is_told(tmp_path: Path) -> None:
    """No image is called missing, extra or altered because a sort was cut off."""
    told_unfinished = 0
    for k in range(2, 60, 3):
        line = Line(tmp_path / str(k))
        line.sort(80)

        def killed(line: Line = line, k: int = k) -> None:
            Stops(k, kill=True).everywhere()
            line.sort(101)

        code = in_child(killed)
        report = verified(line)
        assert {**report.counts, "unfinished": 0} == dict.fromkeys(report.counts, 0), f"{k}: {report}"
        told_unfinished += bool(report.unfinished)
        if code == -signal.SIGKILL:
            line.sort(101)
            assert verified(line).exit_code == 0
    assert told_unfinished > 3


def test_a_temporary_file_that_nobody_knows_is_told(line: Line) -> None:
    line.sort(80)
    stray = line.base_dir / f"GO/{PART_PREFIX}0011223344556677.part"
    stray.write_bytes(b"half an image")
    report = verified(line)
    assert [d.file for d in report.unfinished] == [f"GO/{stray.name}"]
    assert "remove it" in report.unfinished[0].why
    assert report.extra == ()


def test_it_works_while_another_holds_the_folder_and_says_so(line: Line) -> None:
    line.sort(80)
    flip(line.base_dir / "NG/4.png")
    with exclusive(line.base_dir, run_id="20260102-030405-abcdef"):
        report = verified(line)
    assert f"process {os.getpid()} on " in report.at_work
    assert [d.file for d in report.altered] == ["NG/4.png"]
    assert "another labelkit is at work here" in told(report)
    assert verified(line).at_work == ""


def sort_to_and_fro(line: Line, times: int) -> None:
    for _ in range(times):
        line.sort(101)
        line.sort(80)


def test_a_sort_at_work_is_never_taken_for_a_difference(line: Line) -> None:
    line.sort(80)
    sorter = multiprocessing.get_context("fork").Process(target=sort_to_and_fro, args=(line, 6))
    sorter.start()
    looked = 0
    while sorter.is_alive():
        report = verified(line)
        assert {**report.counts, "unfinished": 0} == dict.fromkeys(report.counts, 0), str(report)
        looked += 1
    sorter.join()
    assert sorter.exitcode == 0
    assert looked > 3
    assert verified(line).exit_code == 0


def test_what_two_sorts_changed_while_the_folder_was_walked_is_not_judged(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To and fro: the ledger is the same before and after, and the tree that was seen in between is another."""
    line.sort(80)

    def walked_between(folder: Path) -> Tree:
        line.sort(101)
        tree = walk(folder)
        line.sort(80)
        return tree

    monkeypatch.setattr(verify_flow, "walk", walked_between)
    assert verified(line).exit_code == 0


def test_without_a_ledger_it_says_what_writes_one(line: Line) -> None:
    line.base_dir.mkdir()
    with pytest.raises(UsageError, match=r"no ledger(?s:.*)labelkit sort writes one"):
        verified(line)
    assert list(line.base_dir.iterdir()) == []


def test_a_damaged_ledger_is_an_error_not_a_difference(line: Line) -> None:
    line.sort(80)
    db = sqlite3.connect(line.base_dir / "labelkit.db")
    db.execute("UPDATE placements SET mode = 'move' WHERE path = (SELECT min(path) FROM placements)")
    db.commit()
    db.close()
    with pytest.raises(LedgerError, match="the ledger is damaged: table placements, row "):
        verified(line)
