"""One writer at a time; a killed holder leaves nothing to clean up."""

from __future__ import annotations

import errno
import os
import re
import signal
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import cast

import pytest

from labelkit.domain.errors import StorageError
from labelkit.domain.placing import LOCK_NAME
from labelkit.storage import system
from labelkit.storage.lock import exclusive

HOLD = """
import sys, time
from labelkit.storage.lock import exclusive
with exclusive(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> subprocess.Popen[str]:
    """Another process that holds tmp_path."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.communicate()


def test_the_second_is_told_who_is_at_work(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(StorageError) as e, exclusive(tmp_path):
        pass
    end(holder)
    assert re.search(rf"process {holder.pid} on \S+, since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC", e.value.message)
    assert e.value.exit_code == 4
    assert e.value.place == str(tmp_path)


def test_another_name_of_the_folder_is_no_way_around(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "alias").symlink_to("base")
    with exclusive(tmp_path / "base"):
        _refused(tmp_path / "alias")


def test_after_an_orderly_end_nothing_is_left(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    end(holder)
    assert list(tmp_path.iterdir()) == []
    with exclusive(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_after_a_kill_the_next_needs_no_cleanup(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    end(holder)
    with exclusive(tmp_path):
        assert f"process {os.getpid()} " in (tmp_path / LOCK_NAME).read_text()
    assert list(tmp_path.iterdir()) == []


def test_the_note_is_no_folder_and_no_image(tmp_path: Path) -> None:
    with exclusive(tmp_path):
        assert [p.name for p in tmp_path.iterdir()] == ["labelkit.lock"]
        assert (tmp_path / "labelkit.lock").is_file()


def test_only_one_of_many_wins(tmp_path: Path) -> None:
    """Four at once, until each has had its turn twenty times: whoever gets in is alone."""
    script = (
        "import sys, pathlib\n"
        "from labelkit.domain.errors import StorageError\n"
        "from labelkit.storage.lock import exclusive\n"
        "sys.stdin.read(1)\n"
        "won = 0\n"
        "while won < 20:\n"
        "    try:\n"
        "        with exclusive(sys.argv[1]):\n"
        "            mark = pathlib.Path(sys.argv[1], 'mark')\n"
        "            mark.touch(exist_ok=False)\n"
        "            mark.unlink()\n"
        "            won += 1\n"
        "    except StorageError:\n"
        "        pass\n"
    )
    many = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in many:
        assert process.stdin is not None
        process.stdin.write("g")
        process.stdin.flush()
    for process in many:
        process.communicate()
    assert [process.returncode for process in many] == [0, 0, 0, 0]


def test_where_folders_cannot_be_locked_the_note_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    has = system.here()

    def only_files(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EBADF, "Bad file descriptor")
        has.lock(descriptor)

    monkeypatch.setattr(system, "here", lambda: replace(has, lock=only_files))
    _holds_alone(tmp_path)


def test_on_windows_a_byte_of_the_note_is_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held: set[int] = set()

    def locking(descriptor: int, how: int, count: int) -> None:
        assert (how, count) == (2, 1)
        assert os.lseek(descriptor, 0, os.SEEK_CUR) == 1 << 30
        inode = os.fstat(descriptor).st_ino
        if inode in held:
            raise PermissionError(errno.EACCES, "Permission denied")
        held.add(inode)

    windows = system.windows()
    monkeypatch.setitem(sys.modules, "msvcrt", cast("ModuleType", SimpleNamespace(locking=locking, LK_NBLCK=2)))
    monkeypatch.setattr(system, "here", lambda: windows)
    _holds_alone(tmp_path)


def _refused(folder: Path) -> None:
    with pytest.raises(StorageError, match=f"process {os.getpid()} on "), exclusive(folder):
        pass


def _holds_alone(folder: Path) -> None:
    with exclusive(folder):
        _refused(folder)
        assert [p.name for p in folder.iterdir()] == ["labelkit.lock"]
