"""Numbers that images gave before: kept by content and recipe, found by stat, so that nothing is decoded twice.

One SQLite file in the user's cache folder, private to the user. Two levels: (device, inode, size, mtime, ctime) to the
SHA-256 of the content; SHA-256 and recipe to the number. A changed file has another stat, so its content is read again;
a copied file is read, and its numbers are found by its content. SQLite's own lock lets several processes share it; what
cannot be written is not kept. A damaged file is thrown away: it can always be made again.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from labelkit.storage.feature_rows import BY_STAT, checked, crc_of, joined, prepare
from labelkit.storage.feature_values import Scalar, encoded

FILE = "features.db"
MAX_BYTES = 256 * 1024 * 1024
"""Above this the oldest numbers go."""

_WAIT_S = 2.0
_KEEP = 0.75
"""Share of MAX_BYTES that is left after the oldest went."""

FileStamp = tuple[str, int, int, int]
"""Which file (`device:inode`), its size in bytes, mtime and ctime in ns."""


@dataclass(frozen=True, slots=True)
class CacheState:
    """What the cache holds: its folder, bytes on disk, numbers, files known by stat, and the bytes it may have."""

    folder: str
    bytes_used: int
    values: int
    files: int
    bytes_allowed: int = MAX_BYTES


@dataclass(frozen=True, slots=True)
class NewValues:
    """What one image gave: its stamp (None when it changed meanwhile), the SHA-256 of its content, recipe to number."""

    stamp: FileStamp | None
    digest: bytes
    values: Mapping[str, Scalar]


def cache_folder() -> Path:
    """LABELKIT_CACHE_DIR, else the folder that the system has for caches of this user."""
    given = os.environ.get("LABELKIT_CACHE_DIR")
    if given:
        return Path(given)
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("labelkit", appauthor=False))


def stamp_of_file(path: str) -> FileStamp | None:
    """The stamp of a file, links followed; None when it cannot be had."""
    try:
        s = os.stat(path)
    except (OSError, ValueError):
        return None
    return stamp_of_status(s)


def stamp_of_status(s: os.stat_result) -> FileStamp:
    """The stamp in what `os.stat` says."""
    return (f"{s.st_dev}:{s.st_ino}", s.st_size, s.st_mtime_ns, s.st_ctime_ns)


class FeatureCache:
    """The numbers of earlier runs. Any trouble with the file is told once, and then nothing is found or kept.

    Args:
        folder: where its file is, or is made.
        say: told what a person should know, one line.
        max_bytes: above this the oldest numbers go.

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
        except sqlite3.OperationalError as e:
            self._give_up(str(e))
        except sqlite3.DatabaseError:
            self._start_anew()
        except OSError as e:
            self._give_up(e.strerror or str(e))

    def lookup(self, stamps: Sequence[FileStamp | None], recipes: Sequence[str]) -> list[dict[str, Scalar]]:
        """For each file the numbers that are known of it, by recipe."""
        found: list[dict[str, Scalar]] = [{} for _ in stamps]
        asked = [(i, *stamp) for i, stamp in enumerate(stamps) if stamp is not None]
        for i, text, value in self._rows(BY_STAT, asked, recipes):
            found[i][text] = value
        return found

    def keep(self, found: Iterable[NewValues]) -> None:
        """Keep what images gave; the oldest goes when it gets too much."""
        new = list(found)
        if self._db is None or not new:
            return
        try:
            with self._db:
                self._insert(self._db, new)
                self._shrink(self._db)
        except sqlite3.OperationalError as e:
            self._give_up(str(e))
        except sqlite3.DatabaseError:
            self._start_anew()

    def state(self) -> CacheState:
        """What it holds now."""
        values = files = 0
        if self._db is not None:
            values = int(self._db.execute("SELECT count(*) FROM value").fetchone()[0])
            files = int(self._db.execute("SELECT count(*) FROM file").fetchone()[0])
        return CacheState(str(self.path.parent), _size(self.path), values, files, self._max_bytes)

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
            prepare(db)
        except BaseException:
            db.close()
            raise
        return db

    def _rows(
        self, query: str, asked: Sequence[tuple[int | str, ...]], recipes: Sequence[str]
    ) -> list[tuple[int, str, Scalar]]:
        if self._db is None or not asked or not recipes:
            return []
        try:
            rows = joined(self._db, query, asked, recipes)
            return [
                (int(i), text, checked(digest, text, kind, value, crc)) for i, text, digest, kind, value, crc in rows
            ]
        except sqlite3.OperationalError as e:
            self._give_up(str(e))
        except sqlite3.DatabaseError:
            self._start_anew()
        return []

    @staticmethod
    def _insert(db: sqlite3.Connection, new: Sequence[NewValues]) -> None:
        stamps = [(*n.stamp, n.digest) for n in new if n.stamp is not None]
        db.executemany("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?)", stamps)
        texts = sorted({text for n in new for text in n.values})
        db.executemany("INSERT OR IGNORE INTO recipe (text) VALUES (?)", [(text,) for text in texts])
        ids = {text: id_ for id_, text in db.execute("SELECT id, text FROM recipe")}
        rows = []
        for n in new:
            for text, value in n.values.items():
                kind, plain = encoded(value)
                rows.append((n.digest, ids[text], kind, plain, crc_of(n.digest, text, kind, plain)))
        columns = "INSERT OR IGNORE INTO value (digest, recipe, kind, value, crc) VALUES (?, ?, ?, ?, ?)"
        db.executemany(columns, rows)

    def _shrink(self, db: sqlite3.Connection) -> None:
        """The oldest go: numbers first, then stamps whose content has none left."""
        pages, free, size = (
            int(db.execute(f"PRAGMA {p}").fetchone()[0]) for p in ("page_count", "freelist_count", "page_size")
        )
        used = (pages - free) * size
        if used <= self._max_bytes:
            return
        first, last = db.execute("SELECT min(id), max(id) FROM value").fetchone()
        gone = first + int((last - first + 1) * (1 - _KEEP * self._max_bytes / used)) if last is not None else 0
        db.execute("DELETE FROM value WHERE id < ?", (gone,))
        db.execute("DELETE FROM file WHERE digest NOT IN (SELECT digest FROM value)")
        db.execute("PRAGMA incremental_vacuum")

    def _start_anew(self) -> None:
        """A damaged file is thrown away, once; what it held is found again."""
        self.close()
        if self._told:
            return
        self._tell(f"the cache of image features was damaged or of another version, and is started anew ({self.path})")
        try:
            remove(self.path)
            self._db = self._opened()
        except (OSError, sqlite3.DatabaseError):
            self._db = None

    def _give_up(self, why: str) -> None:
        self.close()
        self._tell(f"the cache of image features is not used: {why} ({self.path})")

    def _tell(self, line: str) -> None:
        if not self._told:
            self._told = True
            self._say(line)


def remove(path: Path) -> int:
    """Remove the cache's file and what SQLite left beside it; the bytes that were freed.

    Raises:
        OSError: it cannot be removed.

    """
    freed = 0
    for name in (path, path.with_name(path.name + "-journal")):
        freed += _size(name)
        name.unlink(missing_ok=True)
    return freed


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
