"""Images that loaders turn into other pixels than a person sees: 16 bits, alpha, CMYK, EXIF rotation, frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.population import how_many, paths_of, readable
from labelkit.auditing.verdict import Verdict, counted
from labelkit.domain.facts import ImageFacts
from labelkit.domain.findings import Severity

_TWELVE_BITS = 4096 / 65536
"""Twelve bits in a file of sixteen fill so much of its range."""

_FEW_CLASSES = 4
"""More classes than this do not fit a sentence."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """Images that loaders do not agree on: which, what is said of them, and what to do."""

    has: Callable[[ImageFacts], bool]
    told: str
    remedy: str
    severity: Severity = Severity.WARNING


_KINDS = (
    _Kind(
        lambda fact: fact.mode.startswith("I"),
        "hold 16 bits or more: flow_from_directory, and torchvision, cut every value at 255 (nearly all white); "
        "image_dataset_from_directory keeps the upper 8 bits; labelkit's generator scales the whole range",
        "save them with 8 bits, every one by the same rule, or train by labelkit's generator",
    ),
    _Kind(
        lambda fact: fact.mode == "F",
        "hold floating point numbers: flow_from_directory cuts 0.0-1.0 down to 0 and 1, other loaders refuse them",
        "save them with 8 or 16 bits, every one by the same rule",
    ),
    _Kind(
        lambda fact: fact.transparent,
        "can be seen through: Keras' loaders drop the alpha channel, so that the colour hidden under it is learnt; "
        "labelkit's generator shows black there",
        "save them without alpha, over one background",
    ),
    _Kind(
        lambda fact: fact.orientation != 1 and fact.format != "TIFF",
        "are turned by an EXIF mark only: people, labelkit's generator and Hugging Face see them upright, "
        "Keras' loaders, torchvision and timm as they are stored",
        "turn the pixels themselves (ImageOps.exif_transpose) and drop the mark",
    ),
    _Kind(
        lambda fact: fact.mode == "CMYK",
        "are CMYK: turned into RGB without their colour profile; image_dataset_from_directory(color_mode='grayscale') "
        "stops at them",
        "save them as RGB",
        Severity.INFO,
    ),
    _Kind(
        lambda fact: fact.frames > 1,
        "hold several frames: every loader reads the first and drops the others",
        "save the frames that matter as images of their own",
        Severity.INFO,
    ),
)
"""As seen with Keras 3.15, TensorFlow 2.21, Pillow 13, torchvision 0.29, Hugging Face datasets 5.2 and timm 1.0.

TIFF stands apart from EXIF: Pillow turns it itself, and image_dataset_from_directory does not read it.
"""


def mixed_modes(evidence: Evidence) -> Iterator[Verdict]:
    """One verdict for each kind that loaders do not agree on, then gray among coloured ones.

    No thresholds: one image of a kind is enough. Source: keras-team/keras#4486, #13023 and #10437 (16 bits),
    tensorflow/tensorflow#49834 (EXIF). Remedy: one mode for all, made by one stated rule.
    """
    seen = readable(evidence)
    for kind in _KINDS:
        facts = [fact for fact in seen if kind.has(fact)]
        if facts:
            yield Verdict(
                f"{how_many(len(facts), len(seen))} {kind.told}{_dark(facts)}",
                remedy=kind.remedy,
                files=paths_of(facts),
                numbers={"images": len(facts)},
                severity=kind.severity,
            )
    yield from _several(evidence, seen)


def _dark(facts: list[ImageFacts]) -> str:
    """Twelve bits kept in sixteen: what the upper eight of them make of it."""
    pixels = [fact.pixels for fact in facts if fact.mode.startswith("I") and fact.pixels is not None]
    if pixels and all(p.p99 <= _TWELVE_BITS for p in pixels):
        return "; these use the lowest sixteenth of their range only, so that the upper 8 bits are nearly black"
    return ""


def _several(evidence: Evidence, seen: list[ImageFacts]) -> Iterator[Verdict]:
    """Gray among colour: RGB files that hold gray only come out of every loader as gray files do, and count so."""
    pixels = [(fact.path, fact.pixels.gray) for fact in seen if fact.pixels is not None]
    gray = tuple(path for path, is_gray in pixels if is_gray)
    colour = tuple(path for path, is_gray in pixels if not is_gray)
    if gray and colour:
        yield Verdict(
            f"{counted(len(gray), 'image')} gray and {len(colour):,} coloured{_by_class(evidence, frozenset(colour))}: "
            "loaders make RGB of all, and where colour goes with a class it gives that class away",
            remedy="save all of them gray, or take all of them in colour",
            files=min(gray, colour, key=len),
            numbers={"gray": len(gray), "colour": len(colour)},
            severity=Severity.INFO,
        )


def _by_class(evidence: Evidence, colour: frozenset[str]) -> str:
    """How many are coloured in each class, of a few classes."""
    if not 2 <= len(evidence.images) <= _FEW_CLASSES:  # noqa: PLR2004 - one class has no other
        return ""
    told = [
        f"{name} {sum(path in colour for path in paths):,} of {len(paths):,}" for name, paths in evidence.images.items()
    ]
    return f" ({', '.join(told)})"
