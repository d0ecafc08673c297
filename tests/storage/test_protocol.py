"""What is durable before what: a kill cannot see this, only a power cut could, so the calls are watched."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from labelkit.domain.placing import Mode
from labelkit.storage import folders, publish, source, system
from labelkit.storage.durability import Disk
from labelkit.storage.ledger import Intent
from labelkit.storage.memory_ledger import MemoryLedger
from labelkit.storage.placing import Placer, Staged
from tests.storage.scenes import Bench, build

FILES = {"a.png": b"a" * 10, "sub/b.png": b"b" * 20}
WANTED: dict[str, str | None] = {"a.png": "GO/a.png", "sub/b.png": "NG/b.png"}


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done, in its order, in plain words."""
    told: list[str] = []

    def watch(owner: object, name: str, word: Callable[..., str]) -> None:
        call = getattr(owner, name)

        def watched(*args: object, **kwargs: object) -> object:
            result = call(*args, **kwargs)
            told.append(word(*args))
            return result

        monkeypatch.setattr(owner, name, watched)

    watch(MemoryLedger, "intend", lambda *_: "intend")
    watch(MemoryLedger, "settle", lambda *words: "turn" if words[3:] else "settle")
    watch(Disk, "sync", lambda *_: "sync files")
    watch(publish, "move", lambda old, new: "move" if old.folder is not None or new.folder is not None else "?")
    watch(publish, "link", lambda *_: "link")
    watch(os, "symlink", lambda *_: "symlink")
    watch(folders, "sync_folder", lambda _, path: f"sync {Path(path).name}")
    watch(source, "sync_folder_if_possible", lambda path: f"sync {Path(path).name}")
    watch(os, "unlink", lambda name: f"unlink {Path(name).name}")
    watch(os, "rmdir", lambda name: f"rmdir {name}")
    return told


def bench(tmp_path: Path, mode: Mode) -> Bench:
    return Bench(build(tmp_path / "raw", FILES), tmp_path / "base", mode)


def test_copy(tmp_path: Path, said: list[str]) -> None:
    bench(tmp_path, Mode.COPY).sort(WANTED)
    assert said == [
        *("intend", "turn", "sync files", "move", "move"),
        *("sync GO", "sync NG", "sync base", "settle"),
    ]


def test_while_a_batch_becomes_durable_the_next_is_copied(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the next one touches was written down before, with the first; and its names are given in its own turn."""
    real = Placer.stage

    def stage(placer: Placer, intent: Intent) -> Staged:
        said.append(f"copy {intent.step.image.path}")
        return real(placer, intent)

    monkeypatch.setattr(Placer, "stage", stage)
    bench(tmp_path, Mode.COPY).sort(WANTED, batch=1)
    assert said == [
        *("intend", "copy a.png", "copy sub/b.png", "turn", "sync files", "move", "sync GO", "sync base"),
        *("turn", "sync files", "move", "sync NG", "sync base", "settle"),
    ]


@pytest.mark.parametrize(("mode", "word"), [(Mode.HARDLINK, "link"), (Mode.SYMLINK, "symlink")])
def test_links(tmp_path: Path, said: list[str], mode: Mode, word: str) -> None:
    bench(tmp_path, mode).sort(WANTED)
    assert said == ["intend", word, word, "sync GO", "sync NG", "sync base", "settle"]


def test_move(tmp_path: Path, said: list[str]) -> None:
    bench(tmp_path, Mode.MOVE).sort(WANTED)
    assert said == [
        *("intend", "turn", "move", "move"),
        *("sync GO", "sync NG", "sync base", "sync sub", "sync raw"),
        *("sync GO", "sync NG", "sync base", "settle"),
    ]


def test_across_file_systems_the_source_goes_last(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labelkit.storage.placing.Placer._needs_copy", lambda *_: True)
    bench(tmp_path, Mode.MOVE).sort(WANTED)
    assert said == [
        *("intend", "turn", "sync files", "move", "move"),
        *("sync GO", "sync NG", "sync base", "unlink a.png", "unlink b.png", "sync sub", "sync raw"),
        *("sync GO", "sync NG", "sync base", "settle"),
    ]


def test_relocate_and_withdraw(tmp_path: Path, said: list[str]) -> None:
    b = bench(tmp_path, Mode.COPY)
    b.sort(WANTED)
    said.clear()
    b.sort({"a.png": "NG/a.png", "sub/b.png": None})
    assert said == [
        *("intend", "unlink b.png", "rmdir NG", "sync base", "settle"),
        *("intend", "move", "rmdir GO", "sync NG", "sync base", "settle"),
    ]


def test_a_moved_file_is_durable_at_its_source_again(tmp_path: Path, said: list[str]) -> None:
    b = bench(tmp_path, Mode.MOVE)
    b.sort(WANTED)
    said.clear()
    b.sort({"a.png": None})
    assert said == ["intend", "move", "sync raw", "rmdir GO", "sync base", "settle"]


def test_where_there_is_no_sync_of_all_each_file_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_size)
        real(descriptor)

    without_syncfs = replace(system.here(), syncfs=None)
    monkeypatch.setattr(system, "here", lambda: without_syncfs)
    monkeypatch.setattr(os, "fsync", fsync)
    bench(tmp_path, Mode.COPY).sort(WANTED)
    assert {10, 20} <= set(synced)
