"""A folder that looks like a network share: what the system says of its mounts names another kind of file system."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.checkout import quiet_environment

PRETEND = """
import sys
from labelkit.storage import file_systems
file_systems.MOUNTINFO = sys.argv[1]
"""
"""The first lines of a program that sees such mounts; its first argument names their list."""

HOLD = (
    PRETEND
    + """
from labelkit.storage.lock import exclusive
with exclusive(sys.argv[2], run_id="run-1", say=lambda line: print(line, flush=True)):
    print("held", flush=True)
    sys.stdin.read()
"""
)


def mounts(where: Path, folder: Path, kind: str = "nfs4") -> Path:
    """A list of mounts, written into `where`, in which a folder is a mount of its own."""
    device = folder.stat().st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    point = str(folder.resolve()).replace(" ", r"\040")
    lines = [
        f"27 1 {number} / / rw,relatime - ext4 /dev/vda rw",
        f"40 27 {number} {point} {point} rw,relatime shared:1 - {kind} server:/export rw,vers=4.2",
    ]
    listed = where / f"mounts-{kind}"
    listed.write_text("\n".join([*lines, ""]))
    return listed


def start(program: str, *words: str | Path) -> subprocess.Popen[str]:
    """A Python program in a process of its own, with its three streams in our hands."""
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=quiet_environment(),
    )
