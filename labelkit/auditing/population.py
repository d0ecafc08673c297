"""All images that could be read, as a whole: what a check says of one is told beside how many there are."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import cast

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.verdict import counted
from labelkit.domain.fact_table import FactTable
from labelkit.domain.facts import ImageFacts, PixelFacts

_WIDESPREAD = 0.5
"""From this share on, what is seen is a property of the set: its camera, its light, its export."""


def in_order(evidence: Evidence) -> Sequence[ImageFacts]:
    """The facts of every image, by path."""
    if isinstance(evidence.facts, FactTable):
        return evidence.facts.in_order()
    return tuple(fact for _, fact in sorted(evidence.facts.items()))


def readable(evidence: Evidence) -> Sequence[ImageFacts]:
    """The facts of every image that was decoded, by path; of very many each is made as it is looked at."""
    if isinstance(evidence.facts, FactTable):
        return evidence.facts.readable()
    return [fact for _, fact in sorted(evidence.facts.items()) if fact.readable]


def copied(evidence: Evidence) -> dict[str, str]:
    """Path to SHA-256, of the decoded images whose bytes another one has too; of millions only these are held."""
    return _repeated(lambda: _contents(evidence))


def pictured(evidence: Evidence) -> dict[str, str]:
    """Path to digest, of the images that show the same small picture as another; of millions only these are held."""
    return _repeated(lambda: _digests(evidence))


def _repeated(keys: Callable[[], Iterable[tuple[str, str]]]) -> dict[str, str]:
    """Path to key, of the paths whose key another one has too; empty keys are alike to none."""
    import numpy as np

    hashes = np.fromiter((hash(key) for _, key in keys() if key), dtype=np.int64)
    hashes.sort()
    repeated = frozenset(hashes[1:][hashes[1:] == hashes[:-1]].tolist())
    held = {path: key for path, key in keys() if key and hash(key) in repeated}
    counts = Counter(held.values())
    return {path: key for path, key in held.items() if counts[key] > 1}


def _digests(evidence: Evidence) -> Iterable[tuple[str, str]]:
    if isinstance(evidence.facts, FactTable):
        digests = cast("Iterator[str]", evidence.facts.judged_values("digest"))
        return zip(evidence.facts.judged_paths(), digests, strict=True)
    return ((path, pixels.digest) for path, pixels in judged(evidence))


def _contents(evidence: Evidence) -> Iterator[tuple[str, str]]:
    if isinstance(evidence.facts, FactTable):
        return evidence.facts.contents()
    return ((path, fact.sha256) for path, fact in evidence.facts.items() if fact.readable)


def judged(evidence: Evidence) -> Sequence[tuple[str, PixelFacts]]:
    """Path and pixel facts of every image that has them, by path."""
    if isinstance(evidence.facts, FactTable):
        return evidence.facts.judged()
    return [(fact.path, fact.pixels) for fact in readable(evidence) if fact.pixels is not None]


def content_of(evidence: Evidence, path: str) -> str | None:
    """The SHA-256 of an image that was decoded; None for one that was not."""
    if isinstance(evidence.facts, FactTable):
        return evidence.facts.content(path)
    fact = evidence.facts.get(path)
    return fact.sha256 if fact is not None and fact.readable else None


def facts_of(evidence: Evidence, paths: Sequence[str]) -> Sequence[ImageFacts]:
    """The facts of these images; of very many each is made as it is looked at."""
    if isinstance(evidence.facts, FactTable):
        return evidence.facts.chosen(paths)
    return [evidence.facts[path] for path in paths]


def judged_paths(evidence: Evidence) -> Sequence[str]:
    """The paths of `judged`, in its order."""
    if isinstance(evidence.facts, FactTable):
        return evidence.facts.judged_paths()
    return [path for path, _ in judged(evidence)]


def judged_numbers(evidence: Evidence, name: str) -> array[float]:
    """One number of the pixel facts of each image of `judged`, 8 bytes an image."""
    if isinstance(evidence.facts, FactTable):
        return array("d", cast("Iterator[float]", evidence.facts.judged_values(name)))
    return array("d", [getattr(pixels, name) for _, pixels in judged(evidence)])


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
