"""A person's answers from a table: which image each row speaks of, and which label its verdict is."""

from __future__ import annotations

import unicodedata
from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from labelkit.domain.decisions import ImageKey
from labelkit.domain.errors import DataError, MetadataError
from labelkit.domain.missing import is_missing
from labelkit.domain.names import did_you_mean, label_fault, shown
from labelkit.domain.table import Table
from labelkit.domain.votes import ABSTAINED, NO_VALUE, VoteColumn, VoteKind
from labelkit.sorting.answered_images import Places, images_of

_LISTED = 5


@dataclass(frozen=True, slots=True)
class GivenVotes:
    """What one file of answers says of the images.

    Attributes:
        name: the file, as given.
        kind: a person's verdicts or a model's predictions.
        labels: image index to label.
        whys: image index to where that stands, told to a person (`held.csv:3 says GO`).
        abstains: image index to why an answer is no vote.
        no_value: image index to why there is no answer that could be used.
        missing: (place, file as written) of answers whose image is not there.
        said: what a person should read of the file, one line each.
        place: the file that was read for it, where that is not the name.

    """

    name: str
    kind: VoteKind
    labels: Mapping[int, str]
    whys: Mapping[int, str]
    abstains: Mapping[int, str] = field(default_factory=dict)
    no_value: Mapping[int, str] = field(default_factory=dict)
    missing: tuple[tuple[str, str], ...] = ()
    said: tuple[str, ...] = ()
    place: str = ""

    def column(self, images: int, *, priority: int) -> VoteColumn:
        """The votes as a column."""
        names = tuple(sorted(set(self.labels.values())))
        index = {name: code for code, name in enumerate(names)}
        codes = array("h", [ABSTAINED]) * images
        for image in self.no_value:
            codes[image] = NO_VALUE
        for image, label in self.labels.items():
            codes[image] = index[label]
        reasons = {**self.no_value, **self.abstains}
        return VoteColumn(self.name, self.kind, priority, names, codes, reasons, self.place or self.name)


@dataclass(frozen=True, slots=True)
class KnownLabels:
    """The labels that a verdict may be.

    Attributes:
        names: all of them; a verdict is one, or one up to case, width, blanks and dots.
        classes: the class order as declared or recorded, for the hint that allows a new one.

    """

    names: tuple[str, ...]
    classes: tuple[str, ...] = ()

    def label(self, text: str) -> str | None:
        """The label that a cell means; empty where it says nothing; None for what is no label."""
        written, bare = text.strip(), _without_apostrophe(text.strip())
        if written in self.names or bare in self.names:
            return written if written in self.names else bare
        if is_missing(bare):
            return ""
        near = {_key(name): name for name in self.names if _key(name) in {_key(written), _key(bare)}}
        several = len([name for name in self.names if _key(name) in near]) > len(near)
        return None if several else near.get(_key(written)) or near.get(_key(bare))


def _key(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if not c.isspace() and c != ".")


def _without_apostrophe(text: str) -> str:
    """The text without the apostrophe that keeps it from being a formula: a spreadsheet may have taken it away."""
    return text.removeprefix("'")


def verdict_votes(table: Table, images: Sequence[ImageKey], known: KnownLabels, stands: Places) -> GivenVotes:
    """The verdicts of one file.

    Args:
        table: its rows; the columns `verdict` and one that names files are needed, `source` is used where it is there.
        images: all images, in order.
        known: the labels that a verdict may be.
        stands: where in base_dir each image stands.

    Raises:
        MetadataError: a column that is needed is not there, or a row fits several images.
        DataError: a verdict that is no label, or two rows that say different things of one image.

    """
    table = _plainly_named(table)
    labels = _labels(table, known)
    found, missing = images_of(table, images, stands)
    votes: dict[int, str] = {}
    whys: dict[int, str] = {}
    for row, image in sorted((r, i) for r, i in found.items() if labels[r]):
        why = whys.setdefault(image, f"{table.place(row)} says {labels[row]}")
        if votes.setdefault(image, labels[row]) != labels[row]:
            raise _contradicted(images[image], why, f"{table.place(row)} says {labels[row]}")
    said = (*table.said, _summary(table.name, votes, labels, len(missing)), *_read_as(table, labels))
    return GivenVotes(table.name, VoteKind.VERDICT, votes, whys, missing=tuple(missing), said=said)


