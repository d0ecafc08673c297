"""A worker's thumbnails: a shard of paths and contents in, small JPEGs out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from labelkit.tasks.probe import read_image


@dataclass(frozen=True, slots=True)
class ThumbnailTask:
    """Thumbnails of images below one root, given as an absolute path."""

    root: str

    def __call__(self, shard: Sequence[tuple[str, str]]) -> list[bytes | None]:
        """The thumbnail of each (path, SHA-256) in order.

        b"" where this content has none; None for a file that cannot be read any more, or has another content by now.
        """
        return [self._one(path, sha256) for path, sha256 in shard]

    def _one(self, path: str, sha256: str) -> bytes | None:
        from labelkit.imaging.thumbnail import thumbnail

        read = read_image(os.path.join(self.root, path))  # noqa: PTH118 - names are bytes, not Path's business
        return thumbnail(read.data) if read.data and read.sha256 == sha256 else None


@dataclass(frozen=True, slots=True)
class PictureTask:
    """Pictures of images as they are now, below one root, given as an absolute path.

    Attributes:
        root: absolute path.
        side: pixels of a picture's longer side, at most.

    """

    root: str
    side: int

    def __call__(self, shard: Sequence[str]) -> list[bytes]:
        """The picture of each path in order, as JPEG; b"" where none can be made."""
        return [self._one(path) for path in shard]

    def _one(self, path: str) -> bytes:
        from labelkit.imaging.thumbnail import thumbnail

        data = read_image(os.path.join(self.root, path)).data  # noqa: PTH118 - names are bytes, not Path's business
        return thumbnail(data, side=self.side) if data else b""
