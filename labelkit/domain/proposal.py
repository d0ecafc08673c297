"""What a first look at a person's folder and table found, and the settings and rule it proposes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from labelkit.domain.results import Readable
from labelkit.domain.table import Layout


class ColumnKind(StrEnum):
    """What the cells of a column look like."""

    NUMBERS = "numbers"
    FEW = "few values"
    """Text of so few different values that they may be classes."""
    TEXT = "text"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Suspect:
    """A value that may not mean what it says: the value, how many cells hold it, why, and where it stands first."""

    value: str
    count: int
    why: str
    place: str


@dataclass(frozen=True, slots=True)
class ColumnSight:
    """One column of a table at a glance.

    Attributes:
        name: as the table writes it.
        kind: what the cells look like.
        missing: cells that say nothing.
        distinct: different values, missing ones not counted.
        least, most: of a column of numbers; None of any other.
        values: (value, count), the most frequent first; empty when there are too many to list.
        examples: the first few different values.
        suspects: what a person should look at.

    """

    name: str
    kind: ColumnKind
    missing: int
    distinct: int
    least: float | None = None
    most: float | None = None
    values: tuple[tuple[str, int], ...] = ()
    examples: tuple[str, ...] = ()
    suspects: tuple[Suspect, ...] = ()


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A row whose file is not there, while a file of almost that name is: where, both names, and what differs."""

    place: str
    written: str
    image: str
    differs: str


@dataclass(frozen=True, slots=True)
class FirstRule:
    """A proposed rule: the text of a TOML rules file, and the guess behind it in one sentence."""

    text: str
    why: str


@dataclass(frozen=True, slots=True)
class ImagesSight:
    """The files of a folder at a glance.

    Attributes:
        folder: as given.
        images: how many image files.
        suffixes: image files a suffix, the most frequent first.
        not_image: files that are no images.
        skipped: things left out (links, hidden files, unreadable folders).
        first: the first few image paths.

    """

    folder: str
    images: int
    suffixes: Mapping[str, int]
    not_image: int
    skipped: int
    first: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowsSight:
    """A table at a glance, and how it meets the images.

    Attributes:
        said: encoding, separator, repairs; one line each.
        rows: how many.
        columns: each column.
        found: rows that found their image.
        file: the column or template that names the files, or None when the usual search finds it.
        missing: (place, file as written) of rows without an image.
        unlisted: paths of images without a row.
        near_misses: what the missing rows may have meant.
        steps: rows found by each step.
        hint: what would find more rows; empty when nothing would.

    """

    said: tuple[str, ...]
    rows: int
    columns: tuple[ColumnSight, ...]
    found: int
    file: str | None = None
    missing: tuple[tuple[str, str], ...] = ()
    unlisted: tuple[str, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    steps: Mapping[str, int] = field(default_factory=dict)
    hint: str = ""


@dataclass(frozen=True, slots=True)
class MetadataCheck(Readable):
    """What `labelkit metadata check` found.

    Attributes:
        table: the rows, and how they meet the images.
        layouts: how each file is written.
        contract: a proposal for the settings, as TOML; empty when there is nothing to declare.
        images: the folder; None when none was given.
        fault: why rows and images do not go together; empty when they do, or no images were given.

    """

    table: RowsSight
    layouts: tuple[Layout, ...]
    contract: str
    images: ImagesSight | None = None
    fault: str = ""

    def lines(self) -> list[str]:
        """What was settled and repaired, how rows meet images, and the proposed contract."""
        met = [f"{self.table.found:,} of {self.table.rows:,} rows found their image"] if self.images else []
        fault = [self.fault] if self.fault else []
        return [*self.table.said, *met, *fault, *self.contract.splitlines()]


@dataclass(frozen=True, slots=True)
class InitResult(Readable):
    """What `labelkit init` saw and wrote.

    Attributes:
        images: the folder; None for the demo.
        rows: the table; None when none was given.
        rule: the proposed rule; None when no column suggests one.
        settings: text of the proposed settings file; empty when nothing could be proposed.
        written: files and folders that were written, relative to the working folder.
        next: commands to run next, in order.
        notes: sentences for a person.

    """

    images: ImagesSight | None = None
    rows: RowsSight | None = None
    rule: FirstRule | None = None
    settings: str = ""
    written: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def lines(self) -> list[str]:
        """What was seen, written, and comes next."""
        seen = [f"{self.images.folder}: {self.images.images:,} images"] if self.images else []
        met = [f"{self.rows.found:,} of {self.rows.rows:,} rows found their image"] if self.rows else []
        wrote = [f"wrote {', '.join(self.written)}"] if self.written else []
        return [*seen, *met, *self.notes, *wrote, *self.next]
