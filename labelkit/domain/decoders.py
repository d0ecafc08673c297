"""What two decoders make of the same files: Pillow's pixels beside TensorFlow's."""

from __future__ import annotations

from dataclasses import dataclass

NOT_ASKED = "only with --decoders: it starts TensorFlow, which takes some seconds"


@dataclass(frozen=True, slots=True)
class DecodedTwice:
    """One file, decoded by both.

    Attributes:
        path: POSIX path relative to the base folder.
        pillow, tensorflow: why that decoder refused it; empty when it did not.
        largest: the largest difference of two values, in gray levels, 0 to 255.
        mean: the mean difference, in gray levels.
        shapes: how large each found it ("300 x 200, 200 x 300"); empty where they agree.

    """

    path: str
    pillow: str = ""
    tensorflow: str = ""
    largest: int = 0
    mean: float = 0.0
    shapes: str = ""


@dataclass(frozen=True, slots=True)
class DecoderTrial:
    """The comparison of a sample.

    Attributes:
        files: what became of each, by path.
        why_not: why nothing was compared; empty when it was.

    """

    files: tuple[DecodedTwice, ...] = ()
    why_not: str = NOT_ASKED
