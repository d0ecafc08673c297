"""The long campaigns against the promise that nothing is lost: `python -m tests.faults`; exit code 1 on any fault.

Without a name all campaigns run, as long as they take. Prints what was done and found.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import labelkit
from labelkit.domain.errors import UsageError
from labelkit.domain.placing import LEDGER_NAME
from tests.faults import at_once, exhaustive, journal_bytes, power_cuts, real_disks, rereading, safeguards
from tests.faults.oracle import JOURNAL
from tests.faults.places import CannotMountError, two_file_systems
from tests.faults.ptrace import reason_against
from tests.faults.random_kills import kill_at_random
from tests.faults.scene import Scene, stories

_STORIES = (
    "place-copy change-copy place-move change-move place-hardlink change-hardlink place-move-across change-move-across"
)

_WITH_COPIERS = 2
"""Jobs of the scenes in which copiers copy."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one campaign, or one part of it, came to.

    Attributes:
        title: what was tried.
        numbers: what was counted.
        faults: what must not be.
        skipped: why it could not be tried; empty when it was.

    """

    title: str
    numbers: Mapping[str, int]
    faults: tuple[str, ...] = ()
    skipped: str = ""


_DISTURB = ("kill", "once", "turns", "ledger-turns", "but-ledger", "lasting", "nested", "thin", "thin-kills")


def _wanted(words: set[str]) -> exhaustive.Wanted:
    return exhaustive.Wanted(
        kill="kill" in words,
        errors=exhaustive.ERRORS if words & {"once", "turns", "ledger-turns", "but-ledger"} else (),
        lasting=exhaustive.LASTING if "lasting" in words else (),
        turns="turns" in words,
        ledger_turns="ledger-turns" in words,
        but_ledger="but-ledger" in words,
        thin="thin" in words,
        thin_kills="thin-kills" in words,
        nested="nested" in words,
    )


def every_call(options: argparse.Namespace, folder: Path) -> Iterator[Result]:
    """(a) Each call of a sort of some files: killed, refused once, refused from there on."""
    wanted = _wanted(set(options.disturb))
    told = stories(options.files)
    with two_file_systems(folder) as (one, two):
        for name in options.stories:
            scene = Scene(told[name], one / name, two / name)
            found = exhaustive.every_point(scene, one / "scratch", wanted)
            numbers = {"files": len(told[name].files), "calls": found.calls, "runs": found.runs}
            yield Result(f"every call, {name}", numbers, found.faults)


def hardlink_across(_: argparse.Namespace, folder: Path) -> Iterator[Result]:
    """Hard links to another file system are refused before anything is touched."""
    with two_file_systems(folder) as (one, two):
        scene = Scene(replace(stories(40)["place-copy-across"], mode="hardlink"), one / "link", two / "link")
        scene.prepare()
        ended = exhaustive.guarded(scene)
    refused = ended.code == UsageError.exit_code and "another file system" in ended.said and not scene.base_dir.exists()
    yield Result("hard links across file systems are refused", {"runs": 1}, () if refused else (str(ended),))


def late_kill(options: argparse.Namespace, folder: Path) -> Iterator[Result]:
    """What is read again after a kill at 90 % of the copying."""
    size, files = 1000, options.late_files
    with two_file_systems(folder) as (one, two):
        for mode, across in (("copy", False), ("move", True)):
            scene = Scene(rereading.story(mode, files, size, across=across), one / "late", two / "late")
            r = rereading.after_kill_at(0.9, scene, size)
            times = r.all_of_it / (size * files)  # a move reads its source again before it goes
            faults = [] if r.same_end else ["another end"]
            if r.after_kill > 0.1 * r.all_of_it + r.batch * times:
                faults.append(f"{r.after_kill:,} bytes of {r.all_of_it:,} were read again")
            if r.all_of_it < size * files:
                faults.append("the counter did not see all reads")
            numbers = {"files": files, "bytes": r.all_of_it, "read again": r.after_kill}
            yield Result(f"killed at 90 %, {mode}{' across' if across else ''}", numbers, tuple(faults))


def random_moments(options: argparse.Namespace, folder: Path) -> Iterator[Result]:
    """(b) Random kills."""
    chance = random.Random(options.seed)  # noqa: S311 - moments, no secrets
    told = stories(options.files)
    with two_file_systems(folder) as (one, two):
        scenes = [
            Scene(told[name], one / f"{name}-{jobs}", two / f"{name}-{jobs}", jobs=jobs, copiers=jobs == _WITH_COPIERS)
            for name in options.stories
            for jobs in (1, 3, _WITH_COPIERS)
        ]
        kills = kill_at_random(scenes, one / "scratch", count=options.kills, chance=chance, at_least=options.at_least)
    numbers = {"landed": kills.landed, "missed": kills.missed, "nested": kills.nested, "aimed": kills.aimed}
    numbers |= {f"in: {phase}": n for phase, n in kills.phases.most_common()}
    yield Result("killed at random moments", numbers, kills.faults)


def cut_off(options: argparse.Namespace, folder: Path) -> Iterator[Result]:
    """(c) Power cuts."""
    chance = random.Random(options.seed)  # noqa: S311 - moments, no secrets
    for name in options.cut_stories:
        found = power_cuts.cut_off(stories(options.cut_files)[name], folder, options.cuts, chance)
        yield Result(f"power cuts, {name}", found.numbers(), tuple(found.faults))
    noticed = power_cuts.faults_after_the_end(stories()["place-copy"], folder, safeguards.no_file_sync)
    yield Result("a power cut, without: sync of files", {"noticed": len(noticed)}, _unless(noticed))


def _unless(noticed: Sequence[str]) -> tuple[str, ...]:
    return () if noticed else ("nobody noticed",)


def switched_off(_: argparse.Namespace, folder: Path) -> Iterator[Result]:
    """Each safeguard switched off in turn is noticed."""
    with two_file_systems(folder) as (one, two):
        for safeguard in safeguards.SAFEGUARDS:
            noticed = safeguards.noticed_without(safeguard, one, two)
            faults = (*safeguards.noticed_with(safeguard, one, two), *_unless(noticed))
            yield Result(f"without: {safeguard.name}", {"noticed": len(noticed)}, faults)


def real_faults(_: argparse.Namespace, folder: Path) -> Iterator[Result]:
    """Full and read-only disks, files that cannot go, too few descriptors: by the system itself."""
    for title, faults in real_disks.all_trials(folder):
        yield Result(title, {}, tuple(faults))


def changed_bytes(options: argparse.Namespace, folder: Path) -> Iterator[Result]:
    """Bytes of the ledger and of a journal that a kill left, changed one at a time."""
    with two_file_systems(folder) as (one, _):
        for name in (LEDGER_NAME, JOURNAL):
            flips = journal_bytes.flip(one / "scene", name, every=options.every_byte)
            numbers = {"changed": flips.changed, "told": flips.told, "finished": flips.finished}
            yield Result(f"a byte changed in {name}", numbers, flips.faults)


def together(options: argparse.Namespace, folder: Path) -> Iterator[Result]:
    """Several sorts at once; a class folder that is swapped for a link meanwhile."""
    with two_file_systems(folder) as (one, _):
        won, turned_away, faults = at_once.many_at_once(one / "many", processes=8, rounds=options.rounds)
        yield Result("eight sorts at once", {"got in": won, "turned away": turned_away}, tuple(faults))
        sorts, swaps, faults = at_once.swapped_meanwhile(one / "swapped", sorts=4 * options.rounds, swaps=10_000)
        yield Result("a class folder swapped for a link", {"sorts": sorts, "swaps": swaps}, tuple(faults))


CAMPAIGNS: dict[str, Callable[[argparse.Namespace, Path], Iterator[Result]]] = {
    "calls": every_call,
    "hardlink": hardlink_across,
    "late": late_kill,
    "random": random_moments,
    "power": cut_off,
    "safeguards": switched_off,
    "disks": real_faults,
    "bytes": changed_bytes,
    "together": together,
}


_TRACED = frozenset(["calls", "safeguards", "disks", "bytes"])
"""Campaigns that hold a child at its calls."""


def results_of(name: str, options: argparse.Namespace, folder: Path) -> Iterator[Result]:
    """The results of one campaign; one that says why, where this machine lacks what it needs."""
    why = reason_against() if name in _TRACED else ""
    try:
        if not why:
            yield from CAMPAIGNS[name](options, folder)
    except CannotMountError as e:
        why = str(e)
    if why:
        yield Result(name, {}, skipped=why)


def main(words: list[str]) -> int:
    """Run the campaigns; 1 when anything was found."""
    options = _parsed(words)
    if not options.json:
        _say(f"labelkit {labelkit.__version__} at {_commit()}, seed {options.seed}, {_machine()}")
    results = []
    for name in options.campaign or CAMPAIGNS:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            began = _spent()
            for result in results_of(name, options, Path(folder)):
                results.append(result)
                ended = _spent()
                if not options.json:
                    _tell(result, ended[0] - began[0], ended[1] - began[1])
                began = ended
    if options.json:
        _say(
            json.dumps(
                [
                    {"title": r.title, "numbers": dict(r.numbers), "faults": r.faults, "skipped": r.skipped}
                    for r in results
                ]
            )
        )
    return int(any(r.faults for r in results))


def _parsed(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("campaign", nargs="*", choices=[*CAMPAIGNS, []], help="default: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--files", type=int, default=40, help="files in each sort; 0: the seven of the test command")
    parser.add_argument("--stories", nargs="*", default=_STORIES.split())
    parser.add_argument(
        "--disturb",
        nargs="*",
        default=["kill", "once", "lasting", "nested"],
        choices=_DISTURB,
        help="once: each error at each call (turns: one error a call; ledger-turns: so at calls on the ledger; "
        "but-ledger: none there); lasting: from each call on; nested: the run after a kill is killed as well; "
        "thin, thin-kills: of many writes into one file the first and the last",
    )
    parser.add_argument("--late-files", type=int, default=10_240, help="files of the sort that is killed at 90 %%")
    parser.add_argument("--kills", type=int, default=10_000)
    parser.add_argument("--at-least", type=int, default=20, help="kills in each phase")
    parser.add_argument("--cuts", type=int, default=25, help="power cuts of each kind of sort")
    parser.add_argument("--cut-files", type=int, default=40)
    parser.add_argument(
        "--cut-stories", nargs="*", default=["place-copy", "change-copy", "place-move-across", "change-move"]
    )
    parser.add_argument("--every-byte", type=int, default=1, help="of how many bytes one is changed")
    parser.add_argument("--rounds", type=int, default=50, help="of sorts at once")
    parser.add_argument("--folder", help="where folders are made")
    parser.add_argument("--json", action="store_true", help="one JSON list on stdout")
    return parser.parse_args(words)


def _spent() -> tuple[float, float]:
    """Seconds by the clock, and of processors, children too."""
    return time.perf_counter(), sum(os.times()[:4])


def _tell(result: Result, seconds: float, busy: float) -> None:
    if result.skipped:
        _say(f"{result.title}: SKIPPED: {result.skipped}")
        return
    numbers = ", ".join(f"{name} {n:,}" for name, n in result.numbers.items())
    found = f"{numbers + ', ' if numbers else ''}faults {len(result.faults)}"
    _say(f"{result.title}: {found}, {seconds:.1f} s, processor {busy:.1f} s")
    for fault in result.faults[:20]:
        _say(f"    {fault}")


def _commit() -> str:
    try:
        done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)  # noqa: S607 - whichever git there is
    except (OSError, subprocess.CalledProcessError):
        return "no commit"
    return done.stdout.strip()


def _machine() -> str:
    return (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.system()} {platform.release()}"
    )


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - this is a program


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
