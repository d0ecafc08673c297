"""What becomes of an image: its state, its label, and who decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """The state of one image after voting; never folded into each other. *Held* is every state but labeled."""

    LABELED = "labeled"
    ABSTAINED = "abstained"
    CONFLICT = "conflict"
    ERROR = "error"
    UNLISTED = "unlisted"
    """Metadata was given, no row of it speaks of the image, and nothing voted."""


class DecidedBy(StrEnum):
    """The kinds of source a decision comes from."""

    RULE = "rule"
    COLUMN = "label-column"
    VERDICT = "verdict"
    """A person's answer, handed in as a table."""
    MODEL = "model"
    """A model's prediction, handed in as a file."""
    PERSON = "person"
    """A person dragged the file into another class folder."""
    FALLBACK = "fallback"
    """`--on-abstain label:X` or `--on-conflict label:X`."""
    NOBODY = "nobody"
    """The image is held."""


@dataclass(frozen=True, slots=True)
class ImageKey:
    """What an image is called: the root of its source and its POSIX path below it.

    Attributes:
        root: absolute path of the source folder.
        path: POSIX path relative to it; bytes that are no text as lone surrogates.

    """

    root: str
    path: str


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision about one image, as it is recorded; a later one supersedes it, none is ever changed.

    Attributes:
        image: which image.
        state: what became of it.
        label: the class; None when held.
        by: the kind of source that decided.
        name: the labeling function, column or file that decided; empty when nobody did.
        why: one line for a person ("no value: score", "by_score says NG, verdict says GO").
        votes: (source name, label or reason) pairs, every vote that was cast.
        row: the metadata values the votes rest on.
        features: the image features (numbers) the votes rest on.

    """

    image: ImageKey
    state: State
    label: str | None
    by: DecidedBy
    name: str = ""
    why: str = ""
    votes: tuple[tuple[str, str], ...] = ()
    row: dict[str, str] = field(default_factory=dict)
    features: dict[str, float] = field(default_factory=dict)

    def says_as(self, other: Decision) -> bool:
        """Whether both say the same, so that nothing new needs to be recorded."""
        return (self.state, self.label, self.by, self.name, self.why, self.votes, self.row, self.features) == (
            other.state,
            other.label,
            other.by,
            other.name,
            other.why,
            other.votes,
            other.row,
            other.features,
        )
