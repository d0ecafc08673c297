"""Near-duplicates: which images show the same picture in other bytes, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from labelkit.domain.shots import Shot, ShotLook


class Turn(StrEnum):
    """How the second image of a pair must be turned to lie on the first; the order is that of `TURNED_HASHES`."""

    NONE = ""
    MIRRORED = "mirrored left to right"
    FLIPPED = "mirrored top to bottom"
    HALF = "half turn"
    TRANSPOSED = "mirrored along the diagonal"
    QUARTER_LEFT = "quarter turn to the left"
    QUARTER_RIGHT = "quarter turn to the right"
    TRANSVERSE = "mirrored across the diagonal"

    @property
    def inverse(self) -> Turn:
        """What takes the turn back."""
        return _BACK.get(self, self)


_BACK = {Turn.QUARTER_LEFT: Turn.QUARTER_RIGHT, Turn.QUARTER_RIGHT: Turn.QUARTER_LEFT}


@dataclass(frozen=True, slots=True)
class Nominee:
    """Two contents whose perceptual hashes are alike: not yet a verdict.

    Attributes:
        first, second: paths, first < second; where several files have one content, the first of them.
        bits: in how many of 64 bits their hashes differ, the second one turned.
        turn: how the second is turned.

    """

    first: str
    second: str
    bits: int
    turn: Turn = Turn.NONE


@dataclass(frozen=True, slots=True)
class NearPair:
    """Two contents that show the same picture, by their pixels.

    Attributes:
        first, second, bits, turn: as in `Nominee`.
        distance: how far apart the pixels are (`imaging/likeness.py`), 0 (the same) to 1 (unrelated).
        shot: whether it is one exposure, where the set shows one scene again and again.
        match: how much of the noise of one is in the other, -1 to 1; 0 where nobody looked.

    """

    first: str
    second: str
    bits: int
    turn: Turn
    distance: float
    shot: Shot = Shot.UNASKED
    match: float = 0.0


@dataclass(frozen=True, slots=True)
class Cut:
    """Up to which distance two pictures are called the same.

    Attributes:
        distance: the cut, in the unit of `NearPair.distance`.
        typical: the median distance of two pictures of one scene, drawn at random; 0 where there is no such scene.
        drawn: how many such pairs were looked at.

    """

    distance: float
    typical: float = 0.0
    drawn: int = 0

    @property
    def fixed_camera(self) -> bool:
        """Whether the set shows one scene again and again, so that the cut was learned from it."""
        return self.drawn > 0


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """What was found in one set of images.

    Attributes:
        pairs: by first, then second path; files of the same bytes are one content, told by its first path.
        sets: images that are all near-duplicates of each other, never chains; paths sorted, two or more contents each;
            every file of a content is in it. Sets do not overlap.
        cut: up to which distance.
        nominated: pairs whose pixels were compared.
        unseen: pairs with like hashes whose pixels were not compared, because both images have so many.
        crowded: images that have more pairs than are compared.
        reach: up to how many differing bits pairs were looked for.
        plain: pictures with so little in them that a copy cannot be told from another shot.
        missing: pictures that could not be had any more.
        others: pairs within the cut that are no near-duplicates all the same: another shot of the same scene.
        shots: how shots were told apart.

    """

    pairs: tuple[NearPair, ...] = ()
    sets: tuple[tuple[str, ...], ...] = ()
    cut: Cut = Cut(0.0)
    nominated: int = 0
    unseen: int = 0
    crowded: int = 0
    reach: int = 0
    plain: int = 0
    missing: int = 0
    others: tuple[NearPair, ...] = ()
    shots: ShotLook = field(default_factory=ShotLook)
