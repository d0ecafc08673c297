"""Votes as columns: one column a rule, one code an image, and the reason wherever there is no label."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

ABSTAINED = -1
"""The rule has no opinion."""
NO_VALUE = -2
"""The rule could not be asked: a value it needs is missing."""
FAILED = -3
"""The rule raised, returned something that is no vote, or its image cannot be decoded."""
SPLIT = -4
"""The image's own rows vote for different labels."""


class VoteKind(StrEnum):
    """What kind of source casts a vote."""

    FUNCTION = "function"
    EXPRESSION = "expression"
    COLUMN = "column"
    VERDICT = "verdict"
    """A person's answer."""
    MODEL = "model"
    """A model's prediction."""


@dataclass(frozen=True, slots=True)
class VoteInputs:
    """What one rule looks at, so that a vote can be explained and asked again.

    Attributes:
        columns: the metadata columns that it names.
        features: image feature that is a number to type 'd', one an image; NaN where the rule was not asked or the
            feature is none.
        kinds: column to `int`, `float` or `text`, for every column, where the rule is handed whole rows: in a row alone
            it cannot be told that '7' stands in a column of text.

    """

    columns: tuple[str, ...] = ()
    features: Mapping[str, array[float]] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VoteColumn:
    """The votes of one rule on all images.

    Attributes:
        name: of the rule; unique in a run.
        kind: what it is.
        priority: a higher number decides over lower ones.
        labels: label names; codes from 0 index it.
        codes: type 'h', one an image: a label's index, or ABSTAINED, NO_VALUE, FAILED, SPLIT.
        reasons: image index to why there is no label ("no value: score"; for FAILED the error and its lines).
        place: `file:line` of the rule, or the option that gave it.
        inputs: what it looks at.
        said: what was settled while it was asked, one line each.
        seconds: what asking it took, where that was timed, without reading and decoding images.
        asked: how many records that was; 0 where it was not timed.

    """

    name: str
    kind: VoteKind
    priority: int
    labels: tuple[str, ...]
    codes: array[int]
    reasons: Mapping[int, str] = field(default_factory=dict)
    place: str = ""
    inputs: VoteInputs = field(default_factory=VoteInputs)
    said: tuple[str, ...] = ()
    seconds: float = 0.0
    asked: int = 0

    def label(self, image: int) -> str | None:
        """The label voted for, or None."""
        code = self.codes[image]
        return self.labels[code] if code >= 0 else None


@dataclass(frozen=True, slots=True)
class Records:
    """Which row speaks of which image: one record is an image with one of its rows.

    An image without a row has one record with row -1; an image with several rows has as many records.

    Attributes:
        images: how many images there are.
        image: type 'l', image index of each record, ascending.
        row: type 'l', row index of each record, or -1.

    """

    images: int
    image: array[int]
    row: array[int]

    @classmethod
    def of(cls, images: int, pairs: Iterable[tuple[int, int]]) -> Records:
        """Make records of (image index, row index) pairs; images that no pair names get row -1.

        Raises:
            ValueError: an image index out of range.

        """
        given = sorted(pairs)
        if given and not 0 <= given[0][0] <= given[-1][0] < images:
            raise ValueError(f"a record names image {given[0][0]} or {given[-1][0]}, but there are {images} images")
        named = {image for image, _ in given}
        if len(named) < images:
            given = sorted([*given, *((i, -1) for i in range(images) if i not in named)])
        return cls(images, array("l", [i for i, _ in given]), array("l", [r for _, r in given]))

    def __len__(self) -> int:
        return len(self.image)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(zip(self.image, self.row, strict=True))

    @property
    def one_each(self) -> bool:
        """Whether record i is image i: no image has several rows."""
        return len(self.image) == self.images


def fold(
    codes: Sequence[int],
    reasons: Mapping[int, str],
    records: Records,
    *,
    labels: Sequence[str],
    place: Callable[[int], str],
) -> tuple[array[int], dict[int, str]]:
    """From votes on records to votes on images.

    A failure on one row is the image's; equal labels are one vote; different labels are SPLIT; a label beats an
    abstention; a missing value beats "no opinion", because it says why.

    Args:
        codes: one a record.
        reasons: record index to reason.
        records: which record is of which image.
        labels: what codes from 0 mean.
        place: where a row stands, for the reason of SPLIT ("metadata.csv:41").

    Returns:
        codes and reasons by image.

    """
    if records.one_each:
        return array("h", codes), dict(reasons)
    out, why = array("h", [ABSTAINED]) * records.images, {}
    for image, members in _members(records):
        code, reason = _folded(members, codes, reasons, lambda i: _said(i, codes, labels, records, place))
        out[image] = code
        if reason:
            why[image] = reason
    return out, why


def _members(records: Records) -> Iterator[tuple[int, list[int]]]:
    """(image, its record indices); records of one image stand together."""
    start = 0
    while start < len(records):
        end = start
        while end < len(records) and records.image[end] == records.image[start]:
            end += 1
        yield records.image[start], list(range(start, end))
        start = end


def _folded(
    members: list[int], codes: Sequence[int], reasons: Mapping[int, str], said: Callable[[int], str]
) -> tuple[int, str]:
    cast = {codes[i]: i for i in reversed(members)}
    if FAILED in cast:
        return FAILED, reasons.get(cast[FAILED], "")
    voted = sorted((i, code) for code, i in cast.items() if code >= 0)
    if len(voted) > 1:
        return SPLIT, "its rows disagree: " + ", ".join(said(i) for i, _ in voted)
    if voted:
        return voted[0][1], ""
    code = NO_VALUE if NO_VALUE in cast else ABSTAINED
    return code, reasons.get(cast[code], "")


def _said(
    record: int, codes: Sequence[int], labels: Sequence[str], records: Records, place: Callable[[int], str]
) -> str:
    return f"{place(records.row[record])} says {labels[codes[record]]}"
