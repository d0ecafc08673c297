"""Kill four ways of putting images into class folders, and labelkit, at random moments; tell what each leaves behind.

    python benchmarks/kill_peers.py [--kills 200 | --quick] [--seed 0] [--only NAME,NAME] [--venvs DIR] [--out FILE]

Each way sorts the same 200 images of 20 to 300 KB into GO and NG, from one file system to another. It is killed
(SIGKILL) at a random moment between its first change and its end; only kills that left work undone count. Then the same
command is run again to its end, as a person would. Once each, the disk is full half way, then room is made and the
command run again. Each program is installed into an environment of its own below `--venvs` and used as its
documentation says. Linux.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import machine
from kill_runs import Field, Killed, kill, prepared
from kill_ways import WAYS, Way
from peers import python_of, version_in

COLUMNS = (
    "way",
    "no fault: absent, lost",
    "kills",
    "partial files after the kill",
    "after the second run",
    "lost",
    "placed twice",
    "second run fails",
    "as if never killed",
    "disk full: partial; after room was made",
)


def main() -> int:
    """Run the benchmark, print its table; returns the exit code."""
    asked = _asked()
    ways = [w for w in WAYS if any(text in w.name for text in asked.only.split(","))]
    kills = 30 if asked.quick else asked.kills
    with tempfile.TemporaryDirectory(dir=asked.scratch) as near, tempfile.TemporaryDirectory(dir=asked.source) as far:
        if Path(near).stat().st_dev == Path(far).stat().st_dev:
            print("--scratch and --source are on one file system, so nothing would move across; give another --source")
            return 2
        venvs = Path(asked.venvs) if asked.venvs else Path(near, "venvs")
        pythons = {p: python_of(venvs, p) for p in sorted({w.package for w in ways if w.package})}
        versions = {p: version_in(python, p) for p, python in pythons.items()}
        field = Field(Path(near), Path(far), count=asked.files, seed=asked.seed)
        rows = []
        for way in ways:
            scene = prepared(field, way, pythons.get(way.package, Path(sys.executable)))
            killed = kill(scene, kills)
            rows.append(_row(way, versions.get(way.package, ""), killed))
            counted = f"{killed.kills} of {killed.attempts} kills counted"
            print(f"{' | '.join(rows[-1])} ({counted})", file=sys.stderr, flush=True)
        text = _text(rows, field, kills)
    print(text)
    if asked.out:
        Path(asked.out).write_text(text + "\n", "utf-8")
    return 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200, help="kills that count, for each way")
    parser.add_argument("--quick", action="store_true", help="30 kills each")
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="ways whose name holds one of these texts, with commas between")
    parser.add_argument("--venvs", help="environments, kept from run to run (default: made and removed)")
    parser.add_argument("--scratch", help="a folder on the disk to sort to (default: the temporary folder)")
    parser.add_argument("--source", default="/dev/shm", help="a folder on another file system, to sort from")  # noqa: S108 - the default is the only other file system most machines have
    parser.add_argument("--out", help="write the table into this file as well")
    return parser.parse_args()


def _row(way: Way, version: str, k: Killed) -> tuple[str, ...]:
    return (
        way.named(version),
        f"{k.undisturbed.absent}, {k.undisturbed.lost}",
        f"{k.kills}",
        _share(k.partial, k.kills),
        _share(k.partial_again, k.kills),
        _share(k.lost, k.kills),
        _share(k.twice, k.kills),
        _share(k.failed, k.kills),
        _share(k.resumed, k.kills),
        k.full,
    )


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.0%})" if part and whole else f"{part}"


def _text(rows: list[tuple[str, ...]], field: Field, kills: int) -> str:
    table = [COLUMNS, tuple("---" for _ in COLUMNS), *rows]
    lines = ["| " + " | ".join(row) + " |" for row in table]
    told = (
        f"{field.count} images of 20 to 300 KB, two of them different but equal in name, size and time (split-folders "
        f"takes class folders, where no names meet). {kills} SIGKILLs each, seed {field.seed}: the figures are kills "
        "after which at least one image was so. Lost and twice: beyond what happens without a fault."
    )
    full = f"Full disk, once each: {field.full_by}."
    where = f"{machine.told(field.near)}, from {machine.file_system(field.far)}. {full}"
    return "\n".join([*lines, "", told, where])


if __name__ == "__main__":
    sys.exit(main())
