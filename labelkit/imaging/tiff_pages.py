"""How many pages a TIFF has, told from its chain of directories: Pillow reads every tag of every page to say so."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_MOST = 1_000_000
"""Pages that are counted; a chain may be as long as the file has room for."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """Sizes in a TIFF (6.0, section 2) or a BigTIFF: formats of a count of entries and of an offset, bytes an entry."""

    count: str
    offset: str
    entry: int
    first: int


_PLAIN, _BIG = _Shape("H", "I", 12, 4), _Shape("Q", "Q", 20, 8)
_BIG_VERSION = 43


def tiff_pages(data: bytes) -> int:
    """The pages of a TIFF, up to a million; 1 when the chain leads out of the file.

    Args:
        data: the whole file, known to be a TIFF.

    """
    order = "<" if data[:2] == b"II" else ">"
    seen: set[int] = set()
    try:
        shape = _BIG if struct.unpack_from(order + "H", data, 2)[0] == _BIG_VERSION else _PLAIN
        at = int(struct.unpack_from(order + shape.offset, data, shape.first)[0])
        while at and at not in seen and len(seen) < _MOST:
            seen.add(at)
            entries = int(struct.unpack_from(order + shape.count, data, at)[0])
            behind = at + struct.calcsize(order + shape.count) + entries * shape.entry
            at = int(struct.unpack_from(order + shape.offset, data, behind)[0])
    except (struct.error, OverflowError):
        return 1
    return max(1, len(seen))
