"""Two thousand broken files of every format: no crash, no hang, one verdict each, the decoder's own."""

from __future__ import annotations

import random
import time

import numpy as np
import pytest
from PIL import Image

from labelkit.imaging.probe import probe
from tests.imaging.jpegs import cut_out, drawing, pillow_reads, written

KINDS: dict[str, tuple[str, dict[str, object]]] = {
    "jpg": ("JPEG", {}),
    "progressive.jpg": ("JPEG", {"progressive": True}),
    "png": ("PNG", {}),
    "bmp": ("BMP", {}),
    "gif": ("GIF", {}),
    "tif": ("TIFF", {}),
    "lzw.tif": ("TIFF", {"compression": "tiff_lzw"}),
    "webp": ("WEBP", {}),
    "ppm": ("PPM", {}),
    "mpo": ("MPO", {}),
}
EACH = 200


def mutated(data: bytes, rng: random.Random) -> bytes:
    """A few bytes altered, anywhere or in the head; now and then cut, doubled or swapped."""
    out = bytearray(data)
    reach = len(out) if rng.random() < 0.5 else min(len(out), 200)
    for _ in range(rng.randint(1, 8)):
        out[rng.randrange(reach)] = rng.choice([0, 1, 0x7F, 0x80, 0xFE, 0xFF, rng.randrange(256)])
    way = rng.random()
    if way < 0.1:
        return bytes(out[: rng.randrange(len(out))])
    if way < 0.2:
        at = rng.randrange(len(out))
        return bytes(out[:at] + out[at // 2 :])
    return bytes(out)


@pytest.mark.filterwarnings("ignore")  # Pillow warns of broken blocks as it judges them, the second time by itself
@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_file_gets_the_verdict_of_pillow(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20_000_000)
    rng = drawing(kind)
    name, options = KINDS[kind]
    whole = written(cut_out(rng, (150, 110)), name, **options)
    verdicts = set()
    for i in range(EACH):
        data = mutated(whole, rng)
        began = time.perf_counter()
        facts = probe(f"{i}.{kind}", data)
        assert time.perf_counter() - began < 20
        assert facts.size == len(data)
        assert bool(facts.fault) + bool(facts.damage) + bool(facts.suspected) <= 1
        if "million pixels" not in facts.fault and facts.width * facts.height < 10_000_000:
            assert facts.readable == pillow_reads(data), (i, facts)
        verdicts.add(facts.readable)
    assert verdicts == ({False} if kind == "png" else {True, False}), "a PNG has a sum over each of its parts"


def test_a_jpeg_of_a_thousand_passes_is_refused_before_they_are_made() -> None:
    small = written(Image.new("L", (64, 64), 90), progressive=True)
    head = small.index(b"\xff\xc2") + 5
    scan = small.rindex(b"\xff\xda")
    big = bytearray(small[:scan] + small[scan:-2] * 1000 + small[-2:])
    big[head : head + 4] = (6000).to_bytes(2, "big") * 2
    began = time.perf_counter()
    assert "million pixels in all of its passes" in probe("a.jpg", bytes(big)).fault
    assert time.perf_counter() - began < 1


def test_the_facts_of_one_file_do_not_depend_on_the_one_before() -> None:
    rng = np.random.default_rng(0)
    first = written(Image.fromarray(rng.integers(0, 255, (90, 90), dtype=np.uint8)))
    second = written(cut_out(drawing(5), (200, 150)))
    alone = probe("b", second)
    probe("a", first[: len(first) // 2])
    assert probe("b", second) == alone
