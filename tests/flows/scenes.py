"""Small scenes for tests: images, tables, trees read back."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from pathlib import Path

from PIL import Image


def image(path: Path, *, seed: int | None = None, size: tuple[int, int] = (8, 6)) -> Path:
    """Draw a small PNG whose content follows from `seed`, by default from its path below the last three folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = "/".join(path.parts[-3:]) if seed is None else str(seed)
    colour = hashlib.sha256(told.encode()).digest()
    Image.new("RGB", size, (colour[0], colour[1], colour[2])).save(path, format="PNG")
    return path


def grainy(path: Path, *, seed: int, size: tuple[int, int] = (24, 20)) -> Path:
    """Draw a small PNG of gray blocks that follow from `seed`: no two look alike, as flat pictures do."""
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = hashlib.shake_128(str(seed).encode()).digest(30)
    Image.frombytes("L", (6, 5), blocks).resize(size, Image.Resampling.NEAREST).save(path, format="PNG")
    return path


def write_table(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    """Write a CSV table."""
    with path.open("w", newline="", encoding="utf-8") as f:
        csv.writer(f).writerows([header, *rows])
    return path


def read_tree(root: Path) -> dict[str, str]:
    """POSIX path to SHA-256 of each file below `root`; links are read through."""
    return {
        p.relative_to(root).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(root.rglob("*"))
        if p.is_file()
    }


def contents(*roots: Path) -> set[str]:
    """SHA-256 of every file below the roots."""
    return {digest for root in roots if root.exists() for digest in read_tree(root).values()}
