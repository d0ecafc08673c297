"""How often noise is taken for a shortcut, and a real one found: labelkit beside cleanlab, on the same images.

    python benchmarks/shortcuts.py [--seeds 100] [--images 400] [--peers 3] [--venvs DIR] [--scratch DIR]

For each seed a set of small JPEGs is drawn whose light, tint, grain, size, quality, name and file time are random; a
share of them is called NG by chance. A nuisance that tells the class is a false alarm, whichever it is. Then the same
set again with its NG images lighter, so that brightness alone tells the class with an area under the ROC curve of
about 0.92: that is to be found. `--peers N` gives the first N sets to cleanlab's `spurious_correlations` as well (its
own environment; it is 100 times slower). Exits 1 when labelkit raises more than one false alarm in a hundred sets, or
misses a real shortcut.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import machine
import numpy as np
import peers
from PIL import Image

from labelkit.auditing.nuisances import Subject
from labelkit.auditing.shortcuts import search
from labelkit.domain.facts import ImageFacts
from labelkit.tasks.probe import ProbeTask

SHARES = (0.5, 0.2, 0.1, 0.05)
LIGHTER = 22
CLEANLAB = "cleanlab[datalab,image]"

DATALAB = """
import contextlib, io, json, sys, warnings
warnings.simplefilter("ignore")
from datasets import Dataset, Image
from cleanlab import Datalab
KINDS = "dark", "light", "low_information", "odd_aspect_ratio", "odd_size", "grayscale", "blurry"
out = []
for paths, labels in json.load(open(sys.argv[1])):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        data = Dataset.from_dict({"image": paths, "label": labels}).cast_column("image", Image())
        lab = Datalab(data=data, label_name="label", image_key="image")
        lab.find_issues(issue_types={"image_issue_types": {name: {} for name in KINDS}, "spurious_correlations": {}})
    info = lab.get_info("spurious_correlations")
    scores = info["correlations_df"]
    told = scores[scores["score"] < info["threshold"]]["property"]
    out.append(sorted(told))
print(json.dumps(out))
"""

Pixels = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Set = tuple[list[str], list[int]]


@dataclass(slots=True)
class Tally:
    """What became of the sets of one share of NG."""

    false: int = 0
    found: int = 0
    auc: list[float] = field(default_factory=list)
    noise: list[Set] = field(default_factory=list)
    real: list[Set] = field(default_factory=list)


def main() -> int:
    """Measure and print; returns the exit code."""
    asked = _asked()
    with tempfile.TemporaryDirectory(dir=asked.scratch) as scratch:
        folder = Path(scratch)
        print(machine.told(folder))
        began = time.process_time()
        tallies = {share: Tally() for share in SHARES}
        for seed in range(asked.seeds):
            _one_seed(folder / str(seed), seed, asked.images, tallies)
            if seed >= asked.peers:
                shutil.rmtree(folder / str(seed))
        spent = time.process_time() - began
        print(f"{asked.seeds} seeds, {asked.images} images each, {spent / asked.seeds:.1f} s of CPU a seed")
        missed = [_told(share, tally, asked.seeds) for share, tally in tallies.items()]
        if asked.peers:
            _cleanlab(Path(asked.venvs or folder / "venvs"), folder, tallies)
    return int(any(missed))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="False alarms and finds of shortcut searches.")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--images", type=int, default=400)
    parser.add_argument("--peers", type=int, default=0, metavar="N", help="sets that cleanlab sees too")
    parser.add_argument("--venvs", help="where environments of peers are kept")
    parser.add_argument("--scratch", help="where images are drawn")
    return parser.parse_args()


def _one_seed(folder: Path, seed: int, images: int, tallies: dict[float, Tally]) -> None:
    """One set, called NG by chance and really different, at every share."""
    rng = np.random.default_rng(seed)
    names = rng.permutation(1_000_000)[:images]
    looks = [_Look.drawn(rng) for _ in range(images)]
    noise = [look.saved(folder / "noise" / f"{name:06}.jpg") for name, look in zip(names, looks, strict=True)]
    facts = _probed(noise)
    for share, tally in tallies.items():
        labels = (rng.permutation(images) < round(images * share)).astype(int).tolist()
        tally.false += any(j.tells for j in search(_subject(noise, labels, facts), {}))
        tally.noise.append((noise, labels))
        real = [
            looks[i].saved(folder / f"real-{share}" / Path(noise[i]).name, LIGHTER) if ng else noise[i]
            for i, ng in enumerate(labels)
        ]
        more = _probed([path for path in real if path not in facts])
        told = {j.measure.name: j for j in search(_subject(real, labels, facts | more), {})}
        tally.found += told["brightness"].tells
        tally.auc.append(told["brightness"].auc)
        tally.real.append((real, labels))


def _probed(paths: list[str]) -> dict[str, ImageFacts]:
    """The facts of files, by their absolute paths, made as an audit's workers make them."""
    root = Path(paths[0]).parent
    return dict(zip(paths, ProbeTask(str(root))([Path(path).name for path in paths]), strict=True))


