"""Small sets that a network learns in a few steps, and one training of each loader for all tests that need it."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
from PIL import Image

from labelkit.domain.train_result import TrainResult
from labelkit.flows.train import train

SIZE = (32, 32)
"""Pixels that the networks of these tests see."""

EPOCHS = 6

SUFFIXES = (".png", ".jpg", ".bmp")


def draw_set(root: Path, counts: Mapping[str, int], *, seed: int = 0, side: int = 40) -> Path:
    """Class folders of noisy pictures, each class brighter than the one before it in the mapping."""
    rng = np.random.default_rng(seed)
    for level, (name, images) in enumerate(counts.items()):
        (root / name).mkdir(parents=True)
        for i in range(images):
            middle = 40 + 170 * level / max(1, len(counts) - 1)
            pixels = np.clip(rng.normal(middle, 12, (side, side, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(root / name / f"{i:03}{SUFFIXES[i % 3]}", quality=95)
    return root


def train_quickly(base_dir: Path, out: Path, **options: object) -> TrainResult:
    """A training of a few epochs on small pictures."""
    given = {"image_size": SIZE, "batch_size": 8, "epochs": EPOCHS, **options}
    return train(base_dir, out=out, **given)  # type: ignore[arg-type] # each test's own


def scratch() -> Path:
    """A folder of its own that goes away with the test process."""
    folder = Path(mkdtemp(prefix="labelkit-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def go_ng() -> Path:
    """48 images of GO and 24 of NG, drawn once; not to be changed."""
    return draw_set(scratch() / "base_dir", {"GO": 48, "NG": 24})


@cache
def bundle(loader: str) -> Path:
    """A bundle trained on `go_ng` through this loader, once; not to be changed."""
    return Path(train_quickly(go_ng(), scratch() / "runs", loader=loader).bundle)
