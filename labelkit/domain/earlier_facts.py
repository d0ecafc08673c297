"""The facts of an older audit, as a file holds them: what drift is measured against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labelkit.domain.facts import FactValue


@dataclass(frozen=True, slots=True)
class EarlierFacts:
    """Facts of images that need not be there any more, as columns.

    Attributes:
        source: the file they were read from, for messages.
        columns: name to one cell an image; all of one length.
        missing: columns that facts have today and the file has not.
        spreadsheet: texts were made harmless for a spreadsheet, so what they are compared with must be too.

    """

    source: str
    columns: Mapping[str, Sequence[FactValue]]
    missing: tuple[str, ...] = ()
    spreadsheet: bool = False

    @property
    def images(self) -> int:
        """How many images they speak of."""
        return len(self.columns["path"])
