"""A made-up set in which trouble of many kinds can be seen: the sample set, sorted, with faults planted into it."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from PIL import Image, ImageEnhance

import labelkit
from tests.checkout import ROOT

_RULES = ["score >= 80 -> GO", "score < 80 -> NG"]


def faulty_set(base: Path, *, seed: int = 7) -> Path:
    """Fill a new folder with class folders; the same faults in the same files for the same seed."""
    sample = ROOT / "sample_data"
    labelkit.sort(sample / "raw", base_dir=base, metadata=sample / "metadata.csv", rule=_RULES)
    drawn = random.Random(seed)  # noqa: S311 - a reproducible draw, no secret
    go, ng = (_images(base / label) for label in ("GO", "NG"))
    drawn.shuffle(go)
    drawn.shuffle(ng)
    for copy in range(2):
        shutil.copyfile(ng[copy], base / "GO" / f"copy_of_{ng[copy].name}")
    shutil.copyfile(go[0], base / "GO" / f"again_{go[0].name}")
    with Image.open(go[8]) as image:
        image.save(base / "NG" / f"saved_again_{go[8].name}", quality=60)
    for path in go[1:3]:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    for path in ng[2:6]:
        _darken(path)
    for path in go[3:8]:
        _turn(path)
    (base / "NG" / "export.jpg").write_bytes(b"<!doctype html><title>Sign in</title>")
    checkpoints = base / "GO" / ".ipynb_checkpoints"
    checkpoints.mkdir()
    shutil.copyfile(go[9], checkpoints / f"{go[9].stem}-checkpoint.jpg")
    return base


def _images(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix == ".jpg")


def _darken(path: Path) -> None:
    with Image.open(path) as image:
        dark = ImageEnhance.Brightness(image).enhance(0.25)
    dark.save(path, quality=90)


def _turn(path: Path) -> None:
    """Turned a quarter in the pixels, and back again by an EXIF mark."""
    with Image.open(path) as image:
        turned = image.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(path, quality=90, exif=exif)
