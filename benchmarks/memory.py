"""How much memory of its own a program and all processes below it hold, at most."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

_EVERY_S = 0.1
_PRIVATE = re.compile(r"^Private_(?:Clean|Dirty):\s+(\d+) kB", re.MULTILINE)


_ANONYMOUS = re.compile(r"^Anonymous:\s+(\d+) kB", re.MULTILINE)


def peak_private(command: Sequence[str], env: dict[str, str], *, libraries: bool = True) -> int:
    """Run a command; the largest sum of private bytes over its process and all below it, looked at ten times a second.

    Linux only: the numbers are those of /proc/PID/smaps_rollup. Pages of a library count as private until another
    process has it loaded as well; without `libraries`, only memory behind which there is no file counts.
    """
    counted = _PRIVATE if libraries else _ANONYMOUS
    done = threading.Event()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=env) as process:
        peaks = [0]

        def look() -> None:
            while not done.wait(_EVERY_S):
                peaks.append(sum(_bytes(counted, pid) for pid in _family(process.pid)))

        watcher = threading.Thread(target=look)
        watcher.start()
        code = process.wait()
        done.set()
        watcher.join()
    if code:
        raise subprocess.CalledProcessError(code, command)
    return max(peaks)


def _family(pid: int) -> list[int]:
    """A process and all below it: each of its threads may have started some."""
    below = [child for task in sorted(Path(f"/proc/{pid}/task").glob("*/children")) for child in _read(task).split()]
    return [pid, *(member for child in below for member in _family(int(child)))]


def _read(file: Path) -> str:
    """Empty where the process has ended meanwhile."""
    try:
        return file.read_text("ascii")
    except OSError:
        return ""


def _bytes(counted: re.Pattern[str], pid: int) -> int:
    return sum(map(int, counted.findall(_read(Path(f"/proc/{pid}/smaps_rollup"))))) * 1024
