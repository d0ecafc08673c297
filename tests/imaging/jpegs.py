"""JPEGs for tests: scenes drawn from a seed, written in many ways, and damaged in several."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from PIL import Image

POOL = 12
"""Scenes that pictures are cut from."""


@lru_cache(maxsize=POOL)
def scene(seed: int) -> Image.Image:
    """800 x 640, RGB: soft light, a dozen rectangles, a little noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:640, 0:800].astype(np.float32)
    waves = [np.sin(x / (40 + 9 * i) + seed) * np.cos(y / (55 + 7 * i) + 2 * seed) for i in range(3)]
    values = 120 + 50 * np.stack(waves, axis=-1)
    for _ in range(12):
        left, top = rng.integers(0, 800), rng.integers(0, 640)
        wide, high = rng.integers(10, 300, 2)
        values[top : top + high, left : left + wide] += rng.uniform(-60, 60)
    values += rng.normal(0, 4, values.shape)
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def drawing(seed: object) -> random.Random:
    """A source of numbers that gives the same ones for the same seed."""
    return random.Random(str(seed))  # noqa: S311 - a reproducible draw, no secret


def cut_out(rng: random.Random, size: tuple[int, int], pool: int = POOL) -> Image.Image:
    """A part of a scene, anywhere in it."""
    left, top = rng.randint(0, 800 - size[0]), rng.randint(0, 640 - size[1])
    return scene(rng.randrange(pool)).crop((left, top, left + size[0], top + size[1]))


def written(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """The image as the bytes of a file."""
    out = io.BytesIO()
    image.copy().save(out, kind, **options)  # a copy: Pillow leaves what one format needs on the image
    return out.getvalue()


def pillow_reads(data: bytes) -> bool:
    """Whether Pillow decodes all of it without an error: what Keras' own loader would do."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
    except Exception:  # noqa: BLE001 - whatever a decoder raises on damaged bytes
        return False
    return True


def _coded(data: bytes) -> int:
    """Where the coded pixels of the first scan begin."""
    at = data.index(b"\xff\xda") + 2
    return at + int.from_bytes(data[at : at + 2], "big")


def zeroed(length: int) -> Callable[[bytes, random.Random], bytes]:
    """So many bytes of the coded pixels become zero."""

    def damage(data: bytes, rng: random.Random) -> bytes:
        at = rng.randrange(_coded(data), len(data) - 2 - length)
        return data[:at] + bytes(length) + data[at + length :]

    return damage


def overwritten(length: int) -> Callable[[bytes, random.Random], bytes]:
    """So many bytes of the coded pixels become others."""

    def damage(data: bytes, rng: random.Random) -> bytes:
        at = rng.randrange(_coded(data), len(data) - 2 - length)
        return data[:at] + rng.randbytes(length) + data[at + length :]

    return damage


DAMAGES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "4 KiB zeroed": zeroed(4096),
    "512 bytes zeroed": zeroed(512),
    "20 bytes overwritten": overwritten(20),
}
"""What happens to files on bad disks and lines."""


def _strays_in_header(data: bytes, rng: random.Random) -> bytes:
    at = data.index(b"\xff\xdb")
    return data[:at] + bytes(rng.randrange(0xFF) for _ in range(rng.randint(1, 9))) + data[at:]


def _padding_at_the_end(data: bytes, rng: random.Random) -> bytes:
    return data[:-2] + bytes([rng.randrange(0xFF)]) * rng.randint(1, 8) + data[-2:]


def _fill_bytes(data: bytes, rng: random.Random) -> bytes:
    at = data.index(b"\xff\xc4")
    return data[:at] + b"\xff" * rng.randint(1, 5) + data[at:]


def _trailing(data: bytes, rng: random.Random) -> bytes:
    return data + rng.choice([bytes(rng.randint(1, 4000)), rng.randbytes(rng.randint(1, 400)), b"serial 0815\n"])


def _exif(image: Image.Image, rng: random.Random) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = rng.randint(1, 8)
    exif[0x010F] = "Camera Works"
    return written(image, quality=rng.randint(60, 95), exif=exif)


def _multi(image: Image.Image, rng: random.Random) -> bytes:
    return written(image, "MPO", save_all=True, append_images=[image.transpose(rng.choice(list(Image.Transpose)))])


INTACT: dict[str, Callable[[Image.Image, random.Random], bytes]] = {
    "4:4:4": lambda i, r: written(i, quality=r.randint(40, 99), subsampling=0),
    "4:2:2": lambda i, r: written(i, quality=r.randint(40, 99), subsampling=1),
    "4:2:0": lambda i, r: written(i, quality=r.randint(40, 99), subsampling=2),
    "optimized": lambda i, r: written(i, quality=r.randint(40, 99), optimize=True),
    "progressive": lambda i, r: written(i, quality=r.randint(40, 99), progressive=True),
    "restart markers": lambda i, r: written(i, quality=r.randint(60, 95), restart_marker_rows=r.randint(1, 4)),
    "gray": lambda i, r: written(i.convert("L"), quality=r.randint(40, 99)),
    "CMYK": lambda i, r: written(i.convert("CMYK"), quality=r.randint(60, 95)),
    "EXIF": _exif,
    "MPO": _multi,
    "trailing bytes": lambda i, r: _trailing(written(i), r),
    "stray bytes in the header": lambda i, r: _strays_in_header(written(i), r),
    "padding before the end": lambda i, r: _padding_at_the_end(written(i), r),
    "fill bytes": lambda i, r: _fill_bytes(written(i), r),
}
"""Ways to write a whole image that every decoder shows as it is."""
