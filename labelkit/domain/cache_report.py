"""What labelkit's caches hold, and what was thrown away."""

from __future__ import annotations

from dataclasses import dataclass

from labelkit.domain.results import Readable
from labelkit.domain.units import told_bytes


@dataclass(frozen=True, slots=True)
class CacheReport(Readable):
    """The caches, kept by content: numbers that rules asked images for, what audits saw, and pixels for training.

    Attributes:
        folder: where they are.
        bytes_used: on disk, together.
        bytes_allowed: together; above its own share of this the oldest of a cache goes.
        values: numbers kept.
        files: files that the numbers are known of by stat.
        facts: facts and thumbnails of images, and findings of whole audits: how many are kept.
        images: files that facts are known of by stat.
        pixel_bytes: images at training size, of bytes_used.
        bytes_freed: what clearing freed; None where nothing was cleared.
        said: what is wrong with them, one line each.

    """

    folder: str
    bytes_used: int
    bytes_allowed: int
    values: int
    files: int
    facts: int = 0
    images: int = 0
    pixel_bytes: int = 0
    bytes_freed: int | None = None
    said: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Where they are, and how full."""
        if self.bytes_freed is not None:
            return [*self.said, f"{self.folder}: {told_bytes(self.bytes_freed)} freed"]
        full = f"{told_bytes(self.bytes_used)} of at most {told_bytes(self.bytes_allowed)}"
        seen = [f"{self.facts:,} facts and thumbnails of {self.images:,} images"] if self.facts else []
        if self.pixel_bytes:
            seen.append(f"{told_bytes(self.pixel_bytes)} of pixels at training size")
        return [*self.said, self.folder, *seen, f"{self.values:,} numbers of {self.files:,} files, {full}"]
