"""Withdrawals: back to how it was, and never the only copy lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from labelkit.domain.placing import Mode
from labelkit.storage import publish
from labelkit.storage.folders import Entry
from tests.storage.scenes import Bench, build, read

PLACING = [Mode.COPY, Mode.HARDLINK, Mode.SYMLINK, Mode.MOVE]
FILES = {"a.png": b"aaaa", "s2/b.png": b"bbbbbb"}
WANTED: dict[str, str | None] = {"a.png": "GO/a.png", "s2/b.png": "NG/b.png"}
HELD: dict[str, str | None] = dict.fromkeys(WANTED)

MakeBench = Callable[[Mode], Bench]


@pytest.fixture
def bench(tmp_path: Path) -> MakeBench:
    """Two images, placed."""

    def make(mode: Mode) -> Bench:
        b = Bench(build(tmp_path / "raw", FILES), tmp_path / "base", mode)
        assert b.sort(WANTED) == {}
        return b

    return make


@pytest.mark.parametrize("mode", PLACING)
def test_withdrawn_images_leave_no_trace(bench: MakeBench, mode: Mode) -> None:
    b = bench(mode)
    assert b.sort(HELD) == {}
    assert b.tree() == {}
    assert read(b.source) == FILES
    assert b.stands() == {}


def test_a_moved_image_goes_back_into_a_folder_that_is_gone(bench: MakeBench) -> None:
    b = bench(Mode.MOVE)
    (b.source / "s2").rmdir()
    assert b.sort(HELD) == {}
    assert read(b.source) == FILES


def test_the_last_copy_is_put_back_not_deleted(bench: MakeBench) -> None:
    for mode in (Mode.COPY, Mode.HARDLINK):
        b = bench(mode)
        (b.source / "a.png").unlink()
        assert b.sort(HELD) == {}
        assert read(b.source) == FILES


def test_when_the_source_folder_itself_is_gone_the_file_stays(bench: MakeBench) -> None:
    b = bench(Mode.COPY)
    shutil.rmtree(b.source)
    failures = b.sort(HELD)
    assert all("source folder" in why and "was left" in why for why in failures.values())
    assert b.tree() == {"GO/a.png": b"aaaa", "NG/b.png": b"bbbbbb"}
    assert b.stands() == WANTED


def test_when_the_source_holds_something_else_the_only_copy_stays(bench: MakeBench) -> None:
    for mode in (Mode.COPY, Mode.MOVE):
        b = bench(mode)
        (b.source / "a.png").unlink(missing_ok=True)
        (b.source / "a.png").write_bytes(b"another picture")
        assert list(b.sort(HELD)) == ["a.png"]
        assert b.tree() == {"GO/a.png": b"aaaa"}
        assert (b.source / "a.png").read_bytes() == b"another picture"
        b.source.joinpath("a.png").unlink()
        assert b.sort(HELD) == {}


@pytest.mark.parametrize("mode", [Mode.COPY, Mode.MOVE])
def test_a_file_that_a_person_altered_is_left(bench: MakeBench, mode: Mode) -> None:
    b = bench(mode)
    (b.base_dir / "GO/a.png").write_bytes(b"altered")
    assert b.sort(HELD) == {"a.png": "it was altered since it was placed; it was left"}
    assert b.tree() == {"GO/a.png": b"altered"}


def test_a_file_in_place_of_a_link_is_left(bench: MakeBench) -> None:
    b = bench(Mode.SYMLINK)
    (b.base_dir / "GO/a.png").unlink()
    (b.base_dir / "GO/a.png").write_bytes(b"aaaa")
    assert list(b.sort(HELD)) == ["a.png"]
    assert b.tree() == {"GO/a.png": b"aaaa"}


@pytest.mark.parametrize("mode", PLACING)
def test_one_that_is_gone_already_is_forgotten(bench: MakeBench, mode: Mode) -> None:
    b = bench(mode)
    shutil.rmtree(b.base_dir / "GO")
    assert b.sort(HELD) == {}
    assert b.stands() == {}


def test_back_across_file_systems(bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    b = bench(Mode.MOVE)
    real = publish.move

    def move(source: Entry, target: Entry) -> None:
        if source.folder is not None and target.folder is None:
            raise OSError(18, "Invalid cross-device link")
        real(source, target)

    monkeypatch.setattr(publish, "move", move)
    assert b.sort(HELD) == {}
    assert read(b.source) == FILES
    assert b.tree() == {}
