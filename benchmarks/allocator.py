"""What it brings to keep freed memory for the next picture: trainings and facts with and without it, in turns.

    python benchmarks/allocator.py [--rounds 3] [--epochs 40] [--jpegs 400]

`kept` is labelkit as it is, `as by default` the same where a variable of glibc keeps labelkit from it. Each run is a
process of its own: `labelkit train` on the drawn sample (93 images), and the facts of 1280 x 960 JPEGs, one process.
Says the seconds of wall clock and of CPU, how often the system gave a new page, and the most memory. Linux with glibc.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import machine
from audit_ways import DRAW, FACTS
from peers import ROOT
from timed import in_turns

import labelkit

WAYS = {"as by default": {"GLIBC_TUNABLES": "glibc.malloc.perturb=0"}, "kept": {}}
"""What is in the environment: the first changes nothing in glibc, but a person has settled it."""


def told(command: Sequence[str], env: dict[str, str]) -> dict[str, float]:
    """What one run took; Linux counts of the children only what has ended, so each is asked for by the difference."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("GLIBC_", "MALLOC_"))}
    subprocess.run(command, env={**plain, "TF_CPP_MIN_LOG_LEVEL": "3", **env}, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "seconds": time.perf_counter() - began,
        "user": after.ru_utime - before.ru_utime,
        "system": after.ru_stime - before.ru_stime,
        "pages": after.ru_minflt - before.ru_minflt,
    }


def part(title: str, command: Sequence[str], rounds: int) -> None:
    """Both ways in turns; a table of medians."""
    seen: dict[str, list[dict[str, float]]] = {name: [] for name in WAYS}

    def one(way: str) -> float:
        seen[way].append(told(command, WAYS[way]))
        return seen[way][-1]["seconds"]

    spread = in_turns({way: lambda _, way=way: one(way) for way in WAYS}, rounds)
    print(f"\n| {title} | seconds | CPU: user | CPU: system | pages given |\n|---|---|---|---|---|")
    for way, runs in seen.items():
        user, system, pages = (sorted(r[k] for r in runs)[len(runs) // 2] for k in ("user", "system", "pages"))
        print(f"| {way} | {spread[way].told('.1f')} | {user:.1f} | {system:.1f} | {pages:,.0f} |")
    print(f"by default it takes {spread['as by default'].over(spread['kept']).told('.2f')} times as long")


def main() -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("rounds", 3), ("epochs", 40), ("jpegs", 400)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        print(machine.told(top))
        os.environ["LABELKIT_CACHE_DIR"] = str(top / "cache")
        labelkit.sort(
            ROOT / "sample_data/raw",
            base_dir=top / "base_dir",
            metadata=ROOT / "sample_data/metadata.csv",
            rules=ROOT / "rules/threshold.py",
        )
        train = ["train", str(top / "base_dir"), "--out", str(top / "runs"), "--epochs", str(asked.epochs), "--fresh"]
        part(
            f"training, {asked.epochs} epochs of 93 images",
            [sys.executable, "-m", "labelkit", *train, "--quiet"],
            asked.rounds,
        )
        pictures = top / "pictures"
        pictures.mkdir()
        subprocess.run(
            [sys.executable, "-c", DRAW, pictures, "jpeg", "0", str(asked.jpegs)], check=True, stdout=subprocess.DEVNULL
        )
        part(f"facts of {asked.jpegs} JPEGs", [sys.executable, "-c", FACTS, str(pictures), "0", "1"], asked.rounds)
    print(f"\n{machine.load()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
