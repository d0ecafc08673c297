"""Images get into their class folders, in every mode, and nothing that stands there is ever replaced."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from labelkit.domain.placing import Action, Mode, Plan, Step
from labelkit.storage import publish, system
from labelkit.storage.folders import Entry
from labelkit.storage.hashing import sha256_of
from labelkit.storage.identity import LINKS
from labelkit.storage.placing import Placer, Published, Staged
from labelkit.storage.system import System
from labelkit.storage.transfer import execute
from tests.storage.scenes import Bench, build, read, stamp

FILES = {"a.png": b"aaaa", "s2/b.png": b"bbbbbb", "s2/deep/c.png": b"", "d.png": b"dd" * 700_000}
WANTED: dict[str, str | None] = {
    "a.png": "GO/a.png",
    "s2/b.png": "NG/b.png",
    "s2/deep/c.png": "GO/c.png",
    "d.png": "NG/d.png",
}
PLACING = [Mode.COPY, Mode.HARDLINK, Mode.SYMLINK, Mode.MOVE]

MakeBench = Callable[[Mode], Bench]


@pytest.fixture
def bench(tmp_path: Path) -> MakeBench:
    return lambda mode: Bench(build(tmp_path / "raw", FILES), tmp_path / "base", mode)


@pytest.mark.parametrize("mode", PLACING)
def test_each_image_stands_where_the_plan_says(bench: MakeBench, mode: Mode) -> None:
    b = bench(mode)
    assert b.sort(WANTED) == {}
    contents = {str(p.relative_to(b.base_dir)): p.read_bytes() for p in b.base_dir.rglob("*") if p.is_file()}
    assert contents == {t: FILES[name] for name, t in WANTED.items()}
    assert b.stands() == WANTED
    assert b.ledger.intents() == []


def test_copy_leaves_the_source_and_keeps_its_time(bench: MakeBench) -> None:
    b = bench(Mode.COPY)
    os.utime(b.source / "a.png", ns=(1_000_000_007, 2_000_000_009))
    old = os.umask(0o027)
    try:
        b.sort(WANTED)
    finally:
        os.umask(old)
    placed = (b.base_dir / "GO/a.png").stat()
    assert read(b.source) == FILES
    assert placed.st_mtime_ns == 2_000_000_009
    assert stat.S_IMODE(placed.st_mode) == 0o640
    assert placed.st_ino != (b.source / "a.png").stat().st_ino


def test_hard_links_share_the_file(bench: MakeBench) -> None:
    b = bench(Mode.HARDLINK)
    b.sort(WANTED)
    assert (b.base_dir / "NG/b.png").samefile(b.source / "s2/b.png")
    assert not (b.base_dir / "NG/b.png").is_symlink()


def test_symbolic_links_are_relative_and_survive_a_move_of_the_whole(bench: MakeBench, tmp_path: Path) -> None:
    b = bench(Mode.SYMLINK)
    b.sort(WANTED)
    assert (b.base_dir / "NG/b.png").readlink() == Path("../../raw/s2/b.png")
    (tmp_path / "moved").mkdir()
    b.source.rename(tmp_path / "moved/raw")
    b.base_dir.rename(tmp_path / "moved/base")
    assert (tmp_path / "moved/base/NG/b.png").read_bytes() == FILES["s2/b.png"]


def test_symbolic_links_lead_right_from_a_linked_base_dir(bench: MakeBench, tmp_path: Path) -> None:
    b = bench(Mode.SYMLINK)
    (tmp_path / "far/away").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "far/away")
    linked = Bench(b.source, tmp_path / "link", Mode.SYMLINK)
    assert linked.sort(WANTED) == {}
    assert (tmp_path / "link/NG/b.png").read_bytes() == FILES["s2/b.png"]


def test_move_empties_the_source(bench: MakeBench) -> None:
    b = bench(Mode.MOVE)
    inode = (b.source / "a.png").stat().st_ino
    b.sort(WANTED)
    assert read(b.source) == {"s2/deep": "empty folder"}
    assert (b.base_dir / "GO/a.png").stat().st_ino == inode


def test_move_to_another_file_system_copies_then_removes(bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mount of the same file system: the device is the same, and still no rename goes there."""

    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    b = bench(Mode.MOVE)
    real = publish.move

    def move(source: Entry, target: Entry) -> None:
        if source.folder is None:
            refuse()
        real(source, target)

    monkeypatch.setattr(publish, "move", move)
    assert b.sort(WANTED) == {}
    assert read(b.source) == {"s2/deep": "empty folder"}
    assert b.tree() == {t: FILES[name] for name, t in WANTED.items()}


