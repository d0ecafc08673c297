"""Which files two decoders are held against each other with: a few of every kind, and whatever is suspicious."""

from __future__ import annotations

from collections.abc import Iterable

from labelkit.auditing.verdict import counted
from labelkit.domain.facts import ImageFacts
from labelkit.domain.formats import suffix

_OF_A_KIND = 3
_MOST = 200

_READ_BY_BOTH = frozenset([".bmp", ".gif", ".jpeg", ".jpg", ".png"])
"""Suffixes that `image_dataset_from_directory` and `flow_from_directory` both take (Keras 3.15)."""


def decoder_sample(facts: Iterable[ImageFacts]) -> tuple[str, ...]:
    """Paths: every file with damage or a suspicion of it, then three of each kind; 200 at most, by path.

    A kind is what decides which code a decoder runs: format, mode, bits, passes, subsampling, orientation,
    transparency, frames. Files that could not be decoded at all are findings already.
    """
    seen = sorted((f for f in facts if f.readable and suffix(f.path) in _READ_BY_BOTH), key=lambda f: f.path)
    suspicious = [f.path for f in seen if f.damage or f.suspected]
    of_kind: dict[tuple[object, ...], list[str]] = {}
    for fact in seen:
        of_kind.setdefault(kind_of(fact), []).append(fact.path)
    few = [path for paths in of_kind.values() for path in paths[:_OF_A_KIND]]
    return tuple(sorted(list(dict.fromkeys([*suspicious, *few]))[:_MOST]))


def kind_of(fact: ImageFacts) -> tuple[object, ...]:
    """Equal for files that decoders treat alike."""
    how = (fact.jpeg.progressive, fact.jpeg.subsampling) if fact.jpeg is not None else ()
    turned = fact.orientation != 1
    return (fact.format, fact.mode, fact.bits, how, turned, fact.transparent, fact.frames > 1)


def told_kind(fact: ImageFacts) -> str:
    """The kind in a few words: 'BMP, mode P, 8 bits'."""
    jpeg = [("progressive" if fact.jpeg.progressive else ""), fact.jpeg.subsampling] if fact.jpeg is not None else []
    more = ["transparent" if fact.transparent else "", "turned by EXIF" if fact.orientation != 1 else ""]
    harm = ["damaged" if fact.damage else "suspected of damage" if fact.suspected else ""]
    return ", ".join(filter(None, [fact.format, f"mode {fact.mode}", counted(fact.bits, "bit"), *jpeg, *more, *harm]))
