from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageStat

from labelkit.imaging.probe import probe
from tests.imaging.jpegs import cut_out, drawing, written


def as_cleanvision(data: bytes) -> float:
    """Its formula on the whole picture, as its documentation has it."""
    with Image.open(io.BytesIO(data)) as image:
        ratio = max(image.size) / 64
        small = image.resize((int(image.width // ratio), int(image.height // ratio))) if ratio > 1 else image.copy()
        gray = small.convert("L")
    edges = 1 - np.exp(-0.01 * np.sqrt(ImageStat.Stat(gray.filter(ImageFilter.FIND_EDGES)).var[0]))
    spread = 1 - np.exp(-0.01 * np.std(gray.histogram()))
    return float(min(edges + (spread if spread > 0.18 else 0), 1))


def score(data: bytes) -> float:
    pixels = probe("a", data).pixels
    assert pixels is not None
    return pixels.blurry_score


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_score_is_near_that_of_cleanvision(kind: str) -> None:
    rng = drawing("blur")
    ours, theirs = [], []
    for _ in range(25):
        picture = cut_out(rng, (rng.randint(100, 790), rng.randint(100, 630)))
        data = written(picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, 30))), kind)
        ours.append(score(data))
        theirs.append(as_cleanvision(data))
    assert max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) < 0.08
    assert np.corrcoef(np.argsort(np.argsort(ours)), np.argsort(np.argsort(theirs)))[0, 1] > 0.95


@pytest.mark.parametrize("size", [(1, 1), (9, 9), (64, 3)])
def test_small_pictures_have_the_very_score(size: tuple[int, int]) -> None:
    data = written(Image.effect_noise(size, 60), "PNG")
    assert score(data) == pytest.approx(as_cleanvision(data), abs=1e-6)
