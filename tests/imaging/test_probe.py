from __future__ import annotations

import hashlib
import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageFile

from labelkit.imaging.probe import MAX_PIXELS, probe
from tests.auditing.scenes import photo, picture


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGB"), ("JPEG", "RGB"), ("BMP", "RGB"), ("GIF", "P"), ("TIFF", "RGB"), ("WEBP", "RGB")]
)
def test_facts_of_a_whole_image(kind: str, mode: str) -> None:
    data = picture("x", kind)
    facts = probe("GO/a.xyz", data)
    assert facts.readable
    assert (facts.path, facts.format, facts.mode, facts.width, facts.height) == ("GO/a.xyz", kind, mode, 3, 2)
    assert facts.size == len(data)
    assert facts.sha256 == hashlib.sha256(data).hexdigest()


def test_16_bit_mode_is_told() -> None:
    out = io.BytesIO()
    Image.new("I;16", (4, 4), 40_000).save(out, format="PNG")
    assert probe("a.png", out.getvalue()).mode == "I;16"


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.png", b"", "the file is empty"),
        ("a.jpg", b"<html>not found</html>", "no image"),
        ("a.png", picture("x")[:50], "truncated"),
        ("a.jpg", photo()[:4000], "truncated"),
        ("a.jpg", photo()[:-20], "truncated"),
        ("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "format not supported"),
        ("a.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n", "no image"),
    ],
)
def test_what_is_wrong_is_told_and_the_same_each_time(name: str, data: bytes, why: str) -> None:
    facts = probe(name, data)
    assert not facts.readable
    assert why in facts.fault
    assert facts == probe(name, data)
    assert "0x" not in facts.fault


def test_a_flipped_byte_inside_a_png_is_noticed() -> None:
    noise = Image.effect_noise((60, 60), 50)
    out = io.BytesIO()
    noise.save(out, format="PNG")
    data = bytearray(out.getvalue())
    data[len(data) // 2] ^= 0xFF
    assert not probe("a.png", bytes(data)).readable


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    facts = probe("bomb.png", declared(10_000, 6_000))
    assert facts.fault == "more than 50 million pixels"
    assert probe("worse.png", declared(40_000, 30_000)).fault == "more than 50 million pixels"


def declared(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is so large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def test_what_a_decoder_raises_is_never_the_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_self: ImageFile.ImageFile) -> None:
        raise MemoryError

    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    facts = probe("a.png", picture("x"))
    assert facts.fault == "not enough memory to decode it"
    assert (facts.format, facts.width) == ("PNG", 3)


def test_mutated_images_never_raise() -> None:
    for kind in ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP"):
        whole = picture("x", kind)
        for place in range(0, len(whole), 3):
            data = bytearray(whole)
            data[place] ^= 0xFF
            assert probe("a", bytes(data)).size == len(whole)


def test_pillow_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 123)
    assert not probe("a.jpg", photo()[:4000]).readable
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True
    assert Image.MAX_IMAGE_PIXELS == 123
    assert MAX_PIXELS == 50_000_000


def test_probing_needs_no_file(tmp_path: Path) -> None:
    assert probe(str(tmp_path / "not there.png"), picture("x")).readable
