"""Pictures for people: upright, small, and none of what cannot be shown."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from labelkit.tasks.thumbnail import PictureTask


def half_white(folder: Path, name: str, size: tuple[int, int], **save: object) -> None:
    """A picture whose left half is white."""
    pixels = np.zeros((size[1], size[0]), np.uint8)
    pixels[:, : size[0] // 2] = 255
    Image.fromarray(pixels).save(folder / name, **save)  # type: ignore[arg-type]  # Pillow's own words


def huge_png(side: int) -> bytes:
    """The head of a PNG of so many pixels a side, with nothing in it."""
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0")), (b"IEND", b"")]
    written = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


def test_pictures_are_upright_and_of_the_side_that_was_asked_for(tmp_path: Path) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # to be turned a quarter clockwise: left comes to the top
    half_white(tmp_path, "wide.jpg", (1280, 960))
    half_white(tmp_path, "turned.jpg", (1000, 800), exif=turned)
    half_white(tmp_path, "deep.png", (400, 300))
    half_white(tmp_path, "small.bmp", (40, 30))
    names = ["wide.jpg", "turned.jpg", "deep.png", "small.bmp"]
    made = [Image.open(io.BytesIO(data)) for data in PictureTask(str(tmp_path), 160)(names)]
    assert [image.size for image in made] == [(160, 120), (128, 160), (160, 120), (40, 30)]
    for image, (white, black) in zip(made, [((20, 60), (140, 60)), ((64, 20), (64, 140))], strict=False):
        assert image.convert("L").getpixel(white) > 200  # type: ignore[operator]  # one number: it is gray
        assert image.convert("L").getpixel(black) < 50  # type: ignore[operator]


def test_what_cannot_be_shown_has_no_picture_and_stops_nothing(tmp_path: Path) -> None:
    half_white(tmp_path, "sound.png", (200, 100))
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "huge.png").write_bytes(huge_png(8_000))
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    names = ["gone.png", "broken.png", "empty.jpg", "huge.png", "folder.png", "pipe.png", "sound.png"]
    made = PictureTask(str(tmp_path), 160)(names)
    assert [bool(data) for data in made] == [False] * 6 + [True]
