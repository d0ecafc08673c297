"""Images that must not be split apart: which group each belongs to, and where that was read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

NO_GROUPS = "none"
"""What `--group-by` takes when images stand alone and nothing is to be guessed."""


class GroupSource(StrEnum):
    """Where groups were read."""

    COLUMN = "column"
    """A column of a metadata table, given or kept by the ledger."""
    PATTERN = "pattern"
    """A template or regular expression over paths."""
    GUESS = "guess"
    """Nobody said: a column of a telling name, or tokens of file names that repeat."""
    NONE = "none"
    """No image belongs to any."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """Groups of images.

    Attributes:
        by: the column, or the pattern; empty for none.
        source: where they were read.
        group_of: path of an image to the name of its group, `lot=A`; an image that is not in it stands alone.
        said: what a person should know of it, one line each.
        columns: column to (path to cell) of the rows that were read for it.

    """

    by: str = ""
    source: GroupSource = GroupSource.NONE
    group_of: Mapping[str, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)

    @property
    def sizes(self) -> dict[str, int]:
        """Group to its number of images, in text order."""
        return dict(sorted(Counter(self.group_of.values()).items()))

    def told(self) -> str:
        """'groups: lot (column), 8 of 12 to 14 images'; empty for none."""
        sizes = self.sizes.values()
        if not sizes:
            return ""
        least, most = min(sizes), max(sizes)
        many = f"{least:,} to {most:,} images" if least != most else f"{most:,} image{'' if most == 1 else 's'}"
        guessed = ", guessed" if self.source is GroupSource.GUESS else ""
        return f"groups: {self.by} ({len(sizes):,} of {many}{guessed})"
