"""Which files are images: by suffix, and by their first bytes when the suffix says nothing."""

from __future__ import annotations

import posixpath

IMAGE_SUFFIXES = frozenset(
    [
        *(".avif", ".bmp", ".dib", ".gif", ".heic", ".jfif", ".jpe", ".jpeg", ".jpg"),
        *(".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp"),
    ]
)
"""Suffixes that labelkit takes for images; more than any one loader reads, so that a skipped file can be told."""

PILLOW_FORMATS = ("JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
"""The decoders that labelkit lets Pillow use: never one that starts another program (EPS) or has no use here.

MPO files are opened as JPEG: naming MPO in `Image.open(formats=...)` raises KeyError in Pillow 13.
"""

HEAD_BYTES = 16
"""How many bytes `sniff` looks at."""

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
)


def suffix(path: str) -> str:
    """The suffix of a POSIX path in lower case, with its dot; empty for none."""
    dot = path.rfind(".")
    if dot > 0 and path[dot - 1] not in "/." and "/" not in path[dot:]:  # asked seven times of every image of an audit
        return path[dot:].lower()
    return posixpath.splitext(path)[1].lower()


def has_image_suffix(path: str) -> bool:
    """Whether the name alone says that this is an image."""
    dot = path.rfind(".")
    if dot > 0 and path[dot - 1] not in "/.":  # asked of every file of a walk: `splitext` takes four times as long
        tail = path[dot:]
        return tail in IMAGE_SUFFIXES or tail.lower() in IMAGE_SUFFIXES
    return suffix(path) in IMAGE_SUFFIXES


def sniff(head: bytes) -> str | None:
    """The image format that the first bytes (at least 16) declare, or None.

    BMP's two letters are only believed with its four reserved zero bytes behind the size.
    """
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":
        return "BMP"
    if head[:1] == b"P" and head[1:2] in b"123456" and head[2:3].isspace():
        return "PPM"
    return None
