"""Which images shortcuts are looked for in, in an order that follows from their content; or why none can be."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import nsmallest
from itertools import islice

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.nuisances import Subject
from labelkit.auditing.population import content_of, facts_of
from labelkit.auditing.verdict import listed
from labelkit.domain.parts import class_of

LEAST = 20
"""Readable images of a class; with fewer, chance alone tells too much."""

MOST_CLASSES = 50
"""The largest ones; with more the search would take minutes."""

MOST_IMAGES = 100_000
"""Of all classes together; more make no area more certain than its third digit."""


def why_no_shortcuts(evidence: Evidence) -> str:
    """Why shortcuts cannot be looked for; empty when they can."""
    counts = {name: sum(1 for _ in islice(_readable(evidence, name), LEAST)) for name in evidence.images}
    if sum(n == LEAST for n in counts.values()) > 1:
        return ""
    filled = {name: n for name, n in counts.items() if n}
    if len(filled) < 2:  # noqa: PLR2004 - one class cannot be told from itself
        return "there is one class only" if filled else "there is no readable image"
    few = [f"{name} {n:,}" for name, n in filled.items() if n < LEAST]
    return f"two classes of at least {LEAST} readable images are needed ({listed(few)})"


def subject(evidence: Evidence) -> Subject:
    """The images of the classes that have enough of them, sorted by content."""
    held = {name: nsmallest(MOST_IMAGES, _readable(evidence, name)) for name in evidence.images}
    enough = sorted((n for n in held if len(held[n]) >= LEAST), key=lambda n: (-len(held[n]), n))[:MOST_CLASSES]
    classes = [name for name in held if name in enough]
    room = _room([len(held[name]) for name in classes])
    chosen = sorted((*image, c) for c, name in enumerate(classes) for image in held[name][: room[c]])
    paths = [path for _, path, _ in chosen]
    below = _below(evidence, frozenset(paths))
    facts = facts_of(evidence, paths)
    return Subject(paths, [below[p] for p in paths], [c for *_, c in chosen], classes, facts, evidence.columns)


def left_out(evidence: Evidence, seen: Subject) -> str:
    """What was not looked at, in words; empty when everything was."""
    others = [name for name, paths in evidence.images.items() if paths and name not in seen.classes]
    told = []
    if others:
        why = f"fewer than {LEAST} images, or beyond the {MOST_CLASSES} largest classes"
        told.append(f"without {listed(others)} ({why})")
    images = sum(len(evidence.images[name]) for name in seen.classes)
    if MOST_IMAGES <= len(seen.paths) < images:
        told.append(f"a sample of {images:,}")
    return "; ".join(told)


def _readable(evidence: Evidence, name: str) -> Iterator[tuple[str, str]]:
    """Content and path of the readable images of a class."""
    for path in evidence.images[name]:
        sha256 = content_of(evidence, path)
        if sha256 is not None:
            yield sha256, path


def _room(sizes: list[int]) -> list[int]:
    """How many images of each class are looked at: all of small classes, equally many of the others."""
    room, left = [0] * len(sizes), MOST_IMAGES
    for place, i in enumerate(sorted(range(len(sizes)), key=sizes.__getitem__)):
        room[i] = min(sizes[i], left // (len(sizes) - place))
        left -= room[i]
    return room


def _below(evidence: Evidence, chosen: frozenset[str]) -> dict[str, str]:
    """Path from the base folder to the path below the class folder, of chosen images."""
    return {
        path: image.path[len(class_of(image.path)) + 1 :]
        for part in evidence.parts
        for image in part.images
        if (path := part.part.prefixed(image.path)) in chosen
    }
