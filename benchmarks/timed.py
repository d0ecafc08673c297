"""Run and time: processes of their own that say how long they worked, rounds in turns, ratios round by round."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SORT = """
import json, sys, time
began = time.perf_counter()
import labelkit
labelkit.sort
ready, busy = time.perf_counter(), time.process_time()
given = json.loads(sys.argv[1])
result = labelkit.sort(given.pop("source"), **given)
done, cpu = time.perf_counter(), time.process_time() - busy
counts = {"done": result.done, "already": result.already, "failed": result.failed}
told = {"start": ready - began, "seconds": done - ready, "cpu": cpu, "place": result.seconds["place"]}
print(json.dumps({**told, **counts}))
"""


@dataclass(frozen=True, slots=True)
class Spread:
    """Measurements of one thing, one a round."""

    values: tuple[float, ...]

    @property
    def middle(self) -> float:
        """The median."""
        return statistics.median(self.values)

    def over(self, other: Spread) -> Spread:
        """The ratio, round by round: what both share of a round cancels."""
        return Spread(tuple(a / b for a, b in zip(self.values, other.values, strict=True)))

    def told(self, form: str) -> str:
        """Median, least and most: `1.20 (1.10 to 1.31)`."""
        return f"{self.middle:{form}} ({min(self.values):{form}} to {max(self.values):{form}})"


@dataclass(frozen=True, slots=True)
class Goal:
    """What a part shall reach, and what it did."""

    what: str
    reached: float
    wanted: float
    at_least: bool = True

    @property
    def held(self) -> bool:
        """Whether it is reached."""
        return self.reached >= self.wanted if self.at_least else self.reached <= self.wanted

    def told(self) -> str:
        """One line."""
        sign = ">=" if self.at_least else "<="
        return f"{'held  ' if self.held else 'MISSED'} {self.what}: {self.reached:,.2f}, wanted {sign} {self.wanted:,g}"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a benchmark: its table, and its goals."""

    lines: tuple[str, ...]
    goals: tuple[Goal, ...]


def in_turns(ways: Mapping[str, Callable[[int], float]], rounds: int) -> dict[str, Spread]:
    """Run every way once a round, each round beginning with another one; what each run returns, by way."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    names = list(ways)
    for turn in range(rounds):
        start = turn % len(names)
        for name in (*names[start:], *names[:start]):
            found[name].append(ways[name](turn))
            print(f"round {turn + 1}: {name} {found[name][-1]:.2f}", file=sys.stderr, flush=True)
    return {name: Spread(tuple(values)) for name, values in found.items()}


def sort(source: Path, **options: object) -> dict[str, float]:
    """`labelkit.sort` in a process of its own: seconds to start, of the whole sort, of CPU and of placing; counts."""
    given = json.dumps({"source": str(source), **options})
    return measured([sys.executable, "-c", SORT, given])


def measured(command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> dict[str, float]:
    """What a process prints as one JSON object."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=env)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def seconds(command: Sequence[str | Path]) -> float:
    """How long a command takes."""
    words = [shutil.which(str(command[0])) or command[0], *command[1:]]
    began = time.perf_counter()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def synced(folder: Path) -> float:
    """Make everything on the folder's file system durable; the seconds it took."""
    return seconds(["sync", "-f", folder])
