"""Links are placed without reading a byte; where content decides later, it is read then, and no only copy ever goes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from labelkit.domain.placing import Action, Mode, Step
from labelkit.storage.hashing import sha256_of
from labelkit.storage.ledger import Intent
from labelkit.storage.publish import part_name
from labelkit.storage.recovery import recover
from labelkit.storage.transfer import LINK_BATCH
from tests.storage.scenes import Bench, build, read, stamp

FILES = {"a.png": b"aaaa", "s2/b.png": b"bbbb"}
WANTED: dict[str, str | None] = {"a.png": "GO/a.png", "s2/b.png": "NG/b.png"}
HELD: dict[str, str | None] = dict.fromkeys(WANTED)
LINKING = [Mode.HARDLINK, Mode.SYMLINK]

MakeBench = Callable[[Mode], Bench]


@pytest.fixture
def bench(tmp_path: Path) -> MakeBench:
    return lambda mode: Bench(build(tmp_path / "raw", FILES), tmp_path / "base", mode)


def saved_anew(path: Path, content: bytes) -> None:
    """As editors save: a new file takes the name; the old one lives on under its other names."""
    path.with_name("new").write_bytes(content)
    path.with_name("new").replace(path)


@pytest.mark.parametrize("mode", LINKING)
def test_not_a_byte_is_read_from_placing_to_withdrawing(
    bench: MakeBench, monkeypatch: pytest.MonkeyPatch, mode: Mode
) -> None:
    b = bench(mode)

    def unread(*_: object) -> bytes:
        raise AssertionError("a file was read")

    monkeypatch.setattr(os, "read", unread)
    for wanted in (WANTED, {"a.png": "NG/a.png", "s2/b.png": "GO/b.png"}, HELD):
        assert b.sort(wanted) == {}
    monkeypatch.undo()
    assert b.tree() == {}
    assert read(b.source) == FILES


@pytest.mark.parametrize("mode", LINKING)
def test_a_known_content_is_asked_for(bench: MakeBench, mode: Mode) -> None:
    """A step that says what the image holds (to place it again as it was) is not done with another content."""
    b = bench(mode)
    plan = b.plan({"a.png": "GO/a.png"})
    digest = sha256_of(str(b.source / "a.png"))
    for sha256, failure in (("0" * 64, "it changed since it was looked at"), (digest, "")):
        step = Step(Action.PLACE, b.key("a.png"), plan.steps[0].stamp, "GO/a.png", sha256=sha256)
        [receipt] = b.run(type(plan)(plan.base_dir, mode, (step,))).values()
        assert receipt.failure == failure
    assert b.ledger.placements()[b.key("a.png")].sha256 == digest


def test_a_file_of_the_same_content_in_the_way_is_recorded_by_its_content(bench: MakeBench) -> None:
    """It is no link to the source, so that only its content tells later what it is."""
    b = bench(Mode.HARDLINK)
    build(b.base_dir, {"GO/a.png": FILES["a.png"]})
    assert b.sort(WANTED) == {}
    assert b.ledger.placements()[b.key("a.png")].sha256 == sha256_of(str(b.source / "a.png"))
    assert b.ledger.placements()[b.key("s2/b.png")].sha256 == ""
    build(b.base_dir, {"C/b.png": FILES["s2/b.png"]})
    assert b.sort({"a.png": "GO/a.png", "s2/b.png": "C/b.png"}) == {}
    assert b.ledger.placements()[b.key("s2/b.png")].sha256 == sha256_of(str(b.source / "s2/b.png"))
    (b.source / "s2/b.png").unlink()
    assert b.sort(HELD) == {}
    assert read(b.source) == FILES


def test_the_only_copy_of_what_a_source_held_is_never_deleted(bench: MakeBench) -> None:
    b = bench(Mode.HARDLINK)
    b.sort(WANTED)
    saved_anew(b.source / "a.png", b"another picture")
    assert b.sort(HELD) == {"a.png": "its source holds something else now, and this is the only copy; it was left"}
    assert b.tree() == {"GO/a.png": b"aaaa"}
    saved_anew(b.source / "a.png", b"aaaa")
    assert b.sort(HELD) == {}
    assert (b.tree(), read(b.source)) == ({}, FILES)


def test_one_that_a_person_wrote_over_is_left_and_one_put_back_from_a_copy_goes(bench: MakeBench) -> None:
    b = bench(Mode.HARDLINK)
    b.sort(WANTED)
    saved_anew(b.base_dir / "GO/a.png", b"drawn upon")
    saved_anew(b.base_dir / "NG/b.png", b"bbbb")
    assert b.sort(HELD) == {"a.png": "it was altered since it was placed; it was left"}
    assert b.tree() == {"GO/a.png": b"drawn upon"}
    (b.source / "a.png").unlink()
    assert b.sort(HELD) == {"a.png": "it was altered since it was placed; it was left"}
    assert b.tree() == {"GO/a.png": b"drawn upon"}


def test_one_written_through_is_still_the_source_itself(bench: MakeBench) -> None:
    b = bench(Mode.HARDLINK)
    b.sort(WANTED)
    (b.base_dir / "GO/a.png").write_bytes(b"drawn upon, longer")
    assert b.sort({"a.png": "NG/a.png", "s2/b.png": None}) == {}
    assert (b.base_dir / "NG/a.png").samefile(b.source / "a.png")
    assert b.sort(HELD) == {}
    assert read(b.source) == FILES | {"a.png": b"drawn upon, longer"}


@pytest.mark.parametrize("since", ["nothing", "saved anew", "deleted", "written through"])
@pytest.mark.parametrize("mode", LINKING)
def test_a_link_that_got_its_name_before_the_kill_is_known_again(bench: MakeBench, mode: Mode, since: str) -> None:
    """Its intent tells no content: the link itself tells, whatever became of its source since."""
    b = bench(mode)
    source, target = b.source / "a.png", b.base_dir / "GO/a.png"
    step = Step(Action.PLACE, b.key("a.png"), stamp(source), "GO/a.png")
    b.ledger.intend([Intent(step, mode, part_name("run", 0), b.begin())])
    target.parent.mkdir()
    target.hardlink_to(source) if mode is Mode.HARDLINK else target.symlink_to("../../raw/a.png")
    if since == "saved anew":
        saved_anew(source, b"another picture")
    elif since == "deleted":
        source.unlink()
    elif since == "written through":
        source.write_bytes(b"longer than before")
    assert recover(b.base_dir, b.ledger) == 1
    assert b.stands() == {"a.png": "GO/a.png"}
    assert b.ledger.placements()[b.key("a.png")].placed_stamp == stamp(target)


@pytest.mark.parametrize("mode", LINKING)
def test_what_stood_there_before_is_not_taken_for_a_link(bench: MakeBench, tmp_path: Path, mode: Mode) -> None:
    b = bench(mode)
    target = b.base_dir / "GO/a.png"
    build(b.base_dir, {"GO/a.png": b"theirs", "GO/other": b""})
    if mode is Mode.SYMLINK:
        target.unlink()
        target.symlink_to(tmp_path / "elsewhere")
    before = b.tree()
    step = Step(Action.PLACE, b.key("a.png"), stamp(b.source / "a.png"), "GO/a.png")
    b.ledger.intend([Intent(step, mode, part_name("run", 0), b.begin())])
    assert recover(b.base_dir, b.ledger) == 0
    assert (b.tree(), b.stands()) == (before, {})


def test_more_links_than_fit_one_batch_all_stand(tmp_path: Path) -> None:
    names = [f"{i:05}.png" for i in range(LINK_BATCH + 3)]
    b = Bench(build(tmp_path / "raw", dict.fromkeys(names, b"same")), tmp_path / "base", Mode.HARDLINK)
    assert b.sort({n: f"{'GO' if i % 2 else 'NG'}/{n}" for i, n in enumerate(names)}) == {}
    assert len(b.tree()) == len(b.stands()) == LINK_BATCH + 3
