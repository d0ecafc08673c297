"""How much damage inside JPEGs is found, and how often an intact one is suspected: many cases, for a long run.

    python -m tests.imaging.damage [--cases 200] [--intact 5000] [--seed 0]

Prints a table with Pillow's rate beside ours; exits 1 when a goal is missed. The test command runs a few of each.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from PIL import Image

from labelkit.imaging.probe import probe
from tests.imaging.jpegs import DAMAGES, INTACT, cut_out, drawing, pillow_reads, written

BASELINE = {"4 KiB zeroed": 0.98, "512 bytes zeroed": 0.98, "20 bytes overwritten": 0.5}
"""The share of damaged baseline files that the decoder alone must find."""

SIZES = ((640, 480), (800, 600), (480, 640))


@dataclass(slots=True)
class Tally:
    """How many of a kind were found, by whom."""

    cases: int = 0
    decoder: int = 0
    seam: int = 0
    pillow: int = 0
    missed: list[str] = field(default_factory=list)

    def add(self, name: str, data: bytes) -> None:
        """Judge one damaged file."""
        facts = probe(name, data)
        seam = "jumps" in facts.suspected
        heard = bool(facts.fault or facts.damage or facts.suspected) and not seam
        self.cases += 1
        self.decoder += heard
        self.seam += seam
        self.pillow += not pillow_reads(data)
        if not heard and not seam:
            self.missed.append(name)


def damaged_files(kind: str, cases: int, *, progressive: bool, seed: int) -> Iterator[tuple[str, bytes]]:
    """Damaged files, each with a name that tells how to make it again."""
    for i in range(cases):
        rng = drawing(f"{seed} {kind} {progressive} {i}")
        whole = written(cut_out(rng, rng.choice(SIZES)), quality=rng.randint(75, 95), progressive=progressive)
        yield f"{kind} {i}.jpg", DAMAGES[kind](whole, rng)


def tally(kind: str, cases: int, *, progressive: bool, seed: int) -> Tally:
    """What is found of so many damaged files."""
    out = Tally()
    for name, data in damaged_files(kind, cases, progressive=progressive, seed=seed):
        out.add(name, data)
    return out


def intact_files(cases: int, *, seed: int, photos: bool = False) -> Iterator[tuple[str, bytes]]:
    """Intact files, every way of writing in turn; of drawn scenes and, if asked, of photographed solar cells too."""
    kinds = list(INTACT)
    cells = _cells() if photos else []
    for i in range(cases):
        rng, kind = drawing(f"{seed} intact {i}"), kinds[i % len(kinds)]
        size = (rng.randint(16, 500), rng.randint(16, 400))
        image = cells[i // 2 % len(cells)] if cells and i % 2 else cut_out(rng, size)
        yield f"{kind} {i}.jpg", INTACT[kind](image, rng)


def _cells() -> list[Image.Image]:
    import elpv_dataset.utils

    images, _, _ = elpv_dataset.utils.load_dataset()
    return [Image.fromarray(image).convert("RGB") for image in images]


def alarms(files: Iterator[tuple[str, bytes]]) -> tuple[Counter[str], list[str]]:
    """Intact files judged: how many `seen`, `damaged`, `suspected`, `unreadable`; each wrong one, and what was said."""
    counts: Counter[str] = Counter()
    told = []
    for name, data in files:
        facts = probe(name, data)
        counts["seen"] += 1
        said = {"unreadable": facts.fault, "damaged": facts.damage, "suspected": facts.suspected}
        for what, why in said.items():
            if why:
                counts[what] += 1
                told.append(f"{name}: {what}: {why}")
    return counts, told


def main() -> int:
    """Run it all and print it; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--intact", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    held = True
    _say(f"{'':34} {'cases':>6} {'decoder':>8} {'and seam':>9} {'Pillow':>7}")
    for progressive in (False, True):
        for kind in DAMAGES:
            t = tally(kind, asked.cases, progressive=progressive, seed=asked.seed)
            shares = [n / t.cases for n in (t.decoder, t.decoder + t.seam, t.pillow)]
            name = f"{'progressive' if progressive else 'baseline'}, {kind}"
            _say(f"{name:34} {t.cases:6} {shares[0]:8.1%} {shares[1]:9.1%} {shares[2]:7.1%}")
            held &= progressive or shares[0] >= BASELINE[kind]
    counts, told = alarms(intact_files(asked.intact, seed=asked.seed, photos=True))
    _say("\n".join([f"intact: {dict(counts)}", *told[:20]]))
    return 0 if held and not counts["damaged"] and not counts["unreadable"] else 1


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
