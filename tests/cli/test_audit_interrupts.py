"""An audit that is stopped ends at once, with the right code, and leaves no process and no file behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labelkit.storage.fact_cache import FILE
from tests.auditing.scenes import write
from tests.checkout import quiet_environment

IMAGES = 4000


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("stop") / "base"
    for label in ("GO", "NG"):
        first = write(root / label / "0.png")
        for n in range(1, IMAGES // 2):
            (root / label / f"{n}.png").hardlink_to(first)
    return root


def session_of(leader: int) -> list[int]:
    """The processes that still run in a session."""
    found = []
    for process in sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()):
        try:
            if os.getsid(process) == leader and process != leader:
                found.append(process)
        except ProcessLookupError:
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are listed from /proc")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_nothing_is_left(base: Path, tmp_path: Path, number: int, code: int) -> None:
    (tmp_path / "t").mkdir()
    env = quiet_environment() | {"TMPDIR": str(tmp_path / "t"), "LABELKIT_CACHE_DIR": str(tmp_path / "cache")}
    process = subprocess.Popen(
        [sys.executable, "-m", "labelkit", "audit", str(base), "--jobs", "2"],
        env=env,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while process.poll() is None and not list((tmp_path / "t").glob("labelkit-*/*")):
        time.sleep(0.01)  # until a worker has left its first mark
    assert process.poll() is None
    process.send_signal(number)
    told = process.communicate(timeout=60)[1]
    assert process.returncode == code, told
    assert "interrupted" in told
    assert "Traceback" not in told
    assert list((tmp_path / "t").glob("labelkit-*")) == []
    assert sorted(p.name for p in (tmp_path / "cache").iterdir()) == [FILE]
    waited = time.monotonic() + 20
    while session_of(process.pid) and time.monotonic() < waited:
        time.sleep(0.05)
    assert session_of(process.pid) == []
