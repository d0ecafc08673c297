"""Images that loaders turn into other pixels than a person sees: 16 bits, alpha, CMYK, EXIF rotation, frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.population import how_many, readable
from labelkit.auditing.verdict import Verdict, counted
from labelkit.domain.facts import ImageFacts
from labelkit.domain.findings import Severity

_TWELVE_BITS = 4096 / 65536
"""Twelve bits in a file of sixteen fill so much of its range."""

_FEW_CLASSES = 4
"""More classes than this do not fit a sentence."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """Images that loaders do not agree on: which, what is said of them, and what to do.

    `has` goes by mode, format, transparency, orientation and frames, and by nothing else.
    """

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
        lambda fact: fact.format == "BMP" and fact.mode == "P",
        "are BMP with a palette: flow_from_directory and labelkit's generator show its colours, "
        "image_dataset_from_directory takes the numbers of its entries for gray levels",
        "save them as RGB or gray",
    ),
    _Kind(
        lambda fact: fact.format == "BMP" and fact.mode == "1",
        "are BMP of one bit: image_dataset_from_directory stops at them",
        "save them with 8 bits",
    ),
    _Kind(
        lambda fact: fact.mode == "CMYK",
        "are CMYK: flow_from_directory, image_dataset_from_directory and labelkit's generator turn them into RGB "
        "without their colour profile; image_dataset_from_directory(color_mode='grayscale') stops at them",
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
    found = _sorted_out(seen)
    for kind, some in zip(_KINDS, found.kinds, strict=True):
        if some.paths:
            yield Verdict(
                f"{how_many(len(some.paths), len(seen))} {kind.told}{_dark(some)}",
                remedy=kind.remedy,
                files=tuple(some.paths),
                numbers={"images": len(some.paths)},
                severity=kind.severity,
            )
    yield from _several(evidence, found.gray, found.colour)


@dataclass(slots=True)
class _Some:
    """The images of one kind; the brightest p99 of those of sixteen bits, None where there are none."""

    paths: list[str] = field(default_factory=list)
    brightest: float | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """Images by kind, in the order of `_KINDS`, and by colour."""

    kinds: tuple[_Some, ...] = field(default_factory=lambda: tuple(_Some() for _ in _KINDS))
    gray: list[str] = field(default_factory=list)
    colour: list[str] = field(default_factory=list)


def _sorted_out(seen: Iterable[ImageFacts]) -> _Found:
    """In one pass; what kinds an image is of is asked once for all images that are alike in what decides it."""
    found = _Found()
    kinds_of: dict[tuple[object, ...], list[int]] = {}
    for fact in seen:
        alike = (fact.mode, fact.format, fact.transparent, fact.orientation, fact.frames)
        if alike not in kinds_of:
            kinds_of[alike] = [i for i, kind in enumerate(_KINDS) if kind.has(fact)]
        for i in kinds_of[alike]:
            some = found.kinds[i]
            some.paths.append(fact.path)
            if fact.mode.startswith("I") and fact.pixels is not None:
                some.brightest = max(some.brightest or 0.0, fact.pixels.p99)
        if fact.pixels is not None:
            (found.gray if fact.pixels.gray else found.colour).append(fact.path)
    return found


def _dark(some: _Some) -> str:
    """Twelve bits kept in sixteen: what the upper eight of them make of it."""
    if some.brightest is not None and some.brightest <= _TWELVE_BITS:
        return "; these use the lowest sixteenth of their range only, so that the upper 8 bits are nearly black"
    return ""


def _several(evidence: Evidence, gray: Sequence[str], colour: Sequence[str]) -> Iterator[Verdict]:
    """Gray among colour: RGB files that hold gray only come out of every loader as gray files do, and count so."""
    if gray and colour:
        yield Verdict(
            f"{counted(len(gray), 'image')} gray and {len(colour):,} coloured{_by_class(evidence, frozenset(colour))}: "
            "loaders make RGB of all, and where colour goes with a class it gives that class away",
            remedy="save all of them gray, or take all of them in colour",
            files=tuple(gray if len(gray) <= len(colour) else colour),
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
