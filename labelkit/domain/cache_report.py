"""What labelkit's caches hold, and what was thrown away."""

from __future__ import annotations

from dataclasses import dataclass

from labelkit.domain.results import Readable
from labelkit.domain.units import told_bytes


@dataclass(frozen=True, slots=True)
class CacheReport(Readable):
    """The cache of image features: numbers that rules asked images for, kept by content.

    Attributes:
        folder: where it is.
        bytes_used: on disk.
        bytes_allowed: above this the oldest numbers go.
        values: numbers kept.
        files: files known by stat.
        bytes_freed: what clearing freed; None where nothing was cleared.
        said: what is wrong with it, one line each.

    """

    folder: str
    bytes_used: int
    bytes_allowed: int
    values: int
    files: int
    bytes_freed: int | None = None
    said: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Where it is, and how full."""
        if self.bytes_freed is not None:
            return [*self.said, f"{self.folder}: {told_bytes(self.bytes_freed)} freed"]
        full = f"{told_bytes(self.bytes_used)} of at most {told_bytes(self.bytes_allowed)}"
        return [*self.said, self.folder, f"{self.values:,} numbers of {self.files:,} files, {full}"]