@pytest.mark.parametrize("mode", PLACING)
def test_what_is_recorded_is_what_is_there(bench: MakeBench, mode: Mode) -> None:
    b = bench(mode)
    before = {name: stamp(b.source / name) for name in FILES}
    b.sort(WANTED)
    for key, p in b.ledger.placements().items():
        assert p.mode is mode
        assert p.placed_stamp == stamp(b.base_dir / p.target)
        assert p.source_stamp == (before[key.path] if mode is not Mode.HARDLINK else stamp(b.source / key.path))
        where = b.base_dir / p.target
        assert p.sha256 == ("" if mode in LINKS else sha256_of(str(where.resolve())))


@pytest.mark.parametrize("mode", PLACING)
def test_the_same_plan_again_does_nothing(bench: MakeBench, mode: Mode) -> None:
    b = bench(mode)
    b.sort(WANTED)
    tree, stamps = b.tree(), {p: stamp(b.base_dir / p) for p in b.tree()}
    again = b.plan(WANTED)
    assert {s.action for s in again.steps} == {Action.KEEP}
    receipts = b.run(again)
    assert {r.placement.target for r in receipts.values() if r.placement} == set(WANTED.values())
    assert (b.tree(), {p: stamp(b.base_dir / p) for p in b.tree()}) == (tree, stamps)


@pytest.mark.parametrize("batch", [1, 2, 3, 256])
@pytest.mark.parametrize("mode", PLACING)
def test_batches_make_no_difference(bench: MakeBench, mode: Mode, batch: int) -> None:
    b = bench(mode)
    assert b.sort(WANTED, batch=batch) == {}
    assert b.stands() == WANTED


@pytest.mark.parametrize("mode", PLACING)
def test_something_else_in_the_way_is_never_replaced(bench: MakeBench, mode: Mode, tmp_path: Path) -> None:
    b = bench(mode)
    foreign = {"GO/a.png": b"another picture", "NG/d.png/inside": b"a folder in the way"}
    build(b.base_dir, foreign)
    (b.base_dir / "NG/b.png").symlink_to(tmp_path / "nowhere")
    failures = b.sort(WANTED)
    assert {name: "something else stands under" in why for name, why in failures.items()} == dict.fromkeys(
        ["a.png", "s2/b.png", "d.png"], True
    )
    left = {k: v for k, v in b.tree().items() if k != "GO/c.png"}
    assert left == foreign | {"NG/b.png": f"-> {tmp_path / 'nowhere'}"}
    assert b.stands() == {"s2/deep/c.png": "GO/c.png"}
    assert {name for name in FILES if (b.source / name).exists()} >= set(failures)


@pytest.mark.parametrize("mode", [Mode.COPY, Mode.HARDLINK, Mode.MOVE])
def test_the_same_content_in_the_way_is_taken_as_done(bench: MakeBench, mode: Mode) -> None:
    b = bench(mode)
    build(b.base_dir, {"GO/a.png": FILES["a.png"]})
    assert b.sort(WANTED) == {}
    assert b.stands() == WANTED
    assert b.tree() == {t: FILES[name] for name, t in WANTED.items()}
    assert (b.source / "a.png").exists() is (mode is not Mode.MOVE)


@pytest.mark.parametrize("mode", PLACING)
def test_a_source_that_changed_since_is_not_placed(bench: MakeBench, mode: Mode) -> None:
    b = bench(mode)
    plan = b.plan(WANTED)
    (b.source / "a.png").write_bytes(b"AAAA")
    os.utime(b.source / "a.png", ns=(5, 5))
    (b.source / "s2/b.png").unlink()
    failures = {name: r.failure for name, r in b.run(plan).items() if r.failure}
    assert failures["a.png"] == "it changed since it was looked at"
    assert "No such file" in failures["s2/b.png"]
    assert set(b.tree()) == {"GO/c.png", "NG/d.png"}
    assert (b.source / "a.png").read_bytes() == b"AAAA"


