"""How fast images are placed durably, beside `shutil.copy2` in a loop with one sync of everything at its end.

Prints files a second for each mode, measured in turns, and the ratio to the plain loop; trees are kept until the end,
because deleting disturbs what is written next. Versions and machine are printed with it.

    python benchmarks/transfer.py                  2,000 files of 50 KB, in the system's temporary folder
    python benchmarks/transfer.py 500 200 FOLDER   500 files of 200 KB, in a folder on the disk that is asked about
"""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from labelkit.domain.decisions import ImageKey
from labelkit.domain.placing import Action, Mode, Plan, RunRecord, Step
from labelkit.storage.source import stamp_of
from labelkit.storage.sqlite_ledger import open_ledger
from labelkit.storage.transfer import execute
from labelkit.version import __version__

ROUNDS = 3


def main() -> int:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    kilobytes = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    rates: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(dir=sys.argv[3] if len(sys.argv) > 3 else None) as folder:
        for turn in range(ROUNDS):
            for way in ("copy2", "copy", "hardlink", "symlink", "move"):
                scene = Path(folder, f"{way}-{turn}")
                names = draw(scene / "raw", count, kilobytes * 1000, seed=turn)
                os.sync()
                seconds = plain(scene, names) if way == "copy2" else place(scene, names, Mode(way))
                rates.setdefault(way, []).append(count / seconds)
    print(f"labelkit {__version__}, Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores")
    print(f"{count:,} files of {kilobytes:,} KB, median of {ROUNDS} rounds (least to most)")
    base = statistics.median(rates["copy2"])
    for way, found in rates.items():
        middle = statistics.median(found)
        print(f"{way:9} {middle:8,.0f} files/s ({min(found):,.0f} to {max(found):,.0f})  {middle / base:5.2f} x copy2")
    return 0


def draw(folder: Path, count: int, size: int, *, seed: int) -> list[str]:
    """Write files of given size, each of other content."""
    folder.mkdir(parents=True)
    block = (seed.to_bytes(4, "big") + bytes(range(256))) * (size // 260 + 1)
    names = [f"{i:06}.bmp" for i in range(count)]
    for i, name in enumerate(names):
        (folder / name).write_bytes(i.to_bytes(4, "big") + block[: size - 4])
    return names


def plain(scene: Path, names: list[str]) -> float:
    """Copy in a loop, then sync; seconds."""
    began = time.perf_counter()
    for i, name in enumerate(names):
        to = scene / "base" / ("GO", "NG")[i % 2]
        to.mkdir(parents=True, exist_ok=True)
        shutil.copy2(scene / "raw" / name, to / name)
    os.sync()
    return time.perf_counter() - began


def place(scene: Path, names: list[str], mode: Mode) -> float:
    """Place by a plan, with a ledger; seconds."""
    raw, base = scene / "raw", scene / "base"
    base.mkdir()
    steps = tuple(
        Step(Action.PLACE, ImageKey(str(raw), n), stamp_of((raw / n).lstat()), target=f"{('GO', 'NG')[i % 2]}/{n}")
        for i, n in enumerate(names)
    )
    ledger = open_ledger(base, create=True)
    began = time.perf_counter()
    ledger.begin_run(RunRecord("benchmark", "2026-01-01T00:00:00+00:00", mode, "{}"))
    failures = [r.failure for r in execute(Plan(str(base), mode, steps), ledger, run_id="benchmark") if r.failure]
    seconds = time.perf_counter() - began
    ledger.close()
    if failures:
        raise SystemExit(f"{len(failures)} could not be placed: {failures[0]}")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
