"""How often two halves of one set are called drifted, and another exposure found: labelkit's drift check on facts.

    python benchmarks/drift.py [--seeds 100] [--images 400] [--lighter 1.1] [--scratch DIR]

For each seed a set of small JPEGs is drawn, light, tint, grain, size and quality at random, and dealt into two halves
by chance: what is called between them is a false alarm. Then the second half again with its exposure raised (every
pixel times `--lighter`): brightness has to be called. The facts of the first half go through the file that `--facts`
writes, CSV and JSON Lines in turns. Exits 1 when more than five in a hundred halves are called, or one exposure is not.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import machine
import numpy as np
from PIL import Image

import labelkit
from labelkit.domain.findings import Finding, Severity
from labelkit.reporting.audit_facts import write_facts


def main() -> int:
    """Measure and print; returns the exit code."""
    asked = _asked()
    false, found, alarms, began = 0, 0, [], time.process_time()
    with tempfile.TemporaryDirectory(dir=asked.scratch) as scratch:
        print(machine.told(Path(scratch)))
        for seed in range(asked.seeds):
            quiet, raised = _one_seed(Path(scratch) / str(seed), seed, asked.images, asked.lighter)
            false += bool(quiet)
            alarms += [finding.message for finding in quiet]
            found += any("ks_brightness" in finding.numbers for finding in raised)
    spent = (time.process_time() - began) / asked.seeds
    print(f"{asked.seeds} seeds, {asked.images} images each, {spent:.1f} s of CPU a seed")
    print(f"two halves of one set: {false} of {asked.seeds} called; exposure x {asked.lighter}: {found} found")
    print(*alarms, sep="\n")
    return int(false > asked.seeds * 0.05 or found < asked.seeds)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="False alarms and finds of the drift check.")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--images", type=int, default=400)
    parser.add_argument("--lighter", type=float, default=1.1, help="by what the exposure is multiplied")
    parser.add_argument("--scratch", help="where images are drawn")
    return parser.parse_args()


def _one_seed(folder: Path, seed: int, images: int, lighter: float) -> tuple[list[Finding], list[Finding]]:
    """What is called between two halves, and when the second one is lighter."""
    rng = np.random.default_rng(seed)
    half = rng.permutation(images) % 2
    for i in range(images):
        _draw(rng, folder, f"{'NG' if rng.random() < 0.2 else 'GO'}/{i:05}.jpg", lighter if half[i] else 0)
    facts = folder / f"facts.{'csv' if seed % 2 else 'jsonl'}"
    write_facts(facts, [labelkit.audit(folder / "then", select=["drift"], jobs=1, cache=False)])
    return list(_graver(folder / "now", facts)), list(_graver(folder / "lighter", facts))


def _draw(rng: np.random.Generator, folder: Path, name: str, lighter: float) -> None:
    """One image of the older half, or of the present one as it is and lighter."""
    height, width = rng.integers(28, 33, 2)
    grain = rng.normal(0, rng.uniform(4, 16), (height, width, 3))
    pixels, quality = rng.normal(110, 10) + rng.normal(0, 4, 3) + grain, int(rng.integers(80, 96))
    for part, times in (("now", 1.0), ("lighter", lighter)) if lighter else (("then", 1.0),):
        path = folder / part / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((pixels * times).clip(0, 255).astype(np.uint8)).save(path, quality=quality)


def _graver(folder: Path, facts: Path) -> Iterator[Finding]:
    report = labelkit.audit(folder, select=["drift"], against=facts, jobs=1, cache=False)
    return (finding for finding in report.findings if finding.severity is not Severity.INFO)


if __name__ == "__main__":
    sys.exit(main())