def _subject(paths: list[str], labels: list[int], facts: dict[str, ImageFacts]) -> Subject:
    order = sorted(range(len(paths)), key=lambda i: facts[paths[i]].sha256)
    ranked = [paths[i] for i in order]
    below = [Path(path).name for path in ranked]
    return Subject(ranked, below, [labels[i] for i in order], ("GO", "NG"), [facts[path] for path in ranked])


@dataclass(frozen=True, slots=True)
class _Look:
    """How one image looks: random in all that might be taken for a shortcut."""

    pixels: Pixels
    quality: int
    taken: int

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> _Look:
        height, width = rng.integers(28, 33, 2)
        light, tint = rng.normal(110, 10), rng.normal(0, 4, 3)
        fall = rng.normal(0, 15) * np.linspace(-1, 1, width)[None, :, None]
        grain = rng.normal(0, rng.uniform(4, 16), (height, width, 3))
        return cls(
            light + tint + fall + grain, int(rng.integers(80, 96)), int(rng.integers(1_700_000_000, 1_710_000_000))
        )

    def saved(self, path: Path, lighter: float = 0) -> str:
        """Write it, so much lighter; returns the path."""
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((self.pixels + lighter).clip(0, 255).astype(np.uint8)).save(path, quality=self.quality)
        os.utime(path, (self.taken, self.taken))
        return str(path)


def _told(share: float, tally: Tally, seeds: int) -> bool:
    areas = f"area {np.mean(tally.auc):.3f}, least {min(tally.auc):.3f}"
    print(
        f"{share:4.0%} NG  labelkit: {tally.false:3} of {seeds} noise sets called; "
        f"real one found in {tally.found:3} of {seeds} ({areas})",
        flush=True,
    )
    return tally.false > seeds / 100 or tally.found < seeds


def _cleanlab(venvs: Path, folder: Path, tallies: dict[float, Tally]) -> None:
    python = peers.python_of(venvs, CLEANLAB)
    print(f"cleanlab {peers.version_in(python, 'cleanlab')}")
    for share, tally in tallies.items():
        sets = [s for s in tally.noise if Path(s[0][0]).exists()]
        real = tally.real[: len(sets)]
        asked = folder / "asked.json"
        asked.write_text(json.dumps([*sets, *real]))
        done = subprocess.run([python, "-c", DATALAB, str(asked)], stdout=subprocess.PIPE, text=True, check=True)
        called = json.loads(done.stdout.splitlines()[-1])
        noise, found = called[: len(sets)], called[len(sets) :]
        print(
            f"{share:4.0%} NG  cleanlab: {sum(map(bool, noise)):3} of {len(noise)} noise sets called "
            f"({sum(map(len, noise)) / len(noise):.1f} properties each); real one found in "
            f"{sum('dark_score' in f or 'light_score' in f for f in found)} of {len(found)}",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
