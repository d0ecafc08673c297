"""Broken files of every format: no crash, no hang, one verdict each, the decoder's own; many of them, for a long run.

    python -m tests.imaging.mutations [--count 100000] [--seed 0] [--jobs 2]

Prints how many of each kind were told what; exits 1 on any fault. The test command runs 10,000.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image

from labelkit.domain.facts import ImageFacts
from labelkit.domain.formats import PILLOW_FORMATS
from labelkit.engines.engine import Lost
from labelkit.engines.local import LocalWorkers
from labelkit.imaging.probe import probe
from labelkit.imaging.silence import silenced, unlogged
from tests.imaging.jpegs import cut_out, drawing

Encode = Callable[[Image.Image], bytes]

SECONDS = 5.0
"""CPU time that one file may take."""

_COMPARED = 10_000_000
"""Pixels: larger ones are decoded once, not twice."""

_LIMITS = ("million pixels", "larger than")
"""Words of a refusal that is ours and not the decoder's."""


def _as(kind: str, mode: str = "RGB", **options: object) -> Encode:
    def encode(image: Image.Image) -> bytes:
        out = io.BytesIO()
        image.convert(mode).save(out, kind, **options)
        return out.getvalue()

    return encode


def _deep(kind: str, **options: object) -> Encode:
    def encode(image: Image.Image) -> bytes:
        words = b"".join((v * 257).to_bytes(2, "little") for v in image.convert("L").tobytes())
        out = io.BytesIO()
        Image.frombytes("I;16", image.size, words).save(out, kind, **options)
        return out.getvalue()

    return encode


def _several(kind: str) -> Encode:
    def encode(image: Image.Image) -> bytes:
        more = [image.rotate(180), image.rotate(90)]
        return _as(kind, save_all=True, append_images=more)(image)

    return encode


def _ascii(image: Image.Image) -> bytes:
    rows = " ".join(map(str, image.convert("L").tobytes()))
    return f"P2\n# drawn\n{image.width} {image.height}\n255\n{rows}\n".encode()


KINDS: dict[str, Encode] = {
    "jpg": _as("JPEG"),
    "gray.jpg": _as("JPEG", "L"),
    "cmyk.jpg": _as("JPEG", "CMYK"),
    "progressive.jpg": _as("JPEG", progressive=True),
    "restart.jpg": _as("JPEG", restart_marker_rows=1),
    "mpo": _several("MPO"),
    "png": _as("PNG"),
    "palette.png": _as("PNG", "P"),
    "alpha.png": _as("PNG", "RGBA"),
    "deep.png": _deep("PNG"),
    "bmp": _as("BMP"),
    "palette.bmp": _as("BMP", "P"),
    "gif": _as("GIF"),
    "moving.gif": _several("GIF"),
    "tif": _as("TIFF"),
    "lzw.tif": _as("TIFF", compression="tiff_lzw"),
    "deflate.tif": _as("TIFF", compression="tiff_adobe_deflate"),
    "jpeg.tif": _as("TIFF", compression="jpeg"),
    "packbits.tif": _as("TIFF", "L", compression="packbits"),
    "fax.tif": _as("TIFF", "1", compression="group4"),
    "pages.tif": _several("TIFF"),
    "deep.tif": _deep("TIFF"),
    "webp": _as("WEBP"),
    "lossless.webp": _as("WEBP", lossless=True),
    "moving.webp": _several("WEBP"),
    "ppm": _as("PPM"),
    "pbm": _as("PPM", "1"),
    "ascii.pgm": _ascii,
}
"""Name of a kind, its end the suffix; and how a picture is written so."""


@lru_cache(maxsize=len(KINDS))
def whole(kind: str) -> bytes:
    """An intact file of a kind: 64 x 48 pixels."""
    return KINDS[kind](cut_out(drawing(kind), (64, 48), pool=1))


