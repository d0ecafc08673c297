"""How fast an audit is, and how like the answers of others: beside the bare strict decode, cleanvision and imagehash.

    python benchmarks/audit.py [--files 2000] [--rounds 3] [--kinds jpeg,png,bmp] [--jobs 2] [--peers] [--venvs DIR]

Sets: 1280 x 960 JPEG in colour, 300 x 300 PNG in gray, 1280 x 960 BMP in gray, drawn from a seed. Every way runs once
a round, in turns, each in a process of its own; files come from the page cache. Bytecode is kept, as of a package that
is installed, also where PYTHONDONTWRITEBYTECODE is set.

    bare decode   reads each file and decodes it: a JPEG by simplejpeg, strictly, at the scale of the facts; else Pillow
    facts         `labelkit.tasks.probe`: hash, EXIF, statistics, perceptual hash, search for damage are in it
    first audit   `labelkit.audit` with all checks and an empty cache, from the start of the interpreter to its end
    second audit  with the cache of a first one, by the audit's own clock in a process that has all modules loaded
    cleanvision   all its image checks, from the start of the interpreter to its end (--peers)
    imagehash     phash only, the work split by hand (--peers)

The scores of the first audit are held against cleanvision's of the same run (Spearman). Ratios are taken round by
round. Prints the private memory of the first audit over all its processes. Exits 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import machine
import peers
from audit_ways import AGAIN, AUDIT, BARE, CLEANVISION, DRAW, FACTS, IMAGEHASH
from memory import peak_private
from timed import Goal, Part, Spread, in_turns, measured

SHARED = ("dark_score", "light_score", "low_information_score", "blurry_score", "odd_aspect_ratio_score")

FACTS_OVER_BARE = {"jpeg": 0.6}
"""Facts made in a second of CPU over bare decodes in a second of CPU."""

AUDIT_OVER_CLEANVISION = {"jpeg": 10.0, "png": 3.0}
RANK_CORRELATION = 0.9
SECOND_AUDIT = 10_000.0
"""Images a second."""

Way = Callable[[], tuple[float, float]]
"""Runs once; seconds of wall clock, and seconds of CPU (0 where they are not told)."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One set, and how it is measured."""

    kind: str
    images: Path
    files: int
    jobs: int
    rounds: int
    scratch: Path
    venvs: Path | None

    @property
    def ours(self) -> Path:
        """Where the last audit left its scores."""
        return self.scratch / f"{self.kind}-ours.json"

    @property
    def theirs(self) -> Path:
        """Where cleanvision left its own."""
        return self.scratch / f"{self.kind}-theirs.json"


def main() -> int:
    """Measure and print; returns the exit code."""
    asked = _asked()
    goals: list[Goal] = []
    with tempfile.TemporaryDirectory(dir=asked.scratch) as scratch:
        folder = Path(scratch)
        print(machine.told(folder))
        venvs = Path(asked.venvs) if asked.venvs else folder / "venvs"
        for kind in asked.kinds.split(","):
            images = folder / kind / "class"
            images.mkdir(parents=True)
            _draw(images, kind, asked.files, asked.jobs)
            setting = Setting(
                kind, images, asked.files, asked.jobs, asked.rounds, folder, venvs if asked.peers else None
            )
            part = _measured(setting)
            print(f"\n{machine.load()}", *part.lines, sep="\n", flush=True)
            goals += part.goals
    print("\nGoals")
    for goal in goals:
        print(goal.told())
    return 0 if all(g.held for g in goals) else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2000, help="images of each kind")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kinds", default="jpeg,png,bmp", help="with commas between")
    parser.add_argument("--jobs", type=int, default=2, help="processes of every way")
    parser.add_argument("--scratch", help="a folder for the images (default: the temporary folder)")
    parser.add_argument("--peers", action="store_true", help="measure cleanvision and imagehash too")
    parser.add_argument("--venvs", help="environments of other programs, kept (default: made and removed)")
    return parser.parse_args()


