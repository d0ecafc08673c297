"""A report is replaced in one step, or not at all."""

from __future__ import annotations

import errno
import os
import resource
import signal
import stat
from pathlib import Path

import pytest

from labelkit.domain.errors import StorageError, UsageError
from labelkit.storage.replacing import check_can_replace, replace_file
from tests.storage.unprivileged import open_to_all, unprivileged


def test_it_replaces_and_keeps_rights_and_links(tmp_path: Path) -> None:
    real, link = tmp_path / "real.html", tmp_path / "link.html"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link.symlink_to(real)
    replace_file(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link.html", "real.html"]


def test_a_full_disk_leaves_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_bytes(b"old")
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(StorageError, match="cannot write"):
            replace_file(file, bytes(2000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("page.html", b"old")]


@pytest.mark.parametrize("fault", [OSError(errno.EIO, "broken"), KeyboardInterrupt()])
def test_a_fault_or_an_interrupt_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    def fails(_: int) -> None:
        raise fault

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises((StorageError, KeyboardInterrupt)):
        replace_file(tmp_path / "page.html", b"new")
    assert list(tmp_path.iterdir()) == []


def test_what_could_not_be_written_is_known_before(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere" / "a.html", Path("/dev/null")):
        with pytest.raises(UsageError):
            check_can_replace(path, option="--html")
    open_to_all(tmp_path)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    with unprivileged(), pytest.raises(StorageError, match="cannot write"):
        check_can_replace(closed / "a.html", option="--html")
    check_can_replace(tmp_path / "a.html", option="--html")
    assert list(tmp_path.iterdir()) == [closed]
