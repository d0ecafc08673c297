"""Shots: whether two pictures that look the same are one exposure of the sensor, or two of the same scene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Shot(StrEnum):
    """What the sensor's noise says of two pictures that look the same."""

    SAME = "same_shot"
    """One exposure: the noise of one is in the other."""
    OTHER = "same_scene"
    """Two exposures of one scene: a copy would have been recognised, and this is none."""
    UNKNOWN = "unknown"
    """It cannot be told."""
    UNASKED = ""
    """Nobody looked: no fixed camera, or more pairs than are read."""


@dataclass(frozen=True, slots=True)
class NoiseMatch:
    """How much of the noise of one picture is in another.

    Attributes:
        match: the highest correlation of the two residuals over all shifts of up to an eighth of the side; -1 to 1.
        strength: of the fainter residual of the two: standard deviation in gray levels of 255, after resizing.

    """

    match: float
    strength: float


@dataclass(frozen=True, slots=True)
class NoiseTrial:
    """What became of copies of one image that were made to see whether copies can be recognised.

    Attributes:
        noise: of one pixel of the image as it is stored, in gray levels of 255.
        copies: each copy against its image: half size, JPEG quality 60, 8 % brighter, all three at once.

    """

    noise: float
    copies: tuple[NoiseMatch, ...]


@dataclass(frozen=True, slots=True)
class ShotScale:
    """What a set's own pictures say about telling shots apart in it.

    Attributes:
        cut: match from which on two pictures are one shot.
        noise: median noise of one pixel as stored, in gray levels of 255.
        power: share of trial copies above the cut: of half size, JPEG quality 60 or 8 % brighter, whichever is worst.
        copies: all trial copies: what a copy matches that has so much noise left.
        drawn: random pairs of one scene that the cut was learned from.
        why_not: why shots cannot be told apart in this set; empty when they can.

    """

    cut: float = 0.0
    noise: float = 0.0
    power: float = 0.0
    copies: tuple[NoiseMatch, ...] = ()
    drawn: int = 0
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class ShotLook:
    """What was looked at.

    Attributes:
        scale: how it was judged; None where nobody looked.
        read: pairs whose originals were read.
        unread: pairs that were not, because there are too many; the most similar were.

    """

    scale: ShotScale | None = None
    read: int = 0
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Original:
    """One image: where it is below the root, its SHA-256, and the name of its camera's pattern (empty for none)."""

    path: str
    sha256: str
    camera: str = ""


@dataclass(frozen=True, slots=True)
class Patterns:
    """What the noise of a camera has in common from shot to shot.

    Attributes:
        known: name to float16 values, shape (256, 256), as bytes.

    """

    known: Mapping[str, bytes]
