"""A folder of two classes with every format that is read, whole, broken and odd: some sixty files."""

from __future__ import annotations

import io
import os
import random
from pathlib import Path

from PIL import Image

from tests.imaging.jpegs import cut_out, drawing

FORMATS: dict[str, tuple[str, str, dict[str, object]]] = {
    "base.jpg": ("RGB", "JPEG", {"quality": 80}),
    "gray.jpeg": ("L", "JPEG", {}),
    "cmyk.jpg": ("CMYK", "JPEG", {}),
    "progressive.jpg": ("RGB", "JPEG", {"progressive": True}),
    "multi.jpg": ("RGB", "MPO", {}),
    "rgb.png": ("RGB", "PNG", {}),
    "gray.png": ("L", "PNG", {}),
    "alpha.png": ("RGBA", "PNG", {}),
    "palette.png": ("P", "PNG", {}),
    "bits.png": ("1", "PNG", {}),
    "deep.png": ("I;16", "PNG", {}),
    "rgb.bmp": ("RGB", "BMP", {}),
    "palette.bmp": ("P", "BMP", {}),
    "plain.tif": ("RGB", "TIFF", {}),
    "lzw.tif": ("RGB", "TIFF", {"compression": "tiff_lzw"}),
    "deflate.tiff": ("L", "TIFF", {"compression": "tiff_adobe_deflate"}),
    "jpeg.tif": ("RGB", "TIFF", {"compression": "jpeg"}),
    "deep.tif": ("I;16", "TIFF", {}),
    "float.tif": ("F", "TIFF", {}),
    "a.gif": ("P", "GIF", {}),
    "lossy.webp": ("RGB", "WEBP", {}),
    "lossless.webp": ("RGB", "WEBP", {"lossless": True}),
    "c.ppm": ("RGB", "PPM", {}),
    "g.pgm": ("L", "PPM", {}),
    "b.pbm": ("1", "PPM", {}),
}
"""File name to Pillow's mode, format and options."""


def of_mode(image: Image.Image, mode: str) -> Image.Image:
    """The image in one of Pillow's modes; 16 bits use their whole range."""
    if mode == "I;16":
        return Image.frombytes("I;16", image.size, b"".join(v.to_bytes(2, "little") for v in _words(image)))
    return image.convert("L").convert(mode) if mode == "F" else image.convert(mode)


def _words(image: Image.Image) -> list[int]:
    return [257 * v for v in image.convert("L").tobytes()]


def encoded(image: Image.Image, name: str) -> bytes:
    """The image as the bytes of one of the FORMATS."""
    mode, kind, options = FORMATS[name]
    out = io.BytesIO()
    of_mode(image, mode).copy().save(out, kind, **options)
    return out.getvalue()


def all_formats(root: Path, *, seed: int = 0) -> Path:
    """Two classes with an image in every format, copies, broken ones, odd names, a link that leads nowhere."""
    rng = drawing(seed)
    for label in ("GO", "NG"):
        (root / label).mkdir(parents=True)
        for name in FORMATS:
            (root / label / name).write_bytes(encoded(cut_out(rng, (150, 110)), name))
    _odd(root, rng)
    return root


def _odd(root: Path, rng: random.Random) -> None:
    whole = (root / "GO" / "base.jpg").read_bytes()
    (root / "NG" / "copy.jpg").write_bytes(whole)
    (root / "GO" / "again.jpg").write_bytes((root / "GO" / "rgb.png").read_bytes())
    (root / "GO" / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (root / "GO" / "holed.jpg").write_bytes(whole[:2000] + bytes(200) + whole[2200:])
    (root / "NG" / "cut.png").write_bytes((root / "NG" / "rgb.png").read_bytes()[:700])
    (root / "NG" / "noise.heic").write_bytes(rng.randbytes(500))
    (root / "NG" / "empty.png").write_bytes(b"")
    exif = Image.Exif()
    exif[0x0112] = 6
    cut_out(rng, (140, 100)).save(root / "NG" / "turned.jpg", exif=exif)
    (root / "NG" / "notes.txt").write_text("no image")
    (root / "GO" / "test_1.PNG").write_bytes(encoded(cut_out(rng, (150, 110)), "rgb.png"))
    (root / "GO" / os.fsdecode(b"nam\xe9.png")).write_bytes(encoded(cut_out(rng, (20, 9)), "gray.png"))
    (root / "GO" / "gone.png").symlink_to("nowhere.png")
