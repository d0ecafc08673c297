"""The kind of file system a folder is on, by what Linux, Windows and macOS each say."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from labelkit.storage import file_systems
from labelkit.storage.file_systems import file_system_of, is_remote, lies_in
from tests.storage.shares import mounts


def listed(tmp_path: Path, *lines: tuple[str, str, str, str]) -> str:
    """A list of mounts: device, root, mount point, kind."""
    text = "".join(
        f"{n} 1 {device} {root} {point} rw,relatime master:{n} - {kind} none rw\n"
        for n, (device, root, point, kind) in enumerate(lines, 20)
    )
    path = tmp_path / "mountinfo"
    path.write_text(text)
    return str(path)


def device_of(path: Path) -> str:
    number = path.stat().st_dev
    return f"{os.major(number)}:{os.minor(number)}"


def test_a_real_folder(tmp_path: Path) -> None:
    assert file_system_of("/proc") == "proc"
    assert file_system_of(str(tmp_path / "not" / "yet" / "there")) == file_system_of(str(tmp_path))
    assert not is_remote(file_system_of(str(tmp_path)))


def test_the_longest_mount_point_counts_and_escapes_are_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = tmp_path / "line 3\\a"
    (share / "deep").mkdir(parents=True)
    (tmp_path / "line 3\\ab").mkdir()
    device, point = device_of(tmp_path), str(share).replace("\\", "\\134").replace(" ", "\\040")
    lines = [(device, "/", "/", "ext4"), (device, "/x", point, "nfs4"), (device, "/", str(tmp_path), "xfs")]
    monkeypatch.setattr(file_systems, "MOUNTINFO", listed(tmp_path, *lines))
    assert file_system_of(str(share / "deep" / "er")) == "nfs4"
    assert file_system_of(f"{share}b") == "xfs"
    assert file_system_of("/") == "ext4"


def test_of_mounts_at_one_place_the_one_of_the_folders_device_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [("0:99", "/", str(tmp_path), "autofs"), (device_of(tmp_path), "/", str(tmp_path), "cifs")]
    for order in (lines, lines[::-1]):
        monkeypatch.setattr(file_systems, "MOUNTINFO", listed(tmp_path, *order))
        assert file_system_of(str(tmp_path)) == "cifs"
    hidden = [(device_of(tmp_path), "/", str(tmp_path), kind) for kind in ("ext4", "9p")]
    monkeypatch.setattr(file_systems, "MOUNTINFO", listed(tmp_path, *hidden))
    assert file_system_of(str(tmp_path)) == "9p"  # the later one hides the earlier


def test_no_list_of_mounts_no_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_systems, "MOUNTINFO", str(tmp_path / "none"))
    assert file_system_of(str(tmp_path)) is None
    assert not is_remote(None)


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse", "fuse.rclone", "vboxsf"])
def test_shares(kind: str) -> None:
    assert is_remote(kind)


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "tmpfs", "overlay", "fuseblk", "fuse.ntfs-3g", "ntfs3"])
def test_no_shares(kind: str) -> None:
    assert not is_remote(kind)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("Z:\\images\\base", "network drive"),
        ("C:\\images", "local drive"),
        ("\\\\server\\share\\images", "network drive"),
        ("\\\\?\\UNC\\server\\share\\images", "network drive"),
        ("\\\\?\\C:\\images", "local drive"),
    ],
)
def test_windows(path: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = SimpleNamespace(GetDriveTypeW=lambda drive: {"Z:\\": 4, "C:\\": 3}[drive])
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(file_systems, "_existing", lambda path: path)
    assert file_system_of(path) == kind


@pytest.mark.parametrize(
    ("told", "local", "kind"), [(b"apfs", True, "apfs"), (b"smbfs", False, "smbfs"), (b"newfs", False, "network drive")]
)
def test_macos(told: bytes, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, local: bool) -> None:
    def statfs(_: bytes, found: ctypes.Array[ctypes.c_char]) -> int:
        ctypes.memmove(ctypes.addressof(found) + 64, (0x1000 if local else 0).to_bytes(4, "little"), 4)
        ctypes.memmove(ctypes.addressof(found) + 72, told, len(told))
        return 0

    monkeypatch.setattr(file_systems, "_statfs", lambda: statfs)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert file_system_of(str(tmp_path)) == kind


def test_which_folder_lies_in_which_by_whatever_mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bind mount of a folder inside the source, and one inside the source of a folder elsewhere."""
    for name in ("raw/sub", "raw/out", "alias", "elsewhere/base", "raw2"):
        (tmp_path / name).mkdir(parents=True)
    device, top = device_of(tmp_path), str(tmp_path)
    lines = [
        (device, "/", top, "ext4"),
        (device, "/raw/sub", f"{top}/alias", "ext4"),
        (device, "/elsewhere", f"{top}/raw/out", "ext4"),
    ]
    monkeypatch.setattr(file_systems, "MOUNTINFO", listed(tmp_path, *lines))
    inside = ["raw", "raw/sub/x", "alias", "alias/base/not/yet", "elsewhere/base", "raw/out/base"]
    assert [name for name in inside if not lies_in(f"{top}/{name}", f"{top}/raw")] == []
    assert [name for name in ("raw2", "other/raw", ".") if lies_in(f"{top}/{name}", f"{top}/raw")] == []


def test_shares_of_the_tests_are_taken_for_shares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "base dir").mkdir()
    monkeypatch.setattr(file_systems, "MOUNTINFO", str(mounts(tmp_path, tmp_path / "base dir")))
    assert file_system_of(str(tmp_path / "base dir")) == "nfs4"
    assert file_system_of(str(tmp_path)) == "ext4"