def _draw(images: Path, kind: str, files: int, jobs: int) -> None:
    step = -(-files // jobs)
    parts = [(str(i), str(min(files, i + step))) for i in range(0, files, step)]
    with ThreadPoolExecutor(jobs) as threads:
        list(threads.map(lambda p: measured([sys.executable, "-c", DRAW, str(images), kind, *p]), parts))


def _measured(setting: Setting) -> Part:
    """One kind of file: each way's files a second of wall clock, and CPU where it is one process's own."""
    ways = _ways(setting)
    busy: dict[str, list[float]] = {name: [] for name in ways}

    def run(name: str, _: int) -> float:
        wall, cpu = ways[name]()
        busy[name].append(cpu)
        return setting.files / wall

    rates = in_turns({name: functools.partial(run, name) for name in ways}, setting.rounds)
    cpu = {name: Spread(tuple(values)) for name, values in busy.items() if all(values)}
    share = cpu["bare decode"].over(cpu["facts"])
    ran = f"{setting.files:,} files, {setting.jobs} processes, {setting.rounds} rounds"
    head = f"{setting.kind}: {ran}; median (least to most)"
    lines = [head, *(_told(name, rate, cpu.get(name), setting.files) for name, rate in rates.items())]
    lines.append(f"facts run at {share.told('.2f')} of the bare decode, by CPU")
    lines += [f"first audit  {rates['first audit'].over(rates[n]).told('.1f')} x {n}" for n in rates if n in _PEERS]
    peak = peak_private(_audit(setting), _with_cache(setting))
    lines.append(f"first audit  {peak / 1e6:,.0f} MB of private memory, all processes")
    goals = [Goal(f"second audit of {setting.kind}, images/s", rates["second audit"].middle, SECOND_AUDIT)]
    if setting.kind in FACTS_OVER_BARE:
        goals.append(Goal(f"facts of {setting.kind} over bare decode", share.middle, FACTS_OVER_BARE[setting.kind]))
    if "cleanvision" in rates:
        likeness = _held_against_cleanvision(setting, rates)
        lines, goals = [*lines, *likeness.lines], [*goals, *likeness.goals]
    return Part(tuple(lines), tuple(goals))


def _held_against_cleanvision(setting: Setting, rates: Mapping[str, Spread]) -> Part:
    kind = setting.kind
    ratio = rates["first audit"].over(rates["cleanvision"]).middle
    alike = _alike(setting)
    lines = [f"{name:24} rank correlation with cleanvision {value:.3f}" for name, value in alike.items()]
    goals = [Goal(f"{name} of {kind}, rank correlation", value, RANK_CORRELATION) for name, value in alike.items()]
    faster = Goal(f"audit of {kind} over cleanvision", ratio, AUDIT_OVER_CLEANVISION[kind])
    return Part(tuple(lines), (faster, *goals))


_PEERS = ("imagehash", "cleanvision")


def _told(name: str, rate: Spread, cpu: Spread | None, files: int) -> str:
    own = f"; {cpu.middle / files * 1000:.2f} ms of CPU a file" if cpu is not None else ""
    return f"{name:12} {rate.told(',.0f')} images/s{own}"


def _ways(setting: Setting) -> Mapping[str, Way]:
    kept = _with_cache(setting)
    measured_once = functools.partial(_whole, _audit(setting))
    measured_once(kept)  # fills the cache of the second audits
    ways: dict[str, Way] = {
        "bare decode": functools.partial(_split, sys.executable, BARE, setting),
        "facts": functools.partial(_split, sys.executable, FACTS, setting),
        "first audit": lambda: measured_once(_with_cache(setting)),
        "second audit": lambda: (measured(_audit(setting, AGAIN), kept)["seconds"], 0.0),
    }
    if setting.venvs is not None:
        hashing, vision = (str(peers.python_of(setting.venvs, name)) for name in ("imagehash", "cleanvision"))
        ways["imagehash"] = functools.partial(_split, hashing, IMAGEHASH, setting)
        if setting.kind != "bmp":  # which it does not see: "No images found"
            words = [str(setting.images.parent), str(setting.files), str(setting.jobs), str(setting.theirs)]
            ways["cleanvision"] = functools.partial(_whole, [vision, "-c", CLEANVISION, *words], dict(os.environ))
    return ways


def _audit(setting: Setting, program: str = AUDIT) -> list[str]:
    words = [str(setting.images.parent), str(setting.files), str(setting.jobs), str(setting.ours)]
    return [sys.executable, "-c", program, *words]


def _with_cache(setting: Setting) -> dict[str, str]:
    """The environment with an empty cache of its own, and bytecode kept, as every installed package has it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    cache = tempfile.mkdtemp(dir=setting.scratch)
    return {**kept, "PYTHONPYCACHEPREFIX": str(setting.scratch / "bytecode"), "LABELKIT_CACHE_DIR": cache}


def _split(python: str, script: str, setting: Setting) -> tuple[float, float]:
    """The files dealt out to so many processes at once: seconds until the last is done, and CPU seconds of all."""
    words = [str(setting.images), str(setting.jobs)]
    with ThreadPoolExecutor(setting.jobs) as threads:
        told = list(
            threads.map(lambda i: measured([python, "-c", script, words[0], str(i), words[1]]), range(setting.jobs))
        )
    return max(t["seconds"] for t in told), sum(t["cpu"] for t in told)


def _whole(command: list[str], env: dict[str, str]) -> tuple[float, float]:
    """One program that deals out the files by itself, its start included."""
    began = time.perf_counter()
    measured(command, env)
    return time.perf_counter() - began, 0.0


def _alike(setting: Setting) -> dict[str, float]:
    """Spearman's correlation of each score that both have and that is not the same for all images."""
    from scipy.stats import spearmanr

    ours, theirs = (json.loads(file.read_text("utf-8")) for file in (setting.ours, setting.theirs))
    order = {path: i for i, path in enumerate(theirs["path"])}
    found: dict[str, float] = {}
    for name in SHARED:
        pairs = [(mine, theirs[name][order[path]]) for path, mine in zip(ours["path"], ours[name], strict=True)]
        mine, other = zip(*pairs, strict=True)
        if len(set(mine)) > 1 and len(set(other)) > 1:
            found[name] = float(spearmanr(mine, other).statistic)
    return found


if __name__ == "__main__":
    sys.exit(main())
