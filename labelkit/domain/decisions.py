"""What becomes of an image: its state, its label, and who decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from hashlib import blake2b
from types import MappingProxyType
from typing import NamedTuple

_NO_TEXTS: Mapping[str, str] = MappingProxyType({})
_NO_NUMBERS: Mapping[str, float] = MappingProxyType({})


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


class ImageKey(NamedTuple):
    """What an image is called: the root of its source and its POSIX path below it.

    A tuple, because a sort looks up each of its keys a dozen times: a tuple is hashed and compared without Python code.

    Attributes:
        root: absolute path of the source folder.
        path: POSIX path relative to it; bytes that are no text as lone surrogates.

    """

    root: str
    path: str


class Decision(NamedTuple):
    """One decision about one image, as it is recorded; a later one supersedes it, none is ever changed.

    A tuple, because a first sort records one for every image.

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
        more_rows: the values of further rows, where several speak of the image.
        places: where each of these rows stood then (`metadata.csv:41`); it moves with the table and says nothing new.
        digest: of what it rests on, see `digest_of`, where that is known; empty makes it when it is asked for.

    """

    image: ImageKey
    state: State
    label: str | None
    by: DecidedBy
    name: str = ""
    why: str = ""
    votes: tuple[tuple[str, str], ...] = ()
    row: Mapping[str, str] = _NO_TEXTS
    features: Mapping[str, float] = _NO_NUMBERS
    more_rows: tuple[Mapping[str, str], ...] = ()
    places: tuple[str, ...] = ()
    digest: bytes = b""

    @property
    def rows(self) -> tuple[Mapping[str, str], ...]:
        """Every row that speaks of the image."""
        return (self.row, *self.more_rows) if self.row else self.more_rows

    @property
    def decided(self) -> Decided:
        """What it says, with a digest in place of what it rests on."""
        rests_on = self.digest or digest_of(told_votes(self.votes), [told_row(row) for row in self.rows], self.features)
        return Decided(self.state, self.label, self.by, self.name, self.why, rests_on)

    def says_as(self, other: Decision) -> bool:
        """Whether both say the same, so that nothing new needs to be recorded."""
        return self.decided == other.decided


class Decided(NamedTuple):
    """What was decided of an image, without what that rests on: enough to tell whether anything is new.

    Attributes:
        state, label, by, name, why: as in `Decision`.
        rests_on: 16 bytes of BLAKE2b over votes, rows and features, see `digest_of`.

    """

    state: State
    label: str | None
    by: DecidedBy
    name: str
    why: str
    rests_on: bytes


def told_votes(votes: tuple[tuple[str, str], ...]) -> str:
    """Votes as the text that is digested."""
    return ascii(votes)


def told_row(row: Mapping[str, str]) -> str:
    """A row as the text that is digested: its columns in text order, then its cells in that order."""
    names = sorted(row)
    return f"{names!a}{tuple([row[n] for n in names])!a}"


def told_rows(columns: Mapping[str, Sequence[str]]) -> Callable[[int], str]:
    """The same of any row of a table, by its index."""
    names = sorted(columns)
    head = ascii(names)
    cells = list(zip(*(columns[n] for n in names), strict=True))
    return lambda row: f"{head}{cells[row]!a}"


def digest_of(votes: str, rows: Sequence[str], features: Mapping[str, float]) -> bytes:
    """16 bytes of BLAKE2b over everything that a decision rests on.

    Args:
        votes: from `told_votes`.
        rows: from `told_row`, in the order of the table.
        features: the image features that were looked at.

    """
    numbers = ascii([(name, float(features[name])) for name in sorted(features)]) if features else ""
    return blake2b("\n".join([votes, *rows, numbers]).encode()).digest()[:16]
