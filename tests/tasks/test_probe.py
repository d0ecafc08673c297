from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from labelkit.tasks import probe as module
from labelkit.tasks.probe import ProbeTask
from tests.auditing.scenes import picture, write


def test_one_fact_a_path_in_order(tmp_path: Path) -> None:
    write(tmp_path / "b.png")
    write(tmp_path / "GO" / "a.png", b"no image")
    facts = ProbeTask(str(tmp_path))(["b.png", "GO/a.png", "gone.png"])
    assert [f.path for f in facts] == ["b.png", "GO/a.png", "gone.png"]
    assert [f.readable for f in facts] == [True, False, False]
    assert facts[2].fault == "cannot be read: No such file or directory"


def test_a_pipe_or_folder_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    facts = ProbeTask(str(tmp_path))(["pipe.png", "folder.png"])
    assert facts[0].fault == "not a plain file"
    assert facts[1].fault


def test_the_time_of_a_file_is_told_in_utc(tmp_path: Path) -> None:
    os.utime(write(tmp_path / "a.png"), ns=(0, 1_769_847_300_123_456_789))
    os.utime(write(tmp_path / "b.png", b"no image"), ns=(0, -1_000_000))
    facts = ProbeTask(str(tmp_path))(["a.png", "b.png", "gone.png"])
    assert [f.modified for f in facts] == ["2026-01-31T08:15:00.123Z", "1969-12-31T23:59:59.999Z", ""]


def test_it_travels(tmp_path: Path) -> None:
    task = ProbeTask(str(tmp_path))
    assert pickle.loads(pickle.dumps(task)) == task  # noqa: S301, TID251 - our own bytes, as a worker gets them


def test_a_file_too_large_is_hashed_but_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    write(tmp_path / "a.png", picture("x"))
    fact = ProbeTask(str(tmp_path))(["a.png"])[0]
    assert "larger than" in fact.fault
    assert len(fact.sha256) == 64
