"""Before anything is touched: space, permission, and a target that keeps clear of the sources."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from labelkit.domain.errors import StorageError, UsageError
from labelkit.domain.placing import Mode, Plan
from labelkit.storage import file_systems
from labelkit.storage.preflight import Needs, check
from tests.storage.scenes import Bench, build, read
from tests.storage.unprivileged import open_to_all, unprivileged

FILES = {"a.png": b"a" * 1000, "sub/b.png": b"b" * 500}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return build(tmp_path / "raw", FILES)


def plan_for(source: Path, base_dir: Path, mode: Mode = Mode.COPY) -> Plan:
    """A plan for a base_dir that need not exist."""
    plan = Bench(source, source.parent / "elsewhere", mode).plan({"a.png": "GO/a.png", "sub/b.png": "NG/b.png"})
    return Plan(str(base_dir), mode, plan.steps)


@pytest.mark.parametrize(
    ("mode", "needed"), [(Mode.COPY, 1500), (Mode.HARDLINK, 0), (Mode.SYMLINK, 0), (Mode.MOVE, 0), (Mode.NONE, 0)]
)
def test_the_bytes_that_each_mode_needs(source: Path, tmp_path: Path, mode: Mode, needed: int) -> None:
    needs = check(plan_for(source, tmp_path / "not" / "yet" / "there", mode), [source])
    assert needs.bytes_needed == needed
    assert abs(needs.bytes_free - shutil.disk_usage(tmp_path).free) < 1 << 30
    assert not (tmp_path / "not").exists()


def test_a_move_to_another_file_system_needs_room(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pretend_another_device(monkeypatch, source)
    assert check(plan_for(source, tmp_path / "base", Mode.MOVE), [source]).bytes_needed == 1500


def test_hard_links_to_another_file_system_are_refused(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pretend_another_device(monkeypatch, source)
    with pytest.raises(UsageError, match="another file system") as e:
        check(plan_for(source, tmp_path / "base", Mode.HARDLINK), [source])
    assert "--mode copy" in e.value.remedy
    assert "--mode symlink" in e.value.remedy


def _pretend_another_device(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    real = os.stat

    def stat(path: str, **options: bool) -> object:
        found = real(path, **options)
        if str(path) != str(folder):
            return found
        return SimpleNamespace(st_dev=found.st_dev + 1, st_ino=found.st_ino, st_mode=found.st_mode)

    monkeypatch.setattr(os, "stat", stat)


def test_too_little_space_names_the_modes_that_need_none(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1499))
    with pytest.raises(StorageError, match=r"not enough space: 1\.5 kB needed, 1\.5 kB free") as e:
        check(plan_for(source, tmp_path / "base"), [source])
    assert e.value.exit_code == 4
    for mode in ("hardlink", "symlink", "none"):
        assert f"--mode {mode}" in e.value.remedy
    assert check(plan_for(source, tmp_path / "base", Mode.SYMLINK), [source]) == Needs(0, 1499)


def test_blocks_count_not_bytes(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """1,500 bytes in two files fill two blocks of 4,096."""
    block = os.statvfs(tmp_path).f_frsize
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2 * block - 1))
    with pytest.raises(StorageError, match="not enough space"):
        check(plan_for(source, tmp_path / "base"), [source])


@pytest.mark.parametrize("base", ["raw", "raw/base", "raw/deep/er/base", "."])
def test_target_inside_source_is_wrong_usage(source: Path, tmp_path: Path, base: str) -> None:
    before = read(tmp_path)
    with pytest.raises(UsageError, match="target inside source") as e:
        check(plan_for(source, tmp_path / base), [source])
    assert e.value.exit_code == 2
    assert e.value.remedy
    assert read(tmp_path) | {"elsewhere": "empty folder"} == before | {"elsewhere": "empty folder"}


def test_target_inside_source_by_another_name(source: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(source)
    for base, src in [("alias/base", source), ("raw/base", tmp_path / "alias"), ("raw/../alias", source)]:
        with pytest.raises(UsageError, match="target inside source"):
            check(plan_for(source, tmp_path / base), [src])


def test_target_inside_source_by_a_bind_mount(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of the source is mounted elsewhere, and base_dir is below that: no name and no identity tells."""
    (tmp_path / "alias").mkdir()
    check(plan_for(source, tmp_path / "alias" / "base"), [source])
    _pretend_mounts(monkeypatch, tmp_path, f"{source}/sub", tmp_path / "alias")
    with pytest.raises(UsageError, match="target inside source"):
        check(plan_for(source, tmp_path / "alias" / "base"), [source])


