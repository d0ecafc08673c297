"""Facts and thumbnails of images seen before, found by stat without a read, by content without a decode; findings too.

One SQLite file in the user's cache folder, private to the user. Two levels: (absolute path, size, mtime, ctime, inode,
device) to the SHA-256 of the content; SHA-256 and recipe to the facts, or to the thumbnail. Beside them, a digest of
all that the checks of an audit look at to their findings, sealed (`kept_findings.py`). Names are kept as hashes.
SQLite's own lock lets several processes share it. Whatever is wrong with it is told once, and the run goes on without;
a damaged file is thrown away, for it can always be made again.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path

from labelkit.domain.tree import FileEntry
from labelkit.storage import fact_rows
from labelkit.storage.feature_cache import CacheState, remove

FILE = "facts.db"
MAX_BYTES = 512 * 1024 * 1024
"""Above this the oldest rows go. Some 700 bytes an image, and 3 kB a thumbnail."""

_WAIT_S = 2.0
_KEEP = 0.75
"""Share of MAX_BYTES that is left after the oldest went."""

_TICK_NS = 100_000_000
_COARSE_TICK_NS = 2_100_000_000
_SECOND_NS = 1_000_000_000

KnownFile = tuple[bytes, bytes, str]
"""Name, stamp, and the SHA-256 of the content (hexadecimal)."""


def name_of(where: str) -> bytes:
    """How an absolute path is kept: 16 bytes of its hash, so that the cache tells nobody what a person's files are."""
    return blake2b(os.fsencode(where), digest_size=16).digest()


def stamp_of(file: FileEntry) -> bytes:
    """What has changed when a file has: size, mtime, ctime, inode and device, hashed."""
    told = f"{file.size}:{file.mtime_ns}:{file.ctime_ns}:{file.inode}:{file.device}"
    return blake2b(told.encode(), digest_size=16).digest()


def key_of(sha256: str, recipe: str) -> bytes:
    """Under what something that was made of a content is kept."""
    return blake2b(f"{sha256}:{recipe}".encode(), digest_size=16).digest()


def is_settled(file: FileEntry, read_after_ns: int) -> bool:
    """Whether the file's times are so far before its reading that a later change must show in them.

    A file written twice within one tick of its file system's clock has the same times both times: what was read between
    them would be found again for the second content (Git's documentation, "racy-git"). The tick is 10 ms at most where
    the times have fractions of a second; else it may be 2 s (FAT). Times in the future are never settled.

    Args:
        file: as it was walked.
        read_after_ns: a moment before which the file was not read, ns since the epoch by this machine's clock.

    """
    moment = max(file.mtime_ns, file.ctime_ns)
    tick = _TICK_NS if moment % _SECOND_NS else _COARSE_TICK_NS
    return moment + tick < read_after_ns


class FactCache:
    """What earlier audits saw. Any trouble with the file is told once, and then nothing is found or kept.

    Args:
        folder: where its file is, or is made.
        say: told what a person should know, one line.
        max_bytes: above this the oldest rows go.

    """

    def __init__(
        self, folder: Path, *, say: Callable[[str], None] = lambda _: None, max_bytes: int = MAX_BYTES
    ) -> None:
        self.path = folder / FILE
        self._say, self._max_bytes = say, max_bytes
        self._told = False
        self._db: sqlite3.Connection | None = None
        try:
            self._db = self._opened()
        except (sqlite3.DatabaseError, OSError) as e:
            self._fault(e)

    def digests(self, asked: Sequence[tuple[bytes, bytes]]) -> list[str]:
        """The SHA-256 of each file (name, stamp) that is as it was when it was read; "" for the others."""
        found: dict[bytes, tuple[bytes, str]] = {}
        if self._db is not None:
            try:
                found = fact_rows.files_of(self._db, [name for name, _ in asked])
            except sqlite3.DatabaseError as e:
                self._fault(e)
        known = (found.get(name, (b"", "")) for name, _ in asked)
        return [digest if kept == stamp else "" for (_, stamp), (kept, digest) in zip(asked, known, strict=True)]

    def bodies(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """What is kept under each of the keys that are known."""
        if self._db is not None:
            try:
                return fact_rows.bodies_of(self._db, keys)
            except sqlite3.DatabaseError as e:
                self._fault(e)
        return {}

    def keep(self, files: Sequence[KnownFile], bodies: Sequence[tuple[bytes, bytes]]) -> None:
        """Keep what was read and made; the oldest goes when it gets too much."""
        if self._db is None or not (files or bodies):
            return
        try:
            with self._db:
                fact_rows.insert(self._db, files, bodies)
                fact_rows.shrink(self._db, self._max_bytes, _KEEP)
        except sqlite3.DatabaseError as e:
            self._fault(e)

    def state(self) -> CacheState:
        """What it holds now: bytes on disk, facts and thumbnails together, files known by stat."""
        counts = [0, 0]
        if self._db is not None:
            counts = [int(self._db.execute(f"SELECT count(*) FROM {t}").fetchone()[0]) for t in fact_rows.TABLES]  # noqa: S608 - our own names
        size = self.path.stat().st_size if self.path.is_file() else 0
        return CacheState(str(self.path.parent), size, counts[1], counts[0], self._max_bytes)

    def close(self) -> None:
        """Let go of the file."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _opened(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        db = sqlite3.connect(self.path, timeout=_WAIT_S)
        try:
            fact_rows.prepare(db)
        except BaseException:
            db.close()
            raise
        return db

    def _fault(self, e: sqlite3.DatabaseError | OSError) -> None:
        """Not to be used (locked, full, no right): go on without. Damaged: throw it away, once."""
        self.close()
        if isinstance(e, (sqlite3.OperationalError, OSError)):
            why = e.strerror if isinstance(e, OSError) and e.strerror else str(e)
            self._tell(f"the cache of image facts is not used: {why} ({self.path})")
        elif not self._told:
            where = f"({self.path})"
            self._tell(f"the cache of image facts was damaged or of another version, and is started anew {where}")
            try:
                remove(self.path)
                self._db = self._opened()
            except (OSError, sqlite3.DatabaseError):
                self._db = None

    def _tell(self, line: str) -> None:
        if not self._told:
            self._told = True
            self._say(line)
