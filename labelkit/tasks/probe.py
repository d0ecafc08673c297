"""A worker's probe: a shard of paths in, the facts of each image out."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

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
        try:
            handle = os.open(os.path.join(self.root, path), _FLAGS)  # noqa: PTH118 - names are bytes, not Path's business
        except (OSError, ValueError) as e:
            return ImageFacts(path, 0, fault=_cannot(e))
        try:
            return _read(path, handle)
        except OSError as e:
            return ImageFacts(path, 0, fault=_cannot(e))
        finally:
            os.close(handle)


def _read(path: str, handle: int) -> ImageFacts:
    from labelkit.imaging.probe import probe

    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        return ImageFacts(path, 0, fault="not a plain file")
    modified = _time(status.st_mtime_ns)
    with os.fdopen(handle, "rb", closefd=False) as file:
        if status.st_size <= MAX_BYTES:
            return replace(probe(path, file.read()), modified=modified)
        digest = hashlib.sha256()
        for chunk in iter(lambda: file.read(_CHUNK), b""):
            digest.update(chunk)
    fault = f"larger than {MAX_BYTES // 1_000_000} MB"
    return ImageFacts(path, status.st_size, digest.hexdigest(), fault=fault, modified=modified)


def _time(nanoseconds: int) -> str:
    """UTC, ISO 8601 with milliseconds; empty for a time that no calendar has."""
    try:
        moment = datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC)
    except (OverflowError, ValueError, OSError):
        return ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{nanoseconds // 1_000_000 % 1000:03}Z"


def _cannot(e: Exception) -> str:
    return f"cannot be read: {e.strerror if isinstance(e, OSError) else e}"


_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""Not waiting: a name that has become a FIFO since the walk must not hold up a worker."""
