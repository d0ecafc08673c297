"""What one decode tells about one image."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """The facts of one image file, from one read and one decode.

    Attributes:
        path: POSIX path relative to the root of its tree.
        size: bytes.
        sha256: of the file's bytes, 64 hexadecimal digits; empty when the file could not be read.
        fault: why the image cannot be decoded in full; empty when it can.
        format: what the bytes are ("JPEG", "PNG", …); empty when unknown.
        mode: Pillow's mode ("L", "RGB", "I;16", …); empty when unknown.
        width, height: pixels as stored, before EXIF orientation; 0 when unknown.

    """

    path: str
    size: int
    sha256: str = ""
    fault: str = ""
    format: str = ""
    mode: str = ""
    width: int = 0
    height: int = 0

    @property
    def readable(self) -> bool:
        """Whether the image was decoded in full."""
        return not self.fault
