"""Split the same folder with split-folders and with labelkit, twice; tell what stands on more than one side.

    python benchmarks/split.py [--count 96] [--seed 4] [--copies 10] [--venvs DIR]

A drawn sample set is sorted into GO and NG. Copies are added: byte for byte under other names, and as a line's export
would make them (half the size, JPEG quality 60, 8 % brighter). Each tool splits it 80 : 10 : 10 as its documentation
says, then, when images have come, again with another seed into the same folder, as people do. What leaks is counted by
what is known of the set, not by labelkit's own check. split-folders runs in an environment of its own below `--venvs`.
Ends with 1 when a file, copy or lot, or more than one near copy in ten, leaks through labelkit, or nothing through
split-folders.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import machine
from peers import ROOT, python_of, version_in
from PIL import Image, ImageEnhance

import labelkit

SPLIT = """
import sys, splitfolders
splitfolders.ratio(sys.argv[1], output=sys.argv[2], seed=int(sys.argv[3]), ratio=(0.8, 0.1, 0.1))
"""
"""The call of its README."""

SEEDS = (1337, 4242)


@dataclass(frozen=True, slots=True)
class Set:
    """A folder of class folders, and what belongs together in it.

    Attributes:
        folder: the class folders.
        original: name of each copy to the name of the image it was made of.
        near: the names of copies that are not byte for byte.
        lot: name of each image to its lot.

    """

    folder: Path
    original: Mapping[str, str]
    near: frozenset[str]
    lot: Mapping[str, str]


def prepared(top: Path, *, count: int, seed: int, copies: int) -> Set:
    """Draw and sort the set, keep a tenth of it back in `top`/late, and add copies to the rest."""
    subprocess.run(
        [sys.executable, ROOT / "sample_data" / "draw.py", top / "drawn", "--seed", str(seed), "--count", str(count)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    base = top / "base"
    labelkit.sort(
        top / "drawn/raw", base_dir=base, metadata=top / "drawn/metadata.csv", rules=ROOT / "rules/threshold.py"
    )
    lot = {a.path: a.group for a in labelkit.split(base, group_by="lot", dry_run=True).assigned}
    plain = top / "plain"
    for path in lot:
        (plain / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(base / path, plain / path)
    for path in sorted(lot)[::10]:
        (top / "late" / path).parent.mkdir(parents=True, exist_ok=True)
        (plain / path).rename(top / "late" / path)
    there = [path for path in sorted(lot) if (plain / path).exists()]
    original, near = {}, set()
    for n, path in enumerate(there[:: max(1, len(there) // (2 * copies))][: 2 * copies]):
        label, name = path.split("/")
        copy = f"{label}/x{n}-{Path(name).stem}.{'jpg' if n % 2 else name.rpartition('.')[2]}"
        original[copy] = path
        if n % 2:
            near.add(copy)
            _exported(plain / path, plain / copy)
        else:
            shutil.copyfile(plain / path, plain / copy)
    return Set(plain, original, frozenset(near), lot)


def _exported(source: Path, target: Path) -> None:
    with Image.open(source) as image:
        small = image.convert("RGB").resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)
        ImageEnhance.Brightness(small).enhance(1.08).save(target, quality=60)


def parts_of(out: Path) -> dict[str, set[str]]:
    """`class/name` to the parts that it stands in."""
    found: dict[str, set[str]] = {}
    for path in sorted(out.glob("*/*/*")):
        part, name = path.relative_to(out).as_posix().split("/", 1)
        found.setdefault(name, set()).add(part)
    return found


def leaks(images: Set, out: Path) -> dict[str, int]:
    """What stands on several sides, by kind."""
    parts = parts_of(out)
    torn = {
        copy for copy, first in images.original.items() if len(parts.get(copy, set()) | parts.get(first, set())) > 1
    }
    lots: dict[str, set[str]] = {}
    for name, found in parts.items():
        lots.setdefault(images.lot.get(name, ""), set()).update(found)
    lots.pop("", None)
    return {
        "files": sum(len(found) > 1 for found in parts.values()),
        "copies": len(torn - images.near),
        "near copies": len(torn & images.near),
        "lots": sum(len(found) > 1 for found in lots.values()),
    }


def add_late(top: Path, images: Set) -> None:
    """Bring in what was kept back."""
    for path in sorted((top / "late").rglob("*.*")):
        shutil.copyfile(path, images.folder / path.relative_to(top / "late"))


def main() -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("count", 96), ("seed", 4), ("copies", 10)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--venvs", type=Path)
    asked = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        images = prepared(top, count=asked.count, seed=asked.seed, copies=asked.copies)
        peer = python_of(asked.venvs or top / "venvs", "split-folders")
        table = top / "lots.csv"
        table.write_text("".join(f"{file},{lot}\n" for file, lot in [("file", "lot"), *images.lot.items()]), "utf-8")
        for turn, seed in enumerate(SEEDS):
            if turn:
                add_late(top, images)
            subprocess.run([peer, "-c", SPLIT, images.folder, top / "peer", str(seed)], check=True, capture_output=True)
            labelkit.split(
                images.folder, ratio="0.8,0.1,0.1", group_by="lot", metadata=table, to=top / "ours", seed=seed
            )
            when = ("first run", "again, with new images")[turn]
            rows += [
                (f"{who}, {when}", leaks(images, top / out))
                for who, out in (("split-folders", "peer"), ("labelkit", "ours"))
            ]
        print(f"{machine.told(top)}; split-folders {version_in(peer, 'split-folders')}")
        print(f"{len(parts_of(top / 'ours'))} images, {asked.copies} copies, {asked.copies} near copies, 8 lots\n")
    kinds = list(rows[0][1])
    print(f"| on several sides | {' | '.join(kinds)} |\n|---|{'---|' * len(kinds)}")
    for who, counted in rows:
        print(f"| {who} | {' | '.join(str(counted[k]) for k in kinds)} |")
    ours = [counted for who, counted in rows if who.startswith("labelkit")]
    theirs = [sum(counted.values()) for who, counted in rows if not who.startswith("labelkit")]
    sound = all(c["files"] + c["copies"] + c["lots"] == 0 and 10 * c["near copies"] <= asked.copies for c in ours)
    return 0 if sound and all(theirs) else 1


if __name__ == "__main__":
    sys.exit(main())