def check_agree(given: Sequence[GivenVotes], images: Sequence[ImageKey]) -> None:
    """Hold that no two files say different things of one image.

    Raises:
        DataError: names both rows.

    """
    first: dict[int, GivenVotes] = {}
    for votes in given:
        for image, label in votes.labels.items():
            other = first.setdefault(image, votes)
            if other.labels[image] != label:
                raise _contradicted(images[image], other.whys[image], votes.whys[image])


def _contradicted(image: ImageKey, one: str, other: str) -> DataError:
    return DataError(
        f"two answers about {shown(image.path)}: {one}, {other}",
        remedy="nothing was moved; take one of the two rows away",
    )


def _plainly_named(table: Table) -> Table:
    """The table with its column names in one form: no case, no width, no blanks around them.

    Raises:
        MetadataError: no column `verdict`, or two of one name.

    """
    plain = [unicodedata.normalize("NFKC", name).strip().casefold() for name in table.columns]
    twice = [name for name, n in Counter(plain).items() if n > 1]
    if twice:
        raise MetadataError(f"two columns are called '{shown(twice[0])}'", place=table.name, remedy="keep one of them")
    if "verdict" not in plain:
        listed = shown(", ".join(table.columns))
        raise MetadataError(
            f"{table.name} has no column 'verdict' (columns: {listed})",
            place="--verdicts",
            remedy="expected the columns file and verdict, as labelkit why --held --csv FILE writes them",
        )
    return replace(table, columns=dict(zip(plain, table.columns.values(), strict=True)))


def _labels(table: Table, known: KnownLabels) -> list[str]:
    """The label of each row; empty for none."""
    cells = table.columns["verdict"]
    by_text = {text: known.label(text) for text in set(cells)}
    strange = [row for row, text in enumerate(cells) if by_text[text] is None]
    if strange:
        raise _unknown(table, strange, known)
    return [by_text[text] or "" for text in cells]


def _unknown(table: Table, rows: Sequence[int], known: KnownLabels) -> DataError:
    cells = table.columns["verdict"]
    texts = list(dict.fromkeys(_without_apostrophe(cells[row].strip()) for row in rows))
    first = texts[0]
    listed = ", ".join(f"'{shown(t)}'" for t in texts[1:_LISTED])
    others = f"; neither are {listed}" if listed else ""
    fault = label_fault(first)
    if fault:
        return DataError(
            f"'{shown(first)}' is no label, and cannot be one: {fault}{others}", place=table.place(rows[0])
        )
    new = [t for t in texts if label_fault(t) is None]
    allowed = ",".join(dict.fromkeys([*(known.classes or sorted(known.names)), *new]))
    nearest = f"{did_you_mean(first, sorted(known.names))}; " if known.names else "no label is known yet; "
    return DataError(
        f"'{shown(first)}' is no label{others}",
        place=table.place(rows[0]),
        remedy=f"{nearest}where it is a new class: --classes {shown(allowed)}",
    )


def _summary(name: str, votes: Mapping[int, str], labels: Sequence[str], missing: int) -> str:
    counts = sorted(Counter(votes.values()).items())
    told = f" ({', '.join(f'{label} {n:,}' for label, n in counts)})" if counts else ""
    empty = sum(not label for label in labels)
    parts = [f"{len(votes):,} verdict{'' if len(votes) == 1 else 's'}{told}"]
    parts += [f"{empty:,} empty"] if empty else []
    parts += [f"{missing:,} without {'its' if missing == 1 else 'their'} image"] if missing else []
    return f"{name}: {', '.join(parts)}"


def _read_as(table: Table, labels: Sequence[str]) -> list[str]:
    """What was taken for a label although it is not written like it."""
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for text, label in zip(table.columns["verdict"], labels, strict=True):
        if label and _without_apostrophe(text.strip()) != label:
            written[label][text] += 1
    lines = []
    for label, texts in sorted(written.items()):
        listed = ", ".join(f"'{shown(t)}'" for t in list(texts)[:_LISTED])
        n = texts.total()
        lines.append(f"{table.name}: {n:,} verdict{'' if n == 1 else 's'} read as {label}: {listed}")
    return lines
