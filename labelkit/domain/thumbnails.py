"""Small pictures of images, made when somebody asks for them and never all held at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

LONG_SIDE = 96
"""Pixels of a thumbnail's longer side, at most."""


class Thumbnails(Protocol):
    """Where pairs of images and the page get their small pictures from."""

    def pictures(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Each path, in the order given, with its thumbnail.

        JPEG bytes, upright, gray or RGB, the longer side `LONG_SIDE` pixels at most; b"" where none could be made.
        """


class NoThumbnails:
    """None of any image: for reports that were put together without files."""

    def pictures(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Each path with b""."""
        return ((path, b"") for path in paths)
