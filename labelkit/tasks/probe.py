"""A worker's probe: a shard of paths in, the facts of each image out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from labelkit.domain.facts import ImageFacts
from labelkit.imaging.plain_file import NotPlainError, bytes_of, held_still, open_plain

MAX_BYTES = 500_000_000
"""A larger file is hashed, but not decoded: it would not fit beside its pixels."""


@dataclass(frozen=True, slots=True)
class ProbeTask:
    """Read and decode images below one root, given as an absolute path."""

    root: str

    def __call__(self, shard: Sequence[str]) -> list[ImageFacts]:
        """The facts of each path of the shard, in order; what cannot be read is a fact with its fault."""
        return [self._one(path) for path in shard]

    def _one(self, path: str) -> ImageFacts:
        return facts_of(path, read_image(os.path.join(self.root, path)))  # noqa: PTH118 - names are bytes, not Path's business


@dataclass(frozen=True, slots=True)
class Read:
    """One file, read once.

    Attributes:
        size: bytes; 0 when it could not be read.
        sha256: of its bytes, 64 hexadecimal digits; empty when it could not be read.
        modified: UTC, ISO 8601 with milliseconds; empty when unknown.
        data: the bytes; empty with a fault.
        fault: why it is not to be decoded; empty when it is.
        steady: size and times were the same before and after.

    """

    size: int = 0
    sha256: str = ""
    modified: str = ""
    data: bytes = b""
    fault: str = ""
    steady: bool = False


def read_image(where: str) -> Read:
    """Read a plain file and hash it; whatever stands in the way is told in `fault`, nothing is waited for."""
    try:
        handle, status = open_plain(where)
    except NotPlainError:
        return Read(fault="not a plain file")
    except OSError as e:
        return Read(fault=_cannot(e))
    try:
        return _read(handle, status)
    except OSError as e:
        return Read(fault=_cannot(e))
    finally:
        os.close(handle)


def facts_of(path: str, read: Read, also: Callable[..., None] | None = None) -> ImageFacts:
    """The facts of what was read, decoded now.

    Args:
        path: POSIX path relative to the root; carried along.
        read: the file.
        also: takes the decoded image, as `imaging.probe.Also` says.

    """
    if read.fault:
        return ImageFacts(path, read.size, read.sha256, fault=read.fault, modified=read.modified)
    from labelkit.imaging.probe import probe

    return replace(probe(path, read.data, sha256=read.sha256, also=also), modified=read.modified)


def _read(handle: int, status: os.stat_result) -> Read:
    data, fault = b"", ""
    if status.st_size <= MAX_BYTES:
        data = bytes_of(handle, status.st_size)
        sha256 = hashlib.sha256(data).hexdigest()
    else:
        fault = f"larger than {MAX_BYTES // 1_000_000} MB"
        with os.fdopen(handle, "rb", closefd=False) as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Read(
        size=len(data) or status.st_size,
        sha256=sha256,
        modified=time_of(status.st_mtime_ns),
        data=data,
        fault=fault,
        steady=held_still(handle, status),
    )


def time_of(nanoseconds: int) -> str:
    """UTC, ISO 8601 with milliseconds; empty for a time that no calendar has."""
    day, second = divmod(nanoseconds // 1_000_000_000, 86_400)
    date = _date(day)
    minute, second = divmod(second, 60)
    milli = nanoseconds // 1_000_000 % 1000
    return f"{date}T{minute // 60:02}:{minute % 60:02}:{second:02}.{milli:03}Z" if date else ""


@lru_cache(maxsize=4096)
def _date(day: int) -> str:
    """The date of a day since 1970; looked up, because most files of a set are of few days."""
    try:
        return f"{datetime.fromtimestamp(day * 86_400, UTC):%Y-%m-%d}"
    except (OverflowError, ValueError, OSError):
        return ""


def _cannot(e: OSError) -> str:
    return f"cannot be read: {e.strerror or e}"
