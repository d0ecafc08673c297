"""Sixty shots of one part by a fixed camera, and copies of some: who takes which for the same picture?

    python benchmarks/same_shot.py [--shots 60] [--copies 10] [--seed 0] [--sigma 3 1]

Each shot: 640 x 480, the part shifted by 0 to 8 pixels, noise of so many gray levels, a sensor pattern of 1 %. The
originals are PNG, JPEG quality 90 and 75; of some there is a copy of half size, one of JPEG quality 60 and one 8 %
brighter. Every pair of shots, and every copy with its shot, goes through the audit's own measure. Beside it, by the
formulas of imagededup (10 bits of 64 or fewer differ) and cleanvision (the hashes are equal), written anew here on a
perceptual hash reckoned as the package `imagehash` does.

Exits 1 when, at 3 gray levels, more than 1 % of the pairs are called the same shot or fewer than 9 in 10 copies are;
or, at 1 gray level, anything is told at all.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import machine
import numpy as np
from PIL import Image
from scipy.fft import dct

from labelkit.auditing.shots import scale_of, shot_of
from labelkit.domain.near import Turn
from labelkit.domain.shots import Original, Patterns, Shot, ShotScale
from labelkit.tasks.probe import read_image
from labelkit.tasks.shots import MatchTask, PatternTask, TrialTask, mean_of

SIZE = (640, 480)
JITTER = 8
KINDS = {"PNG": None, "JPEG q90": 90, "JPEG q75": 75}

Levels = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def part(seed: int) -> Levels:
    """Discs on a plate under a light that is not even, with room to be shifted."""
    rng = np.random.default_rng(seed)
    wide, high = SIZE[0] + JITTER, SIZE[1] + JITTER
    y, x = np.mgrid[0:high, 0:wide].astype(np.float64)
    values = 100 + 20 * np.sin(x / wide * 5) * np.cos(y / high * 4)
    for _ in range(12):
        disc = (x - rng.uniform(0, wide)) ** 2 + (y - rng.uniform(0, high)) ** 2 < (rng.uniform(0.02, 0.15) * wide) ** 2
        values[disc] += rng.uniform(-50, 50)
    return np.asarray(values, np.float64)


def shots(count: int, sigma: float, seed: int) -> Iterator[Image.Image]:
    """Shots of one part by one camera."""
    rng = np.random.default_rng([seed, int(sigma * 1000)])
    scene, pattern = part(seed), 1 + 0.01 * rng.normal(0, 1, SIZE[::-1])
    for _ in range(count):
        down, across = rng.integers(0, JITTER + 1, 2)
        seen = scene[down : down + SIZE[1], across : across + SIZE[0]] * pattern + rng.normal(0, sigma, SIZE[::-1])
        yield Image.fromarray(seen.clip(0, 255).round().astype(np.uint8))


def saved(where: Path, image: Image.Image, quality: int | None) -> Path:
    """Written as PNG, or as JPEG of a quality."""
    path = where.with_suffix(".png" if quality is None else ".jpg")
    image.save(path, **({"compress_level": 1} if quality is None else {"quality": quality}))  # type: ignore[arg-type]  # options by format
    return path


def copies(path: Path) -> Iterator[Path]:
    """Half size, JPEG quality 60, 8 % brighter."""
    with Image.open(path) as opened:
        image = opened.convert("L")
    yield saved(path.with_name(f"{path.stem}-half"), image.resize((SIZE[0] // 2, SIZE[1] // 2)), 90)
    yield saved(path.with_name(f"{path.stem}-q60"), image, 60)
    yield saved(path.with_name(f"{path.stem}-brighter"), image.point(lambda v: min(255, round(v * 1.08))), 90)


class Told(NamedTuple):
    """What each way says of pairs of one kind: the share called the same, and of ours the share of every verdict."""

    verdicts: dict[Shot, float]
    imagededup: float
    cleanvision: float


def judged(folder: Path, pairs: Sequence[tuple[Path, Path]], patterns: Patterns, scale: ShotScale) -> Told:
    """What every way says of these pairs."""
    items = [(original(folder, a), original(folder, b), Turn.NONE) for a, b in pairs]
    verdicts = [shot_of(match, scale) for match in MatchTask(str(folder), patterns)(items)]
    hashes = {path: phash(path) for pair in pairs for path in pair}
    apart = [int((hashes[a] != hashes[b]).sum()) for a, b in pairs]
    shares = {shot: verdicts.count(shot) / len(pairs) for shot in (Shot.SAME, Shot.OTHER, Shot.UNKNOWN)}
    return Told(shares, float(np.mean([bits <= 10 for bits in apart])), float(np.mean([bits == 0 for bits in apart])))


def original(folder: Path, path: Path) -> Original:
    """One file as the workers are asked for it; all of one camera."""
    return Original(path.name, read_image(str(folder / path.name)).sha256, "0")


def phash(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """64 bits: 32 x 32, cosine transform, the 8 x 8 lowest above their median (imagehash 4.3)."""
    with Image.open(path) as image:
        small = np.asarray(image.convert("L").resize((32, 32), Image.Resampling.LANCZOS), np.float64)
    low = dct(dct(small, axis=0), axis=1)[:8, :8]
    return np.asarray(low > np.median(low), np.bool_).ravel()


def measure(sigma: float, kind: str, asked: argparse.Namespace) -> bool:
    """Print one row; whether its goals are met."""
    began = time.process_time()
    with TemporaryDirectory() as name:
        folder = Path(name)
        taken = [
            saved(folder / f"{i:03}", image, KINDS[kind])
            for i, image in enumerate(shots(asked.shots, sigma, asked.seed))
        ]
        true = [(path, copy) for path in taken[: asked.copies] for copy in copies(path)]
        others = [(a, b) for i, a in enumerate(taken) for b in taken[:i]]
        originals = [original(folder, path) for path in taken]
        patterns = Patterns({"0": mean_of(PatternTask(name)([originals]))})
        drawn = [others[i] for i in np.random.default_rng(asked.seed).choice(len(others), min(200, len(others)), False)]
        items = [(original(folder, a), original(folder, b), Turn.NONE) for a, b in drawn]
        random = [match for match in MatchTask(name, patterns)(items) if match is not None]
        trials = [t for t in TrialTask(name, patterns)(originals[:16]) if t is not None]
        scale = scale_of(random, trials)
        apart, same = judged(folder, others, patterns, scale), judged(folder, true, patterns, scale)
    print(
        f"{sigma:5g} {kind:9} {scale.noise:5.2f} {scale.cut:5.3f} {scale.power:6.0%} | "
        f"{apart.verdicts[Shot.SAME]:6.2%} {apart.verdicts[Shot.OTHER]:6.1%} {apart.verdicts[Shot.UNKNOWN]:6.1%} | "
        f"{same.verdicts[Shot.SAME]:6.0%} {same.verdicts[Shot.UNKNOWN]:6.0%} | {apart.imagededup:5.0%} "
        f"{same.imagededup:5.0%} | {apart.cleanvision:5.1%} {same.cleanvision:5.0%} | "
        f"{time.process_time() - began:5.0f}",
        flush=True,
    )
    if sigma <= 1:
        return apart.verdicts[Shot.UNKNOWN] == same.verdicts[Shot.UNKNOWN] == 1
    return apart.verdicts[Shot.SAME] <= 0.01 and same.verdicts[Shot.SAME] >= 0.9


def main() -> int:
    """Measure all kinds; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shots", type=int, default=60)
    parser.add_argument("--copies", type=int, default=10, help="shots of which there are three copies each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sigma", type=float, nargs="+", default=[3.0, 1.0])
    asked = parser.parse_args()
    print(machine.told(Path.cwd()), machine.load())
    print("                                    |    other shots        |     copies    | imagededup  | cleanvision |")
    print(
        "sigma originals noise  cut   power  |   same  other unknown |   same unknown| other copies| other copies| CPU"
    )
    held = [measure(sigma, kind, asked) for sigma in asked.sigma for kind in KINDS]
    print("held" if all(held) else "MISSED")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
