"""Small folders of classes for tests: tiny images whose bytes follow from their path."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from PIL import Image


def picture(told: str, kind: str = "PNG") -> bytes:
    """A tiny image in one of Pillow's formats; another text, another image."""
    colour = hashlib.sha256(told.encode("utf-8", "surrogateescape")).digest()
    out = io.BytesIO()
    Image.frombytes("RGB", (3, 2), colour[:18]).save(out, format=kind)
    return out.getvalue()


def photo(size: tuple[int, int] = (160, 120)) -> bytes:
    """A JPEG with enough in it that cutting it hurts."""
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, format="JPEG", quality=90)
    return out.getvalue()


def write(path: Path, data: bytes | None = None) -> Path:
    """Write a file, by default an image that its last three path steps tell apart."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = {".jpg": "JPEG", ".bmp": "BMP", ".gif": "GIF", ".webp": "WEBP", ".tif": "TIFF"}.get(path.suffix, "PNG")
    path.write_bytes(picture("/".join(path.parts[-3:]), kind) if data is None else data)
    return path


def fill(root: Path, **classes: int) -> Path:
    """Class folders with so many PNG images each: `fill(root, GO=10, NG=4)`; "n60" stands for 60."""
    for name, images in classes.items():
        folder = root / name.removeprefix("n")
        folder.mkdir(parents=True, exist_ok=True)
        for i in range(images):
            write(folder / f"i{i}.png")
    return root
