"""One file of packed pixels: records of one size, each with the hash of its image's content and a checksum.

    head      4,096 bytes: what the pixels were made by, as text; the same in every file of a folder
    record    SHA-256 of the image file, CRC-32 of head, hash and pixels, then the pixels

Records are only ever added, whole ones count, and each is checked where it is used first: a process killed while it
writes, or a disk that lost power, leaves at worst a record that is not used. Nothing has to be repaired.
"""

from __future__ import annotations

import os
import struct
import threading
import zlib
from collections.abc import Callable, Sequence

from labelkit.storage.system import flags

HEAD_BYTES = 4096
_RECORD_HEAD = struct.Struct("<32sI")
_DEAD = bytes(32)
"""The hash of a record that was found damaged."""

_Bytes = bytes | memoryview

_PREADV: Callable[[int, Sequence[memoryview], int], int] | None = getattr(os, "preadv", None)
_PWRITEV: Callable[[int, Sequence[_Bytes], int], int] | None = getattr(os, "pwritev", None)

_SEEKING = threading.Lock()
"""Where the system neither reads nor writes at a position (Windows), one thread at a time."""


def head_of(made_by: str, pixel_bytes: int) -> bytes:
    """The head of the files whose records were made by this and hold so many bytes of pixels."""
    told = f"labelkit-pixels 1\n{made_by}\n{pixel_bytes} bytes each\n".encode()
    return told.ljust(HEAD_BYTES, b"\0")[:HEAD_BYTES]


class PixelFile:
    """An open file of packed pixels; reads may come from several threads, `append` from one at a time.

    Args:
        path: of the file.
        descriptor: of the file, open for reading; closed by `close`.
        head: the head that it must have.
        pixel_bytes: of one record's pixels.

    """

    def __init__(self, path: str, descriptor: int, head: bytes, pixel_bytes: int) -> None:
        self.path, self.descriptor = path, descriptor
        self._head, self._pixel_bytes = head, pixel_bytes
        self._start = zlib.crc32(head)
        self._stride = _RECORD_HEAD.size + pixel_bytes
        self._next: int | None = None

    def is_sound(self) -> bool:
        """Whether its head is the one expected."""
        return _read(self.descriptor, len(self._head), 0) == self._head

    def count(self) -> int:
        """How many whole records there are now."""
        return max(0, os.fstat(self.descriptor).st_size - HEAD_BYTES) // self._stride

    def digests(self, first: int, count: int) -> list[bytes]:
        """The content hash of each of `count` records from `first` on; 32 zeros for one that is not to be used."""
        found = [_read(self.descriptor, 32, self._offset(i)) for i in range(first, first + count)]
        return [digest if len(digest) == len(_DEAD) else _DEAD for digest in found]

    def read(self, record: int, out: memoryview) -> bool:
        """Read a record's pixels into `out`, without a check; False when they are not all there."""
        offset = HEAD_BYTES + record * self._stride + _RECORD_HEAD.size
        if _PREADV is not None:
            return _PREADV(self.descriptor, (out,), offset) == self._pixel_bytes
        return _read_into(self.descriptor, (out,), offset) == self._pixel_bytes

    def read_checked(self, record: int, digest: bytes, out: memoryview) -> bool:
        """Read a record's pixels into `out`; False when it is damaged or of another content."""
        head = bytearray(_RECORD_HEAD.size)
        if _read_into(self.descriptor, [memoryview(head), out], self._offset(record)) != self._stride:
            return False
        kept, crc = _RECORD_HEAD.unpack(head)
        return bool(kept == digest and crc == self._crc(digest, out))

    def append(self, digest: bytes, pixels: memoryview) -> int:
        """Add a record and give its number; the file must be open for writing, and locked.

        Raises:
            OSError: no space or no right; what was written of the record is taken away again.

        """
        record = self.count() if self._next is None else self._next
        offset = self._offset(record)
        try:
            _write(self.descriptor, (_RECORD_HEAD.pack(digest, self._crc(digest, pixels)), pixels), offset)
        except OSError:
            os.ftruncate(self.descriptor, offset)
            raise
        self._next = record + 1
        return record

    def forget(self, record: int) -> None:
        """Mark a damaged record, so that nobody looks at it again.

        Raises:
            OSError: the file is gone, or must not be written to.

        """
        descriptor = os.open(self.path, flags("O_WRONLY"))
        try:
            _write(descriptor, (_DEAD,), self._offset(record))
        finally:
            os.close(descriptor)

    def write_head(self) -> None:
        """Begin a new file."""
        _write(self.descriptor, (self._head,), 0)

    def close(self) -> None:
        """Let go of the file, and of its lock."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def _offset(self, record: int) -> int:
        return HEAD_BYTES + record * self._stride

    def _crc(self, digest: bytes, pixels: memoryview) -> int:
        return zlib.crc32(pixels, zlib.crc32(digest, self._start))


def _read(descriptor: int, count: int, offset: int) -> bytes:
    found = bytearray(count)
    return bytes(found[: _read_into(descriptor, [memoryview(found)], offset)])


def _read_into(descriptor: int, parts: Sequence[memoryview], offset: int) -> int:
    """Fill the parts from a position on; the bytes that were there."""
    if _PREADV is not None:
        return _PREADV(descriptor, parts, offset)
    with _SEEKING:
        os.lseek(descriptor, offset, os.SEEK_SET)
        data = os.read(descriptor, sum(len(part) for part in parts))
    at = 0
    for part in parts:
        piece = data[at : at + len(part)]
        part[: len(piece)] = piece
        at += len(piece)
    return len(data)


def _write(descriptor: int, parts: Sequence[_Bytes], offset: int) -> None:
    """Write all of it: a full disk may take a part and refuse the rest at the next call."""
    whole, written = sum(len(part) for part in parts), 0
    while written < whole:
        rest = parts if not written else (b"".join(parts)[written:],)
        written += _write_some(descriptor, rest, offset + written)


def _write_some(descriptor: int, parts: Sequence[_Bytes], offset: int) -> int:
    if _PWRITEV is not None:
        return _PWRITEV(descriptor, parts, offset)
    with _SEEKING:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.write(descriptor, b"".join(parts))
