"""Plain PNGs: what the short way reads, Pillow's reader reads too, with the same pixels; all else is left to it."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections import Counter

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from labelkit.imaging.plain_png import plain_png
from labelkit.imaging.recipes import decode

LIMIT = 1_000_000
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def head(width: int, height: int, colour: int, bits: int = 8, interlaced: int = 0) -> bytes:
    return SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced))


def by_pillow(data: bytes) -> Image.Image | None:
    try:
        image = Image.open(io.BytesIO(data))
        image.load()
    except (OSError, SyntaxError, ValueError):
        return None
    return image


def drawn(mode: str = "L", size: tuple[int, int] = (13, 9)) -> Image.Image:
    shape = (size[1], size[0]) if mode == "L" else (size[1], size[0], 3)
    return Image.fromarray(np.random.default_rng(5).integers(0, 256, shape, np.uint8))


def written(image: Image.Image, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", **options)
    return out.getvalue()


def with_chunk(data: bytes, extra: bytes, *, behind: bool) -> bytes:
    """Put a chunk before or behind the pixels."""
    at = len(data) - 12 if behind else 33
    return data[:at] + extra + data[at:]


def some_png(rng: random.Random, kind: str) -> bytes:
    """A PNG with every filter, whose checksums of chunks are right, whatever else is wrong with it."""
    colour, width, height = rng.choice([0, 2]), rng.randint(1, 40), rng.randint(1, 20)
    line = width * (1 if colour == 0 else 3)
    rows = [bytes([rng.choice([0, 1, 2, 3, 4, 4])]) + rng.randbytes(line) for _ in range(height)]
    if kind == "filter":
        rows[rng.randrange(height)] = bytes([rng.randint(5, 255)]) + bytes(line)
    raw = b"".join(rows)
    if kind == "short":
        raw = raw[: -rng.randint(1, len(raw) - 1)]
    coded = zlib.compress(raw + (rng.randbytes(200) if kind == "long" else b""), rng.choice([0, 1, 6, 9]))
    if kind == "checksum":
        coded = coded[:-4] + rng.randbytes(4)
    if kind == "cut":
        coded = coded[: -rng.randint(1, min(12, len(coded)))]
    if kind == "more":
        coded += rng.randbytes(rng.randint(1, 30))
    if kind == "damaged":
        at = rng.randrange(len(coded))
        coded = coded[:at] + rng.randbytes(1) + coded[at + 1 :]
    size = rng.randint(1, 40) if kind == "split" else max(1, len(coded))
    pieces = [coded[i : i + size] for i in range(0, len(coded), size)]
    return head(width, height, colour) + b"".join(chunk(b"IDAT", piece) for piece in pieces) + chunk(b"IEND")


KINDS = ("sound", "split", "more", "long", "checksum", "cut", "short", "filter", "damaged")


def test_it_reads_what_pillow_reads_and_nothing_else() -> None:
    rng, seen = random.Random(11), Counter[tuple[str, bool]]()  # noqa: S311 - made-up files
    for i in range(4500):
        kind = KINDS[i % len(KINDS)]
        data = some_png(rng, kind)
        mine, theirs = plain_png(data, LIMIT), by_pillow(data)
        assert (mine is None) == (theirs is None), (kind, i)
        if mine is not None and theirs is not None:
            assert mine.mode == theirs.mode
            assert mine.tobytes() == theirs.tobytes(), (kind, i)
        seen[kind, mine is None] += 1
    assert seen["sound", False] == seen["split", False] == seen["more", False] == 500
    assert seen["checksum", True] == seen["filter", True] == 500
    assert seen["damaged", True] > 400


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("size", [(1, 1), (300, 300), (640, 480)])
def test_what_pillow_writes_is_plain(mode: str, size: tuple[int, int]) -> None:
    image = drawn(mode, size)
    found = plain_png(written(image, dpi=(300, 300)), LIMIT)
    assert found is not None
    assert found.tobytes() == image.tobytes()


@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize(
    ("extra", "plain"),
    [
        (chunk(b"tEXt", b"Software\0a camera"), True),
        (chunk(b"tIME", bytes(7)), True),
        (chunk(b"gAMA", bytes(4)), True),
        (chunk(b"gAMA", bytes(3)), False),
        (chunk(b"pHYs", bytes(8)), False),
        (chunk(b"tEXt", b"date:create\x002017-01-01"), True),
        (chunk(b"tEXt", b"comment\0a camera"), True),
        (chunk(b"tEXt", b"exif\0II*\0"), False),
        (chunk(b"tEXt", b"transparency\x000"), False),
        (chunk(b"tEXt", b"interlace\x001"), False),
        (chunk(b"tEXt", b"xmp\0tiff:Orientation='6'"), False),
        (chunk(b"tEXt", b"Software"), False),
        (chunk(b"tEXt", b"Raw profile type exif\0"), False),
        (chunk(b"tEXt", b"XML:com.adobe.xmp\0"), False),
        (chunk(b"eXIf", b"MM\0*"), False),
        (chunk(b"tRNS", bytes(2)), False),
        (chunk(b"acTL", bytes(8)), False),
        (chunk(b"tEXt", b"Software\0a camera")[:-1] + b"x", False),
    ],
)
def test_what_stands_beside_the_pixels_decides(extra: bytes, *, plain: bool, behind: bool) -> None:
    data = with_chunk(written(drawn()), extra, behind=behind)
    found = plain_png(data, LIMIT)
    assert (found is not None) == plain
    if found is not None:
        theirs = by_pillow(data)
        assert theirs is not None
        assert found.tobytes() == theirs.tobytes()


def test_what_is_not_plain_is_left_to_pillow() -> None:
    gray = drawn()
    words = Image.fromarray(np.arange(117, dtype=np.uint16).reshape(9, 13))
    others = [gray.convert(mode) for mode in ("1", "P", "LA", "RGBA")]
    for image in (*others, words):
        assert plain_png(written(image), LIMIT) is None
    data = written(gray)
    assert plain_png(data, 13 * 9) is not None
    assert plain_png(data, 13 * 9 - 1) is None
    assert plain_png(data[:28] + b"\1" + data[29:], LIMIT) is None, "interlaced, and its checksum is wrong"
    assert plain_png(data + b"more", LIMIT) is None
    assert all(plain_png(data[:n], LIMIT) is None for n in range(len(data)))
    between = data.replace(chunk(b"IEND"), chunk(b"tIME", bytes(7)) + chunk(b"IDAT") + chunk(b"IEND"))
    assert plain_png(between, LIMIT) is None


def test_a_picture_that_is_to_be_turned_is_turned_wherever_that_is_said() -> None:
    image = drawn("RGB", (40, 20))
    turned = decode("labelkit-v1", written(image.transpose(Image.Transpose.ROTATE_270)), (40, 20))
    exif = Image.Exif()
    exif[0x0112] = 6
    told = PngInfo()
    body = b"\nexif\n" + f"{len(exif.tobytes()):8d}\n".encode() + exif.tobytes().hex().encode() + b"\n"
    told.add(b"tEXt", b"Raw profile type exif\0" + body, after_idat=True)
    named = with_chunk(written(image), chunk(b"tEXt", b"exif\0" + exif.tobytes()), behind=True)
    for data in (written(image, exif=exif), written(image, pnginfo=told), named):
        assert (decode("labelkit-v1", data, (40, 20)) == turned).all()