def test_hard_links_to_another_mount_of_the_same_file_system_are_refused(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    _pretend_mounts(monkeypatch, tmp_path, "/elsewhere", tmp_path / "other")
    check(plan_for(source, tmp_path / "base", Mode.HARDLINK), [source])
    check(plan_for(source, tmp_path / "other" / "base", Mode.SYMLINK), [source])
    with pytest.raises(UsageError, match="hard links cannot lead to another mount"):
        check(plan_for(source, tmp_path / "other" / "base", Mode.HARDLINK), [source])


def _pretend_mounts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, root: str, point: Path) -> None:
    device = tmp_path.stat().st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    lines = [f"20 1 {number} / / rw - ext4 none rw", f"21 20 {number} {root} {point} rw - ext4 none rw", ""]
    (tmp_path / "mountinfo").write_text("\n".join(lines))
    monkeypatch.setattr(file_systems, "MOUNTINFO", str(tmp_path / "mountinfo"))


@pytest.mark.parametrize(("mode", "refused"), [(Mode.COPY, True), (Mode.SYMLINK, True), (Mode.HARDLINK, False)])
def test_a_file_system_without_names_left(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: Mode, *, refused: bool
) -> None:
    real = os.statvfs(tmp_path)
    few = SimpleNamespace(
        f_flag=0,
        f_frsize=real.f_frsize,
        f_bavail=real.f_bavail,
        f_blocks=9,
        f_bfree=9,
        f_favail=1,
        f_files=9,
        f_namemax=255,
    )
    monkeypatch.setattr(os, "statvfs", lambda _: few)
    if refused:
        with pytest.raises(StorageError, match="2 new files needed, the file system has room for 1"):
            check(plan_for(source, tmp_path / "base", mode), [source])
    else:
        check(plan_for(source, tmp_path / "base", mode), [source])


def test_neighbours_of_similar_names_are_no_fault(source: Path, tmp_path: Path) -> None:
    assert check(plan_for(source, tmp_path / "raw2"), [source]).bytes_needed == 1500


def test_a_class_folder_that_is_a_link_or_a_file(source: Path, tmp_path: Path) -> None:
    base = build(tmp_path / "base", {"NG": b"a file"})
    with pytest.raises(StorageError, match=r"class folder .*NG is a file"):
        check(plan_for(source, base), [source])
    (base / "NG").unlink()
    (base / "NG").symlink_to(source)
    with pytest.raises(StorageError, match=r"class folder .*NG is a symbolic link"):
        check(plan_for(source, base), [source])
    (base / "NG").unlink()
    (base / "NG").mkdir()
    check(plan_for(source, base), [source])


def test_a_base_dir_that_is_a_file(source: Path, tmp_path: Path) -> None:
    build(tmp_path, {"base": b""})
    with pytest.raises(StorageError, match="is a file, not a folder"):
        check(plan_for(source, tmp_path / "base" / "deeper"), [source])


def test_a_base_dir_that_may_not_be_written(source: Path, tmp_path: Path) -> None:
    open_to_all(tmp_path)
    base = build(tmp_path / "base", {})
    base.chmod(0o555)
    with unprivileged(), pytest.raises(StorageError, match=r"cannot write into .*: you may not write there"):
        check(plan_for(source, base / "below"), [source])
