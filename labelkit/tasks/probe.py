"""A worker's probe: a shard of paths in, the facts of each image out."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from labelkit.domain.facts import ImageFacts

MAX_BYTES = 500_000_000
"""A larger file is hashed, but not decoded: it would not fit beside its pixels."""

_CHUNK = 1 << 20


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
        handle = os.open(where, _FLAGS)
    except (OSError, ValueError) as e:
        return Read(fault=_cannot(e))
    try:
        return _read(handle)
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


def _read(handle: int) -> Read:
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        return Read(fault="not a plain file")
    digest, data = hashlib.sha256(), b""
    with os.fdopen(handle, "rb", closefd=False) as file:
        if status.st_size <= MAX_BYTES:
            data = file.read()
            digest.update(data)
        else:
            for chunk in iter(lambda: file.read(_CHUNK), b""):
                digest.update(chunk)
    return Read(
        size=len(data) or status.st_size,
        sha256=digest.hexdigest(),
        modified=time_of(status.st_mtime_ns),
        data=data,
        fault="" if status.st_size <= MAX_BYTES else f"larger than {MAX_BYTES // 1_000_000} MB",
        steady=_times(status) == _times(os.fstat(handle)),
    )


def _times(status: os.stat_result) -> tuple[int, int, int]:
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns)


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


def _cannot(e: Exception) -> str:
    return f"cannot be read: {e.strerror if isinstance(e, OSError) else e}"


_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""Not waiting: a name that has become a FIFO since the walk must not hold up a worker."""
