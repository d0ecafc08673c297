"""Part one of `benchmarks/sort.py`: images are placed, beside `cp -r`, a `shutil.copy2` loop and split-folders."""

from __future__ import annotations

import functools
import random
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

from kill_ways import LOOP, SPLIT
from peers import python_of
from timed import Goal, Part, Spread, in_turns, measured, seconds, sort, synced

MODES = ("copy", "move", "hardlink", "symlink")
CP, LOOPED, SPLITTED = "cp -r", "copy2 loop", "split-folders"

TIMED = """
import json, time
began = time.perf_counter()
{work}
print(json.dumps({{"seconds": time.perf_counter() - began}}))
"""


def measure(folder: Path, *, files: int, kilobytes: int, rounds: int, venvs: Path) -> Part:
    """Place the same images in every way, once a round; all trees are kept.

    Args:
        folder: scratch on the disk that is asked about.
        files: images, half of them in each of two class folders.
        kilobytes: of each image.
        rounds: every way runs once in each.
        venvs: where the environment of split-folders is or is made.

    """
    raw = folder / "raw"
    draw(raw, files, kilobytes * 1000, seed=0)
    splitter = python_of(venvs, "split-folders")
    durable: dict[str, list[float]] = {}
    placing: dict[str, list[float]] = {m: [] for m in MODES}
    ways: dict[str, Callable[[int], float]] = {
        CP: lambda turn: seconds(["cp", "-r", raw, _fresh(folder, CP, turn)]),
        LOOPED: lambda turn: _timed(sys.executable, LOOP, raw, _fresh(folder, LOOPED, turn), "copy2"),
        SPLITTED: lambda turn: _timed(splitter, SPLIT, raw, _fresh(folder, SPLITTED, turn), "copy"),
        **{m: functools.partial(_place, folder, raw, m, files=files, placing=placing[m]) for m in MODES},
    }
    every = {name: functools.partial(_then_synced, folder, work, name, durable) for name, work in ways.items()}
    took = in_turns(every, rounds)
    until = {name: Spread(tuple(values)) for name, values in durable.items()}
    head = f"{files:,} images of {kilobytes} KB, {rounds} rounds in turns; median (least to most)"
    alone = ", ".join(f"{m} {files / statistics.median(found):,.0f}" for m, found in placing.items())
    lines = (head, *_table(took, until, files), "", f"labelkit's placing alone, files/s: {alone}")
    return Part(lines, _goals(took, until))


def draw(folder: Path, files: int, size: int, *, seed: int) -> None:
    """Write images of random bytes, as `GO/000000_GO.png` and `NG/000001_NG.png`."""
    rng = random.Random(seed)  # noqa: S311 - a reproducible draw, no secret
    for label in ("GO", "NG"):
        (folder / label).mkdir(parents=True, exist_ok=True)
    for i in range(files):
        label = ("GO", "NG")[i % 2]
        (folder / label / f"{i:06}_{label}.png").write_bytes(rng.randbytes(size))


def _fresh(folder: Path, name: str, turn: int) -> Path:
    return folder / f"{name.replace(' ', '')}-{turn}"


def _timed(python: Path | str, work: str, raw: Path, target: Path, how: str) -> float:
    return measured([python, "-c", TIMED.format(work=work), raw, target, how])["seconds"]


def _place(folder: Path, raw: Path, mode: str, turn: int, *, files: int, placing: list[float]) -> float:
    """A whole sort; what is moved are other names of the same images, so that the source stays."""
    target = _fresh(folder, mode, turn)
    source = raw
    if mode == "move":
        source = folder / f"names-{turn}"
        seconds(["cp", "-rl", raw, source])
        synced(folder)
    told = sort(
        source, base_dir=str(target), path_fields="{folder}/{serial}_{label}.png", label_column="label", mode=mode
    )
    if told["done"] != files:
        raise SystemExit(f"--mode {mode} placed {told['done']:,.0f} of {files:,}")
    placing.append(told["place"])
    return told["seconds"]


def _then_synced(
    folder: Path, work: Callable[[int], float], name: str, durable: dict[str, list[float]], turn: int
) -> float:
    """The seconds of one run; those until all of it is durable are noted."""
    synced(folder)
    took = work(turn)
    durable.setdefault(name, []).append(took + synced(folder))
    return took


def _table(took: dict[str, Spread], until: dict[str, Spread], files: int) -> list[str]:
    count = Spread((float(files),) * len(took[CP].values))
    lines = [
        "",
        "| way | files/s | x `cp -r` | files/s until durable | x `cp -r` and sync |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, spread in took.items():
        shown = f"labelkit --mode {name}" if name in MODES else name
        plain, safe = took[CP].over(spread), until[CP].over(until[name])
        rates = [count.over(s[name]).told(",.0f") for s in (took, until)]
        lines.append(f"| {shown} | {rates[0]} | {plain.told('.2f')} | {rates[1]} | {safe.told('.2f')} |")
    return lines


def _goals(took: dict[str, Spread], until: dict[str, Spread]) -> tuple[Goal, ...]:
    copy = took["copy"]
    return (
        Goal("durable copy, x the rate of cp -r (not durable)", took[CP].over(copy).middle, 0.7),
        Goal("durable copy, x the rate of split-folders (not durable)", took[SPLITTED].over(copy).middle, 1.0),
        Goal("durable copy, x cp -r followed by sync", until[CP].over(until["copy"]).middle, 0.7),
        Goal("hardlink, x our copy", copy.over(took["hardlink"]).middle, 5),
        Goal("symlink, x our copy", copy.over(took["symlink"]).middle, 5),
    )
