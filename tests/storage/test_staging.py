"""Copying in threads: the same end as in one thread, and nobody works any more once the transfer was left."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from labelkit.domain.errors import StorageError
from labelkit.domain.placing import Mode, StepReceipt
from labelkit.storage import staging
from labelkit.storage.durability import Disk
from labelkit.storage.ledger import Intent
from labelkit.storage.placing import Placer, Published, Staged
from labelkit.storage.staging import Stagers, Staging, nothing
from labelkit.storage.transfer import execute
from tests.storage.scenes import Bench, build, read

FILES = {f"{i % 5}/{i:03}.png": f"image {i} ".encode() * (i * 40 % 997) for i in range(120)}
WANTED: dict[str, str | None] = {name: f"class {i % 7}/{i:03}.png" for i, name in enumerate(FILES)}
TREE = {target: FILES[name] for name, target in WANTED.items()}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(staging, "_AT_ONCE", 3)
    return Bench(build(tmp_path / "raw", FILES), tmp_path / "base", Mode.COPY)


def sort(bench: Bench, *, jobs: int = 4) -> dict[str, StepReceipt]:
    plan = bench.plan(WANTED)
    return {r.step.image.path: r for r in execute(plan, bench.ledger, run_id=bench.begin(), batch=30, jobs=jobs)}


def copying_threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith(("labelkit-copy", "labelkit-sync"))]


def nothing_is_half_done(bench: Bench) -> None:
    """Each file in a class folder is whole and recorded; nothing is under way, nobody works, the sources stand."""
    tree = bench.tree()
    assert tree == {target: TREE[target] for target in bench.stands().values()}
    assert bench.ledger.intents() == []
    assert copying_threads() == []
    assert read(bench.source) == FILES


def test_threads_come_to_the_same_end_as_one(bench: Bench, tmp_path: Path) -> None:
    other = Bench(bench.source, tmp_path / "other", Mode.COPY)
    descriptors = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a count
    assert {r.failure for r in sort(bench).values()} == {""}
    assert {r.failure for r in sort(other, jobs=1).values()} == {""}
    assert len(os.listdir("/proc/self/fd")) == descriptors  # noqa: PTH208 - a count
    assert bench.tree() == other.tree() == TREE
    one, two = ({k.path: (p.target, p.sha256) for k, p in b.ledger.placements().items()} for b in (bench, other))
    assert one == two
    nothing_is_half_done(bench)


def test_a_file_that_cannot_be_read_in_a_thread_fails_alone(bench: Bench) -> None:
    plan = bench.plan(WANTED)
    (bench.source / "2/007.png").unlink()
    receipts = {
        r.step.image.path: r.failure
        for r in execute(plan, bench.ledger, run_id=bench.begin(), batch=30, jobs=4)
        if r.failure
    }
    assert receipts == {"2/007.png": "cannot read: No such file or directory"}
    assert len(bench.stands()) == len(FILES) - 1


def test_a_disk_that_fills_up_in_a_thread_leaves_whole_batches(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    real, lock, writes = os.write, threading.Lock(), list[int]()

    def write(descriptor: int, data: bytes) -> int:
        with lock:
            writes.append(descriptor)
            full = len(writes) > 80
        if full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, data)

    with monkeypatch.context() as m:
        m.setattr(os, "write", write)
        with pytest.raises(StorageError, match="No space left"):
            sort(bench)
    assert len(bench.stands()) == 60
    nothing_is_half_done(bench)
    sort(bench)
    assert bench.tree() == TREE


@pytest.mark.parametrize("twice", [False, True])
def test_an_interrupt_waits_for_the_threads_however_often_it_comes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, *, twice: bool
) -> None:
    """While the first batch is synced, threads hold files of the second one in their hands."""
    begun, go_on, batches, held = threading.Event(), threading.Event(), list[object](), list[bool]()
    start, stage, sync, shutdown = Stagers.start, Placer.stage, Disk.sync, ThreadPoolExecutor.shutdown

    def started(stagers: Stagers, intents: Sequence[Intent], *, meanwhile: Callable[[], None] = nothing) -> Staging:
        batches.append(intents)
        return start(stagers, intents, meanwhile=meanwhile)

    def slow(placer: Placer, intent: Intent) -> Staged:
        if len(batches) > 1:
            begun.set()
            assert go_on.wait(20)
        return stage(placer, intent)

    def interrupted(disk: Disk, files: list[tuple[int | None, str]]) -> None:
        held.append(begun.wait(20))
        sync(disk, files)
        raise KeyboardInterrupt

    def ended(pool: ThreadPoolExecutor, *, wait: bool = True, cancel_futures: bool = False) -> None:
        if not cancel_futures:  # that of the sync, which has ended
            shutdown(pool, wait=wait)
            return
        if twice and not go_on.is_set():
            go_on.set()
            raise KeyboardInterrupt
        go_on.set()
        shutdown(pool, cancel_futures=cancel_futures)

    with monkeypatch.context() as m:
        m.setattr(Stagers, "start", started)
        m.setattr(Placer, "stage", slow)
        m.setattr(Disk, "sync", interrupted)
        m.setattr(ThreadPoolExecutor, "shutdown", ended)
        with pytest.raises(KeyboardInterrupt):
            sort(bench, jobs=2)
    assert held == [True]
    nothing_is_half_done(bench)
    sort(bench)
    assert bench.tree() == TREE


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_to_be_done_beforehand_is_done_once_and_before_any_name(bench: Bench, jobs: int) -> None:
    found = []
    plan = bench.plan(WANTED)

    def beforehand() -> None:
        found.append([p for p in bench.base_dir.rglob("*") if not p.name.startswith(".") and not p.is_dir()])

    receipts = list(execute(plan, bench.ledger, run_id=bench.begin(), batch=30, jobs=jobs, beforehand=beforehand))
    assert found == [[]]
    assert len(receipts) == len(WANTED)
    list(execute(bench.plan(WANTED), bench.ledger, run_id=bench.begin(), beforehand=beforehand))
    assert [len(f) for f in found] == [0, len(WANTED)], "and where there is nothing to do"


@pytest.mark.parametrize("jobs", [1, 2])
def test_where_that_fails_nothing_is_placed(bench: Bench, jobs: int) -> None:
    def beforehand() -> None:
        raise StorageError("the ledger: full", place="", remedy="make room")

    with pytest.raises(StorageError, match="the ledger"):
        list(execute(bench.plan(WANTED), bench.ledger, run_id=bench.begin(), jobs=jobs, beforehand=beforehand))
    assert not bench.tree()
    nothing_is_half_done(bench)
    sort(bench)
    assert bench.tree() == TREE


def test_who_closes_the_transfer_early_leaves_nothing_under_way(bench: Bench) -> None:
    receipts = execute(bench.plan(WANTED), bench.ledger, run_id=bench.begin(), batch=30, jobs=4)
    got = {next(receipts).step.image.path for _ in range(40)}
    receipts.close()
    assert got <= bench.stands().keys()
    nothing_is_half_done(bench)


def test_a_read_that_brings_less_than_was_asked_for_is_not_the_end(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.read
    monkeypatch.setattr(os, "read", lambda descriptor, size: real(descriptor, min(size, 100)))
    sort(bench)
    assert bench.tree() == TREE


def test_no_image_gets_its_name_before_the_sync_beside_it_has_ended(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = list[str]()
    sync, publish = Disk.sync, Placer.publish

    def slow(disk: Disk, files: list[tuple[int | None, str]]) -> None:
        assert threading.current_thread() is not threading.main_thread()
        time.sleep(0.05)
        sync(disk, files)
        events.append("synced")

    def named(placer: Placer, staged: Staged) -> Published:
        events.append("named")
        return publish(placer, staged)

    with monkeypatch.context() as m:
        m.setattr(Disk, "sync", slow)
        m.setattr(Placer, "publish", named)
        sort(bench)
    assert events == ["synced", *["named"] * 30] * 4


def test_a_sync_beside_that_fails_is_told_and_its_batch_gets_no_names(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync, synced = Disk.sync, list[object]()

    def broken(disk: Disk, files: list[tuple[int | None, str]]) -> None:
        synced.append(files)
        if len(synced) == 2:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        sync(disk, files)

    with monkeypatch.context() as m:
        m.setattr(Disk, "sync", broken)
        with pytest.raises(StorageError, match="Input/output error"):
            sort(bench)
    assert len(bench.stands()) == 30
    nothing_is_half_done(bench)
    sort(bench)
    assert bench.tree() == TREE
