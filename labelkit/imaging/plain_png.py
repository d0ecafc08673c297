"""Plain PNGs without the Python of Pillow's reader: its decoder gets the coded pixels at once.

Pillow walks through a PNG chunk by chunk in Python, which takes a tenth of a small picture's time and keeps the other
threads that decode from Python's lock. Plain are PNGs of 8 bits, gray or RGB, without transparency, interlacing, frames
or EXIF: what cameras and NumPy write. Of all others, and of whatever looks wrong, Pillow's reader is the judge.
"""

from __future__ import annotations

import struct
import zlib

from PIL import Image

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNK = struct.Struct(">I4s")
_HEAD = struct.Struct(">IIBBBBB")
"""Width, height, bit depth, colour type, compression, filter and interlacing (PNG specification, 11.2.2)."""

_FRAME_BYTES = 12
"""Of a chunk beside its data: length, name, CRC-32."""

_MODES = {0: "L", 2: "RGB"}
"""By colour type."""

_SILENT = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9, b"tIME": 7}
"""Chunks that say nothing of how pixels are stored, or which way up they are, and their length."""

_TEXT, _BACKGROUND, _PIXELS, _END = b"tEXt", b"bKGD", b"IDAT", b"IEND"
_REGISTERED = (
    *(b"Title", b"Author", b"Description", b"Copyright", b"Creation Time"),
    *(b"Software", b"Disclaimer", b"Warning", b"Source", b"Comment"),
)
_DATES = (b"date:create", b"date:modify", b"date:timestamp")
_KEYWORDS = tuple(word + b"\0" for word in (*_REGISTERED, *map(bytes.lower, _REGISTERED), *_DATES))
"""Of texts that people alone read: those of the PNG specification (11.3.3.2), also in the small letters of ImageMagick,
and its dates. Pillow takes some others for what the file says of itself: `exif`, `transparency`, `interlace`, XMP."""


def plain_png(data: bytes, most_pixels: int) -> Image.Image | None:
    """The decoded picture, mode L or RGB, as Pillow's reader gives it; None where that is to read it, or to refuse it.

    Args:
        data: the whole file.
        most_pixels: larger pictures are left to Pillow's reader too.

    """
    head = _head(data)
    if head is None:
        return None
    mode, size = head
    if not 0 < size[0] * size[1] <= most_pixels:
        return None
    coded = _coded(data)
    if coded is None:
        return None
    try:
        return Image.frombytes(mode, size, coded, "zip", mode)
    except (ValueError, OSError):
        return None


def _head(data: bytes) -> tuple[str, tuple[int, int]] | None:
    """Mode and (width, height) of a file whose first chunk is that of a plain PNG."""
    at = len(_SIGNATURE)
    behind = at + _FRAME_BYTES + _HEAD.size
    if len(data) < behind or not data.startswith(_SIGNATURE + _CHUNK.pack(_HEAD.size, b"IHDR")):
        return None
    if not _is_sound(data, at, _HEAD.size):
        return None
    width, height, bits, colour, compression, filtering, interlaced = _HEAD.unpack_from(data, at + _CHUNK.size)
    if (bits, compression, filtering, interlaced) != (8, 0, 0, 0) or colour not in _MODES:
        return None
    return _MODES[colour], (width, height)


def _coded(data: bytes) -> bytes | None:
    """What stands in the chunks of pixels, one behind the other; None where there is anything but plain chunks."""
    found: list[bytes] = []
    at, ended = len(_SIGNATURE) + _FRAME_BYTES + _HEAD.size, False
    while at + _FRAME_BYTES <= len(data):
        length, name = _CHUNK.unpack_from(data, at)
        begin, end = at + _CHUNK.size, at + _CHUNK.size + length
        if name == _PIXELS and not ended:
            found.append(data[begin:end])
        elif name == _END:
            return b"".join(found) if found and length == 0 and end + 4 == len(data) else None
        elif not _is_silent(data, name, begin, length) or not _is_sound(data, at, length):
            return None
        else:
            ended = bool(found)
        at = end + 4
    return None


def _is_silent(data: bytes, name: bytes, begin: int, length: int) -> bool:
    if name == _BACKGROUND:
        return True
    return data.startswith(_KEYWORDS, begin) if name == _TEXT else _SILENT.get(name) == length


def _is_sound(data: bytes, at: int, length: int) -> bool:
    """Whether a chunk's CRC-32 is right."""
    end = at + _CHUNK.size + length
    return data[end : end + 4] == zlib.crc32(data[at + 4 : end]).to_bytes(4, "big")
