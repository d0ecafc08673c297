"""Decode a JPEG by libjpeg-turbo at an eighth, a quarter or a half of its size, hearing every complaint it has.

Pillow, OpenCV and TensorFlow decode a JPEG with damage inside without a word: libjpeg calls it a warning and goes on
with wrong pixels. Every coded coefficient is read even at an eighth of the size, so that nothing escapes by the scale.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from labelkit.imaging.small_picture import Samples, scale_for

_EXTRANEOUS = re.compile(r"(\d+) extraneous bytes before marker 0x([0-9a-f]{2})")
_HEX = re.compile(r"0x[0-9a-f]+")
_HARMLESS = ("Unknown Adobe color transform code", "unknown JFIF revision number")
"""Complaints of libjpeg about words in the header that no decoder needs (JWRN_ADOBE_XFORM, JWRN_JFIF_MAJOR)."""

_PADDING = 8
"""Bytes of one value that writers may leave before a marker."""

_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
"""What ends a scan: FF and a code that is neither the stuffed zero nor a restart."""

_NO_DECODER = "tj"
"""What the decoder's refusals begin with: it does not know this kind of JPEG, which says nothing about damage."""

_SCAN, _END, _FIRST_RESTART, _LAST_RESTART = 0xDA, 0xD9, 0xD0, 0xD7
_START = b"\xff\xd8"


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a strict decode gave.

    Attributes:
        samples: uint8, (height, width) or (height, width, 3), reduced by `scale_for`; None where this decoder cannot.
        complaint: the first of libjpeg, empty for none.
        leftover: the complaint is of coded bytes left over at the end of a scan, which may be a strange writer's.

    """

    samples: Samples | None
    complaint: str = ""
    leftover: bool = False


def decode_strictly(data: bytes, size: tuple[int, int], *, gray: bool, scale: int = 0) -> Decoded:
    """Decode a JPEG, and hear what libjpeg says of it.

    Bytes between the segments of the header, which change no pixel, are taken out first when they are complained of.

    Args:
        data: the whole file.
        size: (width, height) as the header says.
        gray: one component.
        scale: by what to divide: 1, 2, 4 or 8; 0: by what `scale_for` says.

    """
    scale = scale or scale_for(*size)
    try:
        return Decoded(_decoded(data, size, scale, gray=gray, strict=True))
    except (ValueError, MemoryError) as e:
        complaint = str(e)
    if _between_segments(complaint):
        cleaned = _without_strays(data)
        if cleaned is not None and len(cleaned) < len(data):
            return decode_strictly(cleaned, size, gray=gray, scale=scale)
    samples = _anyhow(data, size, scale, gray=gray)
    left = _EXTRANEOUS.search(complaint)
    if left is not None:
        return Decoded(samples) if _is_padding(data, int(left[1])) else Decoded(samples, complaint, leftover=True)
    known = not complaint.startswith(_NO_DECODER) and not any(words in complaint for words in _HARMLESS)
    return Decoded(samples, complaint if known else "")


def _decoded(data: bytes, size: tuple[int, int], scale: int, *, gray: bool, strict: bool) -> Samples:
    import simplejpeg  # type: ignore[import-untyped]  # ships a stub of its C part only

    width, height = size
    samples: Samples = simplejpeg.decode_jpeg(
        data,
        "GRAY" if gray else "RGB",
        min_height=-(-height // scale),
        min_width=-(-width // scale),
        min_factor=scale,
        strict=strict,
    )
    return samples[..., 0] if gray else samples


def _anyhow(data: bytes, size: tuple[int, int], scale: int, *, gray: bool) -> Samples | None:
    """The pixels in spite of complaints, as libjpeg makes them up; None where it cannot."""
    try:
        return _decoded(data, size, scale, gray=gray, strict=False)
    except (ValueError, MemoryError):
        return None


def _between_segments(complaint: str) -> bool:
    seen = _EXTRANEOUS.search(complaint)
    return seen is not None and int(seen[2], 16) != _END and not _FIRST_RESTART <= int(seen[2], 16) <= _LAST_RESTART


def _is_padding(data: bytes, length: int) -> bool:
    """Whether the last bytes of the first scan are a few of one value: padding, and no pixels."""
    scan = data.find(bytes([0xFF, _SCAN]))
    end = _MARKER.search(data, scan + 2)
    return end is not None and length <= _PADDING and len(set(data[end.start() - length : end.start()])) == 1


def _without_strays(data: bytes) -> bytes | None:
    """The file without the bytes that stand between two segments before the first scan; None where it cannot be walked.

    A segment is FF, a marker, and two bytes of length that count themselves (ITU-T T.81, B.1.1.4).
    """
    out, at = bytearray(_START), len(_START)
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 4 > len(data):
            return None
        marker = data[at + 1]
        if marker in {0x00, 0xFF}:
            at += 1
            continue
        if marker == _SCAN:
            return bytes(out + data[at:])
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        out += data[at:end]
        at = end


def plainly(complaint: str) -> str:
    """A complaint of libjpeg in words for people, the same for all images with the same trouble."""
    leftover = _EXTRANEOUS.search(complaint)
    if leftover:
        return f"{leftover[1]} coded bytes are left over where a part of the picture ends"
    said = _HEX.sub("", complaint).removeprefix("Corrupt JPEG data: ").strip()
    return _IN_WORDS.get(said, said)


_IN_WORDS = {
    "premature end of data segment": "the coded pixels end too early",
    "Premature end of JPEG file": "the file ends too early",
    "bad Huffman code": "a code that no table has",
}
"""What libjpeg says (jerror.h), and what it means."""
