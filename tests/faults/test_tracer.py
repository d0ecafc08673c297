"""The tracer itself: a child's calls are told in order; one refused or killed at has not happened."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tests.faults.ptrace import reason_against
from tests.faults.tracer import KILL, at, traced

if __name__ != "__main__" and (WHY_NOT := reason_against()):
    pytest.skip(WHY_NOT, allow_module_level=True)


def work(folder: Path) -> int:
    """Nine calls; the exit code is the error of the first that fails."""
    try:
        (folder / "made").mkdir()
        with (folder / "made" / "a").open("wb", buffering=0) as f:
            f.write(b"one")
            f.write(b"two")
            os.fsync(f.fileno())
        descriptor = os.open(folder / "made", os.O_RDONLY)
        os.rename("a", "b", src_dir_fd=descriptor, dst_dir_fd=descriptor)
        os.link(folder / "made" / "b", "c", dst_dir_fd=descriptor)
        os.symlink("../there", "d", dir_fd=descriptor)
        os.unlink("b", dir_fd=descriptor)
    except OSError as e:
        return e.errno or 1
    return 0


def tried(folder: Path) -> dict[str, object]:
    """In a process with one thread: recorded, refused once, refused from a call on, killed."""
    told: dict[str, object] = {}
    for name, react in {
        "recorded": at(0, KILL),
        "refused": at(3, errno.ENOSPC),
        "refused at the end": at(9, errno.EROFS, persists=True),
        "killed": at(4, KILL),
    }.items():
        here = folder / name
        here.mkdir()
        ended = traced(lambda here=here: work(here), react, record=True)  # type: ignore[misc]  # mypy cannot infer it
        told[name] = [
            ended.status,
            [str(c).replace(f"{here}/", "") for c in ended.calls],
            sorted(p.name for p in (here / "made").iterdir()),
        ]
    told["content"] = (folder / "killed" / "made" / "a").read_text()
    return told


def test_calls_are_told_refused_and_killed_at(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "tests.faults.test_tracer", str(tmp_path)]
    done = subprocess.run(program, cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=60)
    told = json.loads(done.stdout)
    calls = [
        *("mkdir(made)", "openat(made/a)", "write(made/a)", "write(made/a)", "fsync(made/a)"),
        *("renameat(made/a, made/b)", "linkat(made/b, made/c)", "symlinkat(../there, made/d)", "unlinkat(made/b)"),
    ]
    assert told["recorded"] == [0, calls, ["c", "d"]]
    assert told["refused"] == [errno.ENOSPC, calls[:3], ["a"]]
    assert told["refused at the end"] == [errno.EROFS, calls, ["b", "c", "d"]]
    assert told["killed"] == [-9, calls[:4], ["a"]]
    assert told["content"] == "one"


if __name__ == "__main__":
    print(json.dumps(tried(Path(sys.argv[1]))))  # noqa: T201 - this is a program