@pytest.mark.parametrize("mode", [Mode.COPY, Mode.MOVE])
def test_a_source_that_grows_while_it_is_read_is_not_placed(
    bench: MakeBench, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    b = bench(mode)
    real = os.read

    def read_and_grow(descriptor: int, size: int) -> bytes:
        data = real(descriptor, size)
        if data == FILES["a.png"]:
            with (b.source / "a.png").open("ab") as f:
                f.write(b"more")
        return data

    monkeypatch.setattr(os, "read", read_and_grow)
    assert b.sort({"a.png": "GO/a.png"}) == {"a.png": "it changed since it was looked at"}
    assert b.tree() == {}
    assert (b.source / "a.png").exists()


def test_a_disk_that_takes_a_few_bytes_at_a_time(bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    b = bench(Mode.COPY)
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[: max(1, len(data) // 3)]))
    assert b.sort(WANTED) == {}
    assert b.tree() == {t: FILES[name] for name, t in WANTED.items()}


def test_a_file_under_the_temporary_name_is_not_written_over(bench: MakeBench) -> None:
    b = bench(Mode.COPY)
    foreign = f"GO/{publish.part_name('run-1', 0)}"
    build(b.base_dir, {foreign: b"somebody's"})
    [receipt] = execute(b.plan({"a.png": "GO/a.png"}), b.ledger, run_id=b.begin())
    assert receipt.failure == "File exists"
    assert b.tree() == {foreign: b"somebody's"}


@pytest.mark.parametrize("last_moment", [False, True])
@pytest.mark.parametrize("mode", [Mode.HARDLINK, Mode.MOVE])
def test_a_source_that_is_swapped_after_it_was_read_is_not_placed(
    bench: MakeBench, monkeypatch: pytest.MonkeyPatch, mode: Mode, *, last_moment: bool
) -> None:
    """Swapped before its name is given, which is then not tried; and in the very moment, which is taken back."""
    b, tried = bench(mode), list[str]()

    def swap() -> None:
        (b.source / "other").write_bytes(b"another picture")
        (b.source / "other").replace(b.source / "a.png")

    name = "move" if mode is Mode.MOVE else "link"
    real, of_placer = getattr(publish, name), Placer.publish

    def give_name(source: Entry, target: Entry) -> None:
        tried.append(target.name)
        if last_moment and len(tried) == 1:
            swap()
        real(source, target)

    def publish_staged(placer: Placer, staged: Staged) -> Published:
        if not last_moment:
            swap()
        return of_placer(placer, staged)

    monkeypatch.setattr(publish, name, give_name)
    monkeypatch.setattr(Placer, "publish", publish_staged)
    assert b.sort({"a.png": "GO/a.png"}) == {"a.png": "it changed since it was looked at"}
    assert bool(tried) is last_moment
    assert (b.source / "a.png").read_bytes() == b"another picture"
    assert b.tree() == {}


@pytest.mark.parametrize("mode", PLACING)
def test_two_names_of_one_file_are_both_placed(bench: MakeBench, mode: Mode) -> None:
    """Linking the first renews the ctime of the second."""
    b = bench(mode)
    (b.source / "twin.png").hardlink_to(b.source / "a.png")
    for batch in (1, 256):
        assert b.sort({"a.png": "GO/a.png", "twin.png": "NG/twin.png"}, batch=batch) == {}
        assert (b.base_dir / "GO/a.png").read_bytes() == (b.base_dir / "NG/twin.png").read_bytes() == FILES["a.png"]
        assert b.sort({"a.png": None, "twin.png": None}) == {}


def test_names_of_any_bytes(tmp_path: Path) -> None:
    names = [
        os.fsdecode(b"\xff\xfe.png"),
        "日本 検査.png",
        "line\nbreak.png",
        "-rf.png",
        " lead.png",
        "a:b?.png",
        "\u202egnp.png",
        "x" * 251 + ".png",
        "[red].png",
    ]
    b = Bench(
        build(tmp_path / "raw", {n: n.encode("utf-8", "surrogateescape") for n in names}), tmp_path / "base", Mode.COPY
    )
    wanted = {n: f"検査 NG/{n}" for n in names}
    assert b.sort(wanted) == {}
    assert set(b.tree()) == set(wanted.values())
    assert b.sort({n: f"GO/{n}" for n in names}) == {}
    assert b.sort(dict.fromkeys(names)) == {}
    assert b.tree() == {}


@pytest.mark.parametrize(
    "target", ["a.png", "GO/sub/a.png", "../a.png", "GO/..", "GO/.", "/etc/a.png", "GO/", "", "GO/a\0b"]
)
def test_a_target_that_is_no_name_in_a_class_folder_is_refused(bench: MakeBench, tmp_path: Path, target: str) -> None:
    b = bench(Mode.COPY)
    outside = read(tmp_path)
    step = Step(Action.PLACE, b.key("a.png"), stamp(b.source / "a.png"), target=target)
    [receipt] = execute(Plan(str(b.base_dir), Mode.COPY, (step,)), b.ledger, run_id=b.begin())
    assert "label/name was expected" in receipt.failure
    assert read(tmp_path) == outside


def test_a_class_folder_that_became_a_link_is_not_followed(bench: MakeBench, tmp_path: Path) -> None:
    b = bench(Mode.COPY)
    outside = build(tmp_path / "outside", {"canary": b"sings"})
    (b.base_dir / "GO").symlink_to(outside)
    failures = b.sort(WANTED)
    assert failures == dict.fromkeys(["a.png", "s2/deep/c.png"], "the class folder GO is a link or a file")
    assert read(outside) == {"canary": b"sings"}


@pytest.mark.parametrize("kind", ["fifo", "link", "folder"])
def test_a_source_that_became_no_file_is_refused_and_never_waited_for(bench: MakeBench, kind: str) -> None:
    b = bench(Mode.COPY)
    plan = b.plan(WANTED)
    (b.source / "a.png").unlink()
    if kind == "fifo":
        os.mkfifo(b.source / "a.png")
    elif kind == "link":
        (b.source / "a.png").symlink_to(b.source / "d.png")
    else:
        (b.source / "a.png").mkdir()
    assert b.run(plan)["a.png"].failure.startswith("cannot read: it is ")
    assert "GO/a.png" not in b.tree()


def test_a_class_folder_made_in_vain_does_not_remain(bench: MakeBench) -> None:
    b = bench(Mode.COPY)
    plan = b.plan({"a.png": "GO/a.png"})
    (b.source / "a.png").unlink()
    b.run(plan)
    assert b.tree() == {}


def test_an_empty_class_folder_that_a_person_made_stays(bench: MakeBench) -> None:
    b = bench(Mode.COPY)
    (b.base_dir / "GO").mkdir()
    plan = b.plan({"a.png": "GO/a.png"})
    (b.source / "a.png").unlink()
    b.run(plan)
    assert b.tree() == {"GO": "empty folder"}


def _on(monkeypatch: pytest.MonkeyPatch, another: System) -> None:
    monkeypatch.setattr(system, "here", lambda: another)


def _no_rename(monkeypatch: pytest.MonkeyPatch) -> None:
    _on(monkeypatch, replace(system.here(), rename=None))


def _no_link(monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    _no_rename(monkeypatch)
    monkeypatch.setattr(os, "link", link)


def _links_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on sshfs: a second name looks like another file."""

    def link(old: str, new: str, *, src_dir_fd: int | None, dst_dir_fd: int | None, follow_symlinks: bool) -> None:
        assert not follow_symlinks
        with os.fdopen(os.open(old, os.O_RDONLY, dir_fd=src_dir_fd), "rb") as f:
            content = f.read()
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, dir_fd=dst_dir_fd), "wb") as f:
            f.write(content)

    _no_rename(monkeypatch)
    monkeypatch.setattr(os, "link", link)


def _no_syncfs(monkeypatch: pytest.MonkeyPatch) -> None:
    _on(monkeypatch, replace(system.here(), syncfs=None))


def _no_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole paths instead of names in open folders."""
    _on(monkeypatch, replace(system.here(), opens_folders=False))


@pytest.mark.parametrize("lacking", [_no_rename, _no_link, _links_of_their_own, _no_syncfs, _no_descriptors])
@pytest.mark.parametrize("mode", [Mode.COPY, Mode.MOVE])
def test_where_the_system_lacks_a_call_another_way_is_found(
    bench: MakeBench, monkeypatch: pytest.MonkeyPatch, mode: Mode, lacking: Callable[[pytest.MonkeyPatch], None]
) -> None:
    b = bench(mode)
    lacking(monkeypatch)
    build(b.base_dir, {"NG/b.png": b"in the way"})
    assert list(b.sort(WANTED)) == ["s2/b.png"]
    (b.base_dir / "NG/b.png").unlink()
    assert b.sort(WANTED) == {}
    assert b.tree() == {t: FILES[name] for name, t in WANTED.items()}
    swapped = {n: t.replace("GO/", "x/").replace("NG/", "GO/").replace("x/", "NG/") for n, t in WANTED.items() if t}
    assert b.sort(swapped) == {}
    assert b.sort(dict.fromkeys(WANTED)) == {}
    assert read(b.source) == FILES


def test_mode_none_never_places(bench: MakeBench) -> None:
    b = bench(Mode.NONE)
    with pytest.raises(ValueError, match="places nothing"):
        b.sort(WANTED)
    assert (b.tree(), read(b.source)) == ({}, FILES)


def test_where_there_are_no_hard_links_it_is_said(bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    b = bench(Mode.HARDLINK)
    _no_link(monkeypatch)
    [why] = b.sort({"a.png": "GO/a.png"}).values()
    assert why.startswith("the system does not allow a hard link to it")
    assert b.tree() == {}
