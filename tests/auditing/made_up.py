"""Made-up facts: images that nobody drew, whose numbers are noise but for what is planted."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from labelkit.auditing.nuisances import Subject
from labelkit.domain.facts import ImageFacts, JpegFacts, PixelFacts

NOISY = ("brightness", "contrast", "sharpness", "red", "green", "blue", "border", "border_contrast")
"""The pixel facts that differ from image to image; the others are 0."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is made up: so many images, a share of rejects, and by how much `planted` is larger for a reject."""

    images: int = 400
    share: float = 0.5
    planted: str = "brightness"
    by: float = 0.0


def made_up(seed: int, plan: Plan) -> Subject:
    """Images of GO and NG, in the order of their content."""
    rng = np.random.default_rng(seed)
    ng = rng.permutation(plan.images) < round(plan.images * plan.share)
    pixels = rng.random((plan.images, len(NOISY)))
    pixels[:, NOISY.index(plan.planted)] += plan.by * ng
    pairs = [(_facts(rng, pixels[i]), int(ng[i])) for i in range(plan.images)]
    pairs.sort(key=lambda pair: pair[0].sha256)
    facts = [fact for fact, _ in pairs]
    paths = [fact.path for fact in facts]
    return Subject(paths, [p.partition("/")[2] for p in paths], [label for _, label in pairs], ("GO", "NG"), facts)


def of(fact: ImageFacts, *, sharpness: float, brightness: float = 0.5) -> ImageFacts:
    """The same image with another sharpness and brightness."""
    assert fact.pixels is not None
    return replace(fact, pixels=replace(fact.pixels, sharpness=sharpness, brightness=brightness))


def _facts(rng: np.random.Generator, pixels: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> ImageFacts:
    still: dict[str, float] = {f.name: 0.0 for f in fields(PixelFacts) if f.type == "float"}
    moving = dict(zip(NOISY, pixels.tolist(), strict=True))
    day, hour, minute = (int(rng.integers(*span)) for span in ((1, 28), (0, 24), (0, 60)))
    return ImageFacts(
        path=f"class/{int(rng.integers(10**9)):09}.jpg",
        size=int(rng.integers(1_000, 90_000)),
        sha256=rng.bytes(32).hex(),
        format="JPEG",
        mode="RGB",
        width=200,
        height=200,
        bits=8,
        modified=f"2026-03-{day:02}T{hour:02}:{minute:02}:00.000Z",
        pixels=PixelFacts(scale=1, gray=False, digest="", phash="0" * 16, **(still | moving)),
        jpeg=JpegFacts(int(rng.integers(80, 95)), True, str(rng.integers(3)), "4:2:0", False),
    )
