"""How fast a sort is: placing beside `cp -r` and split-folders, a second sort of many, a million rows planned.

    python benchmarks/sort.py [--scratch DIR] [--files 10000] [--rounds 5] [--only copy,again,rows] [--venvs DIR]

Every way runs once a round, in turns, and every tree is kept until the end: deleting disturbs what is written next. On
ext4 without a journal so does what was deleted up to six minutes before: inodes freed since then are passed over, one
by one, for each new file (`recently_deleted` in the kernel's fs/ext4/ialloc.c). What a new file costs is told first:
33 µs undisturbed where this was written, 34 to 180 some minutes after 70,000 files were deleted.
Prints ratios round by round, with versions and machine, and each goal as held or missed; exits 1 when one is missed.
The scratch needs about 0.2 MB a file and round (10 GB for the defaults), and 2 GB for the second sort.
"""

from __future__ import annotations

import argparse
import functools
import random
import sys
import tempfile
import time
from pathlib import Path

import machine
import sort_copy
from timed import Goal, Part, Spread, in_turns, measured, seconds, sort

RULES = ("score >= 80 -> GO", "score < 80 -> NG")
KINDS = ("expression", "function")
GIGABYTE = 1e9


def main() -> int:
    """Measure and print; returns the exit code."""
    asked = _asked()
    parts = asked.only.split(",")
    with tempfile.TemporaryDirectory(dir=asked.scratch) as scratch:
        folder = Path(scratch)
        venvs = Path(asked.venvs) if asked.venvs else folder / "venvs"
        print(machine.told(folder))
        print(f"a new file takes {_new_file(folder / 'new'):,.0f} µs of CPU")
        goals: list[Goal] = []
        if "copy" in parts:
            size, rounds = asked.kilobytes, asked.rounds
            part = sort_copy.measure(folder / "copy", files=asked.files, kilobytes=size, rounds=rounds, venvs=venvs)
            goals += _told(part)
        if "again" in parts:
            goals += _told(_again(folder / "again", files=asked.again_files, rounds=asked.rounds))
        if "rows" in parts:
            goals += _told(_rows(folder / "rows", rows=asked.rows, rounds=asked.rounds))
        print("\nGoals", *(goal.told() for goal in goals), sep="\n", flush=True)
    return 0 if all(g.held for g in goals) else 1


def _new_file(folder: Path) -> float:
    """Microseconds of this process to make one of 2,000 empty files."""
    folder.mkdir()
    began = time.process_time()
    for i in range(2000):
        (folder / str(i)).touch()
    return (time.process_time() - began) / 2000 * 1e6


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scratch", help="a folder on the disk that is asked about (default: the temporary folder)")
    parser.add_argument("--venvs", help="environments of other programs, kept (default: made and removed)")
    parser.add_argument("--files", type=int, default=10_000, help="images that are placed")
    parser.add_argument("--kilobytes", type=int, default=50, help="of each of them")
    parser.add_argument("--again-files", type=int, default=200_000, help="images of 1 KB that are sorted twice")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows that are planned")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="copy,again,rows", help="parts, with commas between")
    return parser.parse_args()


def _told(part: Part) -> tuple[Goal, ...]:
    print(f"\n{machine.load()}", *part.lines, sep="\n", flush=True)
    return part.goals


def _again(folder: Path, *, files: int, rounds: int) -> Part:
    """A second sort, with nothing to do, of images that a first one copied."""
    table, raw, base_dir = folder / "metadata.csv", folder / "raw", folder / "base"
    _draw(raw, table, files, seed=0)
    options = {"base_dir": str(base_dir), "metadata": str(table), "rule": RULES}
    first = sort(raw, **options)
    starts, rates, busy = [], [], []
    for _ in range(rounds):
        starts.append(seconds([sys.executable, "-m", "labelkit", "--version"]))
        told = sort(raw, **options)
        if told["already"] != files:
            raise SystemExit(f"{told['already']:,.0f} of {files:,} were already there")
        rates.append(files / told["seconds"])
        busy.append(files / told["cpu"])
    rate = Spread(tuple(rates))
    return Part(
        (
            f"second sort of {files:,} images of 1 KB, --mode copy, {rounds} rounds; median (least to most)",
            f"first sort   {files / first['seconds']:,.0f} files/s",
            f"second sort  {rate.told(',.0f')} files/s; {Spread(tuple(busy)).told(',.0f')} a second of CPU",
            f"start-up     {Spread(tuple(starts)).told('.2f')} s, apart",
        ),
        (Goal("second sort, files/s", rate.middle, 20_000),),
    )


def _draw(raw: Path, table: Path, files: int, *, seed: int) -> None:
    """Write images of 1 KB, a thousand in a folder, and their table of scores."""
    rng = random.Random(seed)  # noqa: S311 - a reproducible draw, no secret
    raw.mkdir(parents=True)
    with table.open("w", encoding="utf-8") as f:
        f.write("file,score\n")
        for i in range(files):
            path = raw / f"{i // 1000:04}" / f"{i:06}.png"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(rng.randbytes(1000))
            f.write(f"{path.relative_to(raw).as_posix()},{rng.uniform(0, 100):.2f}\n")


def _rows(folder: Path, *, rows: int, rounds: int) -> Part:
    """Rows of a table through match, votes, policy and plan, each time in a process of its own."""
    peaks: list[float] = []
    busy: dict[str, list[float]] = {kind: [] for kind in KINDS}

    def run(kind: str, _: int) -> float:
        told = measured([sys.executable, Path(__file__).with_name("sort_rows.py"), str(rows), kind, folder])
        peaks.append(told["peak_bytes"] / GIGABYTE)
        busy[kind].append(told["cpu"])
        return told["seconds"]

    took = in_turns({kind: functools.partial(run, kind) for kind in KINDS}, rounds)
    lines = [f"{k:12} {s.told('.1f')} s; {Spread(tuple(busy[k])).told('.1f')} s of CPU" for k, s in took.items()]
    return Part(
        (
            f"{rows:,} rows of a CSV read, matched, voted, settled, planned, {rounds} rounds; median (least to most)",
            *lines,
            f"memory       {max(peaks):.2f} GB at most",
        ),
        (
            *(Goal(f"{rows:,} rows by {kind}, seconds", s.middle, 20, at_least=False) for kind, s in took.items()),
            Goal("memory, GB", max(peaks), 2, at_least=False),
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