def mutated(data: bytes, rng: random.Random) -> bytes:
    """A few bytes altered, anywhere or in the head; now and then cut, doubled, or with a piece taken out."""
    out = bytearray(data)
    reach = len(out) if rng.random() < 0.5 else min(len(out), 200)
    for _ in range(rng.randint(1, 8)):
        out[rng.randrange(reach)] = rng.choice([0, 1, 0x7F, 0x80, 0xFE, 0xFF, rng.randrange(256)])
    way, at = rng.random(), rng.randrange(len(out))
    if way < 0.1:
        return bytes(out[:at])
    if way < 0.2:
        return bytes(out[:at] + out[at // 2 :])
    if way < 0.25:
        return bytes(out[:at] + out[at + rng.randint(1, 40) :])
    return bytes(out)


def pillow_says(data: bytes) -> str:
    """Why Pillow does not decode all of it, in the formats that Keras' loaders and we let it; "" when it does."""
    try:
        with warnings.catch_warnings(), silenced(), unlogged():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=PILLOW_FORMATS) as image:
                image.load()
    except Exception as e:  # noqa: BLE001 - whatever a decoder raises on damaged bytes
        return str(e) or type(e).__name__
    return ""


def quarrel(facts: ImageFacts, data: bytes, seconds: float) -> str:
    """What is wrong with a verdict; empty when nothing is."""
    told = [facts.fault, facts.damage, facts.suspected]
    if seconds > SECONDS:
        return f"took {seconds:.1f} s"
    if facts.size != len(data) or len(facts.sha256) != 64:
        return "size or hash are not those of the bytes"
    if sum(map(bool, told)) > 1:
        return f"more than one verdict: {told}"
    limited = any(words in facts.fault for words in _LIMITS) or facts.width * facts.height > _COMPARED
    return "" if limited else _beside_pillow(facts, data)


def _beside_pillow(facts: ImageFacts, data: bytes) -> str:
    said = pillow_says(data)
    if said and facts.readable and not facts.damage:
        return f"told readable, but Pillow says: {said}"
    if not said and not facts.readable:
        return f"told unreadable ({facts.fault}), but Pillow decodes it"
    return ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mutated file: its kind, what was told, and what is wrong with that."""

    kind: str
    verdict: str
    quarrel: str


def judge(number: int, seed: int) -> Outcome:
    """Mutate and judge one file; number and seed make it again."""
    kind = list(KINDS)[number % len(KINDS)]
    data = mutated(whole(kind), drawing(f"{seed} {number}"))
    began = time.process_time()
    facts = probe(f"{number}.{kind}", data)
    spent = time.process_time() - began
    said = {"unreadable": facts.fault, "damaged": facts.damage, "suspected": facts.suspected}
    verdict = next((name for name, why in said.items() if why), "intact")
    return Outcome(kind, verdict, quarrel(facts, data, spent))


@dataclass(frozen=True)
class Judge:
    """A worker's share: numbers in, outcomes out."""

    seed: int

    def __call__(self, numbers: Sequence[int]) -> list[Outcome]:
        return [judge(number, self.seed) for number in numbers]


def main() -> int:
    """Run it all and print it; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    counts: Counter[tuple[str, str]] = Counter()
    faults: list[str] = []
    shards = [range(i, min(i + 100, asked.count)) for i in range(0, asked.count, 100)]
    with closing(LocalWorkers(asked.jobs)) as engine:
        for receipt in engine.run(Judge(asked.seed), shards):
            for number, result in zip(shards[receipt.shard], receipt.results, strict=True):
                why = result.reason if isinstance(result, Lost) else result.quarrel
                faults += [f"number {number}, seed {asked.seed}: {why}"] if why else []
                if not isinstance(result, Lost):
                    counts[result.kind, result.verdict] += 1
    verdicts = ("unreadable", "damaged", "suspected", "intact")
    _say(f"{'':18}" + "".join(f"{v:>12}" for v in verdicts))
    for kind in KINDS:
        _say(f"{kind:18}" + "".join(f"{counts[kind, v]:12,}" for v in verdicts))
    _say("\n".join([f"{sum(counts.values()):,} files, {len(faults)} faults", *faults[:20]]))
    return 1 if faults else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    from tests.imaging import mutations  # workers know the classes of this file by its own name only

    sys.exit(mutations.main())
