"""Say what a figure was measured on: cores, kernel, file system, versions, and how busy it was."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

from labelkit.version import __version__


def told(folder: Path) -> str:
    """One line for the head of a table.

    Args:
        folder: where the measured files are; an existing folder.

    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"labelkit {__version__}, Python {platform.python_version()}, {platform.system()} {platform.release()} "
        f"{platform.machine()}, {cores} cores, {file_system(folder)}"
    )


def load() -> str:
    """How busy the machine is: processes that wanted to run, mean of the last minute; this one is among them."""
    return f"load {os.getloadavg()[0]:.1f}"


def file_system(folder: Path) -> str:
    """The kind of file system a folder is on, as `stat` or the list of mounts tells it."""
    mounts = Path("/proc/self/mounts")
    if mounts.exists():
        lines = [line.split() for line in mounts.read_text("utf-8").splitlines()]
        above = [(where, kind) for _, where, kind, *_ in lines if _is_below(folder.resolve(), Path(where))]
        return max(above, key=lambda pair: len(pair[0]))[1]
    told_by_stat = subprocess.run(
        [shutil.which("stat") or "stat", "-f", "-c", "%T", str(folder)], capture_output=True, text=True, check=False
    )
    return told_by_stat.stdout.strip() or "file system unknown"


def _is_below(folder: Path, top: Path) -> bool:
    return folder == top or top in folder.parents
