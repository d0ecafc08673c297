"""Small files that ask for enormous work: each by name, as bytes.

python bombs.py [NAME]      probes one (or all), and prints name, seconds of CPU, MB at the peak, verdict, as JSON lines
"""

from __future__ import annotations

import io
import json
import struct
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from labelkit.imaging.probe import probe

_SIDE = 20_000


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, colour: int, *extra: bytes) -> bytes:
    """A PNG of zeros; `colour` 0 is one bit of gray, 2 is RGB."""
    depth, row = (1, -(-width // 8)) if colour == 0 else (8, 3 * width)
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    packer = zlib.compressobj(6)
    pixels = b"".join(packer.compress(bytes(row + 1)) for _ in range(height)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _zeros(megabytes: int) -> bytes:
    packer = zlib.compressobj(6)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


def _gif(width: int, height: int) -> bytes:
    """A GIF whose screen and frame are declared as large as they can be."""
    out = io.BytesIO()
    Image.new("P", (8, 8)).save(out, "GIF")
    data = bytearray(out.getvalue())
    size = struct.pack("<HH", width, height)
    data[6:10] = size
    at = data.index(b"\x2c", 13)
    data[at + 5 : at + 9] = size
    return bytes(data)


def _many_frames(frames: int) -> bytes:
    """A moving GIF of one pixel."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6)
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return head + frame * frames + b"\x3b"


def _webp() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8_000, 8_000)).save(out, "WEBP", lossless=True, method=0, quality=0)
    return out.getvalue()


def _tiff(width: int, height: int, pages: int = 1) -> bytes:
    """A TIFF of one strip of compressed zeros, its directory repeated for more pages."""
    strip = _zeros(4)
    tags = [
        *((256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1)),
        *((273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, len(strip))),
    ]
    out, at = b"II*\0" + struct.pack("<I", 8 + len(strip)) + strip, 8 + len(strip)
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
    found = []
    for page in range(pages):
        at += len(directory) + 4
        found.append(directory + struct.pack("<I", at if page + 1 < pages else 0))
    return out + b"".join(found)


def _tiff_loop() -> bytes:
    """A TIFF whose directory says that it is followed by itself."""
    data = bytearray(_tiff(16, 16))
    data[-4:] = data[4:8]
    return bytes(data)


def _scans(passes: int) -> bytes:
    """A progressive JPEG of 36 million pixels whose passes are repeated."""
    out = io.BytesIO()
    Image.new("L", (64, 64), 90).save(out, "JPEG", progressive=True)
    small = out.getvalue()
    head, scan = small.index(b"\xff\xc2") + 5, small.rindex(b"\xff\xda")
    big = bytearray(small[:scan] + small[scan:-2] * passes + small[-2:])
    big[head : head + 4] = struct.pack(">HH", 6000, 6000)
    return bytes(big)


def _jpeg_segments() -> bytes:
    """A JPEG with 26 MB of EXIF and ICC segments before its picture."""
    out = io.BytesIO()
    Image.new("L", (64, 64), 90).save(out, "JPEG")
    exif = b"\xff\xe1" + struct.pack(">H", 65_535) + b"Exif\0\0" + bytes(65_527)
    icc = b"\xff\xe2" + struct.pack(">H", 65_535) + b"ICC_PROFILE\0\x01\xff" + bytes(65_519)
    return out.getvalue()[:2] + (exif + icc) * 200 + out.getvalue()[2:]


def _texts() -> bytes:
    """A PNG with 200 texts that each unpack to a megabyte."""
    text = _chunk(b"zTXt", b"k\0\0" + _zeros(1))
    return _png(16, 16, 0, *[text] * 200)


BOMBS: dict[str, Callable[[], bytes]] = {
    "one-bit.png": lambda: _png(_SIDE, _SIDE, 0),
    "rgb.png": lambda: _png(8000, 8000, 2),
    "declared.png": lambda: _png(16, 16, 0).replace(
        struct.pack(">II", 16, 16), struct.pack(">II", 2**31 - 1, 2**31 - 1)
    ),
    "profile.png": lambda: _png(16, 16, 0, _chunk(b"iCCP", b"p\0\0" + _zeros(150))),
    "text.png": lambda: _png(16, 16, 0, _chunk(b"iTXt", b"k\0\x01\0\0\0" + _zeros(150))),
    "texts.png": _texts,
    "exif.png": lambda: _png(16, 16, 0, _chunk(b"eXIf", b"MM\0*\0\0\0\x08" + bytes(30_000_000))),
    "screen.gif": lambda: _gif(65_535, 65_535),
    "frames.gif": lambda: _many_frames(30_000),
    "solid.webp": _webp,
    "strip.tif": lambda: _tiff(60_000, 60_000),
    "loop.tif": _tiff_loop,
    "pages.tif": lambda: _tiff(16, 16, 10_000),
    "passes.jpg": lambda: _scans(1000),
    "segments.jpg": _jpeg_segments,
    "declared.ppm": lambda: b"P5 99999999 99999999 255\n" + bytes(100),
    "declared.bmp": lambda: (
        b"BM" + struct.pack("<IIIIiiHHIIiiII", 100, 0, 54, 40, 2**30, 2**30, 1, 24, 0, 0, 1, 1, 0, 0)
    ),
}
"""Name, its suffix the format; and what makes the bytes."""


def peak() -> float:
    """MB of memory at the highest since the last look (Linux: VmHWM, which is put back)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    Path("/proc/self/clear_refs").write_text("5")
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def main() -> None:
    """Probe what is asked for."""
    probe("warm.png", _png(16, 16, 0))
    for name in sys.argv[1:] or BOMBS:
        data = BOMBS[name]()
        peak()
        began = time.process_time()
        facts = probe(name, data)
        spent = time.process_time() - began
        said = {
            "name": name,
            "bytes": len(data),
            "seconds": spent,
            "peak": peak() - len(data) / 2**20,
            "fault": facts.fault,
        }
        sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
