"""Relocations: names that are exchanged, names that are taken, files that a person altered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelkit.domain.placing import Mode
from tests.storage.scenes import Bench, build, read

PLACING = [Mode.COPY, Mode.HARDLINK, Mode.SYMLINK, Mode.MOVE]
FILES = {"1/x.png": b"one", "2/x.png": b"two", "3/x.png": b"three"}

MakeBench = Callable[[Mode], Bench]


@pytest.fixture
def bench(tmp_path: Path) -> MakeBench:
    """Three images of one name in three classes."""

    def make(mode: Mode) -> Bench:
        b = Bench(build(tmp_path / "raw", FILES), tmp_path / "base", mode)
        b.sort({"1/x.png": "A/x.png", "2/x.png": "B/x.png", "3/x.png": "C/x.png"})
        return b

    return make


def seen(b: Bench) -> dict[str, bytes]:
    return {str(p.relative_to(b.base_dir)): p.read_bytes() for p in b.base_dir.rglob("*") if p.is_file()}


@pytest.mark.parametrize("mode", PLACING)
@pytest.mark.parametrize("batch", [1, 256])
def test_two_that_exchange_their_names(bench: MakeBench, mode: Mode, batch: int) -> None:
    b = bench(mode)
    wanted = {"1/x.png": "B/x.png", "2/x.png": "A/x.png", "3/x.png": "C/x.png"}
    assert b.sort(wanted, batch=batch) == {}
    assert seen(b) == {"A/x.png": b"two", "B/x.png": b"one", "C/x.png": b"three"}
    assert b.stands() == wanted


@pytest.mark.parametrize("mode", PLACING)
def test_three_that_go_round(bench: MakeBench, mode: Mode) -> None:
    b = bench(mode)
    assert b.sort({"1/x.png": "B/x.png", "2/x.png": "C/x.png", "3/x.png": "A/x.png"}) == {}
    assert seen(b) == {"A/x.png": b"three", "B/x.png": b"one", "C/x.png": b"two"}


def test_a_chain_is_done_from_its_free_end(bench: MakeBench) -> None:
    b = bench(Mode.COPY)
    assert b.sort({"1/x.png": "B/x.png", "2/x.png": "C/x.png", "3/x.png": "D/x.png"}, batch=1) == {}
    assert seen(b) == {"B/x.png": b"one", "C/x.png": b"two", "D/x.png": b"three"}


def test_a_blocked_chain_stays_where_it_was(bench: MakeBench) -> None:
    b = bench(Mode.COPY)
    build(b.base_dir, {"D/x.png": b"a person's"})
    before = b.tree()
    failures = b.sort({"1/x.png": "B/x.png", "2/x.png": "C/x.png", "3/x.png": "D/x.png"})
    assert {n: "something else stands under" in why for n, why in failures.items()} == dict.fromkeys(FILES, True)
    assert b.tree() == before
    assert b.stands() == {"1/x.png": "A/x.png", "2/x.png": "B/x.png", "3/x.png": "C/x.png"}


def test_a_ring_of_equal_contents(tmp_path: Path) -> None:
    b = Bench(build(tmp_path / "raw", {"1/x.png": b"same", "2/x.png": b"same"}), tmp_path / "base", Mode.COPY)
    b.sort({"1/x.png": "A/x.png", "2/x.png": "B/x.png"})
    first = (b.base_dir / "A/x.png").stat().st_ino
    assert b.sort({"1/x.png": "B/x.png", "2/x.png": "A/x.png"}) == {}
    assert (b.base_dir / "B/x.png").stat().st_ino == first
    assert seen(b) == {"A/x.png": b"same", "B/x.png": b"same"}


def test_the_class_folder_that_empties_goes_unless_something_else_is_in_it(bench: MakeBench) -> None:
    b = bench(Mode.COPY)
    build(b.base_dir, {"B/.DS_Store": b"junk"})
    b.sort({"1/x.png": "C/1.png", "2/x.png": "C/2.png", "3/x.png": "C/x.png"})
    assert sorted(p.name for p in b.base_dir.iterdir()) == ["B", "C"]
    assert read(b.base_dir / "B") == {".DS_Store": b"junk"}


def test_the_same_content_under_the_new_name_is_taken_as_this_one(bench: MakeBench) -> None:
    b = bench(Mode.COPY)
    build(b.base_dir, {"D/x.png": b"one"})
    assert b.sort({"1/x.png": "D/x.png"}) == {}
    assert seen(b) == {"D/x.png": b"one", "B/x.png": b"two", "C/x.png": b"three"}


def test_an_altered_file_goes_along_and_is_still_told_as_altered(bench: MakeBench) -> None:
    b = bench(Mode.COPY)
    recorded = b.ledger.placements()[b.key("1/x.png")]
    (b.base_dir / "A/x.png").write_bytes(b"altered by a person")
    assert b.sort({"1/x.png": "D/x.png"}) == {}
    now = b.ledger.placements()[b.key("1/x.png")]
    assert (b.base_dir / "D/x.png").read_bytes() == b"altered by a person"
    assert (now.sha256, now.placed_stamp) == (recorded.sha256, recorded.placed_stamp)


def test_one_that_is_gone_is_said(bench: MakeBench) -> None:
    b = bench(Mode.COPY)
    (b.base_dir / "A/x.png").unlink()
    assert b.sort({"1/x.png": "D/x.png", "2/x.png": "A/x.png"}) == {"1/x.png": "it is gone"}
    assert seen(b) == {"A/x.png": b"two", "C/x.png": b"three"}


def test_hard_links_keep_a_true_record_of_their_source(bench: MakeBench) -> None:
    """Renaming one of two names renews the ctime of both; the next run must not take the source as changed."""
    b = bench(Mode.HARDLINK)
    b.sort({"1/x.png": "D/x.png"})
    s = (b.source / "1/x.png").stat()
    recorded = b.ledger.placements()[b.key("1/x.png")]
    assert recorded.source_stamp == (s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_rearrangement_arrives(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Five images, any placing, then any other: each ends where it shall, whatever waits for whatever."""
    slots = [f"{label}/{name}.png" for label in "ABC" for name in "xy"]
    images = [f"{i}.png" for i in range(5)]
    tmp = tmp_path_factory.mktemp("any")
    b = Bench(build(tmp / "raw", {n: n.encode() for n in images}), tmp / "base", data.draw(st.sampled_from(PLACING)))
    for _ in range(2):
        order = data.draw(st.permutations(slots))
        held = data.draw(st.sets(st.sampled_from(images)))
        wanted = {n: (None if n in held else order[i]) for i, n in enumerate(images)}
        assert b.sort(wanted, batch=data.draw(st.integers(1, 6))) == {}
        assert seen(b) == {t: n.encode() for n, t in wanted.items() if t}
        assert b.stands() == {n: t for n, t in wanted.items() if t}
