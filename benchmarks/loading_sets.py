"""The two sets that loading is measured on: large JPEGs drawn here, and real 300 x 300 PNGs of a data package."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ("GO", "NG")


def jpegs(folder: Path, count: int) -> Path:
    """`count` JPEGs of 1280 x 960, 4:2:0, quality 85, drawn from a seed: smooth shapes and sensor noise."""
    rng = np.random.default_rng(0)
    for i in range(count):
        coarse = Image.fromarray(rng.integers(40, 216, (12, 16, 3), dtype=np.uint8))
        plain = np.asarray(coarse.resize((1280, 960), Image.Resampling.BICUBIC)).astype(np.float32)
        noisy = plain + rng.standard_normal((960, 1280, 1), np.float32) * 5
        path = _named(folder, i, ".jpg")
        Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(path, quality=85)
    return folder


def pngs(folder: Path, count: int) -> Path:
    """`count` solar cells of the data package `elpv-dataset`, 300 x 300, 8 bits gray."""
    import elpv_dataset

    sources = sorted(Path(elpv_dataset.__file__).parent.rglob("*.png"))
    for i in range(count):
        shutil.copy(sources[i % len(sources)], _named(folder, i, ".png"))
    return folder


def _named(folder: Path, i: int, suffix: str) -> Path:
    path = folder / CLASSES[i % 2] / f"{i:06}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
