"""A copy shares the blocks of its source where the file system can; else it is written; either way it is the source."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from labelkit.domain.errors import StorageError
from labelkit.domain.placing import Mode
from labelkit.storage import copying, system
from labelkit.storage.durability import Disk
from tests.storage.scenes import Bench, build, read

FILES = {f"{i}.png": f"image {i} ".encode() * 40_000 * i for i in range(4)}
WANTED: dict[str, str | None] = {name: f"GO/{name}" for name in FILES}

Clone = Callable[[int, int], None]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(copying, "_NO_CLONES", set())
    return Bench(build(tmp_path / "raw", FILES), tmp_path / "base", Mode.COPY)


def with_clone(monkeypatch: pytest.MonkeyPatch, clone: Clone | None) -> None:
    has = replace(system.here(), clone=clone)
    monkeypatch.setattr(system, "here", lambda: has)


def shared(new: int, source: int) -> None:
    """What FICLONE does to the eye: the new file has the whole content, neither position moves."""
    assert os.fstat(new).st_size == 0
    os.pwrite(new, os.pread(source, os.fstat(source).st_size, 0), 0)


def written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes each write took."""
    sizes: list[int] = []
    real = os.write

    def write(descriptor: int, data: bytes) -> int:
        sizes.append(real(descriptor, data))
        return sizes[-1]

    monkeypatch.setattr(os, "write", write)
    return sizes


def test_blocks_are_shared_and_the_source_is_hashed_and_the_copy_made_durable(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_clone(monkeypatch, shared)
    sizes, synced = written(monkeypatch), list[str]()
    monkeypatch.setattr(Disk, "sync", lambda _, files: synced.extend(name for _, name in files))
    os.utime(bench.source / "1.png", ns=(5, 1_000_000_007))
    assert bench.sort(WANTED) == {}
    assert sizes == []
    assert len(synced) == len(FILES)
    assert bench.tree() == {f"GO/{name}": content for name, content in FILES.items()}
    assert (bench.base_dir / "GO/1.png").stat().st_mtime_ns == 1_000_000_007
    recorded = {key.path: p.sha256 for key, p in bench.ledger.placements().items()}
    assert recorded == {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}


@pytest.mark.parametrize("number", [errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.ENOTTY])
def test_where_blocks_cannot_be_shared_it_is_tried_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    tried: list[int] = []

    def clone(new: int, _: int) -> None:
        tried.append(new)
        raise OSError(number, os.strerror(number))

    with_clone(monkeypatch, clone)
    assert bench.sort(WANTED) == {}
    assert len(tried) == 1
    assert bench.tree() == {f"GO/{name}": content for name, content in FILES.items()}


def test_what_fails_for_one_file_half_way_is_written_whole_and_tried_again_for_the_next(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def clone(new: int, source: int) -> None:
        tried.append(new)
        os.pwrite(new, os.pread(source, 100, 0)[::-1], 0)
        raise OSError(errno.ENOSPC, "No space left on device")

    with_clone(monkeypatch, clone)
    assert bench.sort(WANTED) == {}
    assert len(tried) == len(FILES)
    assert bench.tree() == {f"GO/{name}": content for name, content in FILES.items()}


def test_a_source_that_changes_after_its_blocks_were_shared_is_not_placed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def clone(new: int, source: int) -> None:
        shared(new, source)
        (bench.source / "1.png").write_bytes(b"another picture")

    with_clone(monkeypatch, clone)
    assert bench.sort({"1.png": "GO/1.png"}) == {"1.png": "it changed since it was looked at"}
    assert bench.tree() == {}


def test_a_source_that_cannot_be_read_is_not_placed_though_it_can_be_cloned(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_clone(monkeypatch, shared)

    def broken(_: int, __: int) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as m:
        m.setattr(os, "read", broken)
        assert bench.sort(WANTED) == dict.fromkeys(FILES, "cannot read: Input/output error")
    assert (bench.tree(), read(bench.source)) == ({}, FILES)


def test_a_full_disk_stops_it_and_leaves_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with_clone(monkeypatch, None)

    def full(_: int, __: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as m:
        m.setattr(os, "write", full)
        with pytest.raises(StorageError, match="No space left on device"):
            bench.sort(WANTED)
    assert bench.tree() == {}
    assert bench.sort(WANTED) == {}


def test_the_real_call_or_its_absence_gives_the_same_tree(bench: Bench) -> None:
    """Whatever the file system under the tests can: on Btrfs and XFS blocks are shared, on ext4 they are not."""
    assert system.linux().clone is not None
    assert bench.sort(WANTED) == {}
    assert bench.tree() == {f"GO/{name}": content for name, content in FILES.items()}
    (bench.base_dir / "GO/1.png").write_bytes(b"altered")
    assert read(bench.source) == FILES
