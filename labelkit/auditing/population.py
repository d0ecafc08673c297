"""All images that could be read, as a whole: what a check says of one is told beside how many there are."""

from __future__ import annotations

from collections.abc import Sequence

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.verdict import counted
from labelkit.domain.facts import ImageFacts, PixelFacts

_WIDESPREAD = 0.5
"""From this share on, what is seen is a property of the set: its camera, its light, its export."""


def readable(evidence: Evidence) -> list[ImageFacts]:
    """The facts of every image that was decoded, by path."""
    return [fact for _, fact in sorted(evidence.facts.items()) if fact.readable]


def judged(evidence: Evidence) -> list[tuple[str, PixelFacts]]:
    """Path and pixel facts of every image that has them, by path."""
    return [(fact.path, fact.pixels) for fact in readable(evidence) if fact.pixels is not None]


def paths_of(facts: Sequence[ImageFacts]) -> tuple[str, ...]:
    """Their paths."""
    return tuple(fact.path for fact in facts)


def widespread(some: int, whole: int) -> bool:
    """Whether so many are no exception any more."""
    return some > whole * _WIDESPREAD


def how_many(some: int, whole: int) -> str:
    """'all 93 images', '61 of 93 images'; '1 of 1 images' is '1 image'."""
    if some == whole:
        return "1 image" if whole == 1 else f"all {whole:,} images"
    return f"{some:,} of {counted(whole, 'image')}"
