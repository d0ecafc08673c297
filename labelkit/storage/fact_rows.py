"""The SQL of the cache of image facts: its two levels, and rows checked as they are read."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_VERSION = 1

_SCHEMA = """
CREATE TABLE file (id INTEGER PRIMARY KEY, name BLOB UNIQUE, stamp BLOB, digest TEXT);
CREATE TABLE kept (id INTEGER PRIMARY KEY, key BLOB UNIQUE, body BLOB, crc INTEGER);
"""

_AT_ONCE = 900
"""Names in one question: SQLite takes 999 and more (limits, SQLITE_MAX_VARIABLE_NUMBER)."""

TABLES = ("file", "kept")

_WAIT_S = 0.5

Recall = Callable[[bytes], bytes | None]
"""A key to what is kept under it, None for nothing."""


def prepare(db: sqlite3.Connection) -> None:
    """A new file gets its tables.

    Raises:
        sqlite3.DatabaseError: a file of another version, or no database.

    """
    db.execute("PRAGMA synchronous = OFF")  # a cache may be lost in a power cut; each row carries its CRC
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version == _VERSION:
        db.execute("SELECT count(*) FROM sqlite_master")
        return
    if version or db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise sqlite3.DatabaseError("another version")
    db.execute("PRAGMA auto_vacuum = INCREMENTAL")
    created = _SCHEMA.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS")  # another process may have been quicker
    db.executescript(f"BEGIN IMMEDIATE; {created} PRAGMA user_version = {_VERSION}; COMMIT;")


def files_of(db: sqlite3.Connection, names: Sequence[bytes]) -> dict[bytes, tuple[bytes, str]]:
    """Name to stamp and digest, of the names that are known."""
    found = {}
    for part in _parts(names):
        query = f"SELECT name, stamp, digest FROM file WHERE name IN ({_marks(part)})"  # noqa: S608 - question marks only
        found.update({name: (stamp, digest) for name, stamp, digest in db.execute(query, part)})
    return found


def bodies_of(db: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, bytes]:
    """Key to body, of the keys that are known.

    Raises:
        sqlite3.DatabaseError: a row is not as it was written.

    """
    found = {}
    for part in _parts(keys):
        query = f"SELECT key, body, crc FROM kept WHERE key IN ({_marks(part)})"  # noqa: S608 - question marks only
        found.update({key: _checked(key, body, crc) for key, body, crc in db.execute(query, part)})
    return found


def insert(
    db: sqlite3.Connection, files: Sequence[tuple[bytes, bytes, str]], bodies: Sequence[tuple[bytes, bytes]]
) -> None:
    """Keep names with stamp and digest, and keys with their bodies; a known name is renewed."""
    db.executemany("INSERT OR REPLACE INTO file (name, stamp, digest) VALUES (?, ?, ?)", files)
    rows = [(key, body, _crc(key, body)) for key, body in bodies]
    db.executemany("INSERT OR IGNORE INTO kept (key, body, crc) VALUES (?, ?, ?)", rows)


def shrink(db: sqlite3.Connection, max_bytes: int, keep: float) -> None:
    """The oldest rows of both levels go until about `keep` of `max_bytes` is left, when it is more."""
    pages, free, size = (
        int(db.execute(f"PRAGMA {what}").fetchone()[0]) for what in ("page_count", "freelist_count", "page_size")
    )
    used = (pages - free) * size
    if used <= max_bytes:
        return
    for table in TABLES:
        first, last = db.execute(f"SELECT min(id), max(id) FROM {table}").fetchone()  # noqa: S608 - our own names
        if last is not None:
            gone = first + int((last - first + 1) * (1 - keep * max_bytes / used))
            db.execute(f"DELETE FROM {table} WHERE id < ?", (gone,))  # noqa: S608 - our own names
    db.execute("PRAGMA incremental_vacuum")


@contextmanager
def recalling(path: str) -> Iterator[Recall]:
    """Look up one key after the other, reading only: for workers. Nothing is found where it cannot be read.

    Args:
        path: the cache's file; "" for none.

    """
    try:
        db = sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True, timeout=_WAIT_S) if path else None
    except (sqlite3.Error, OSError):
        db = None
    try:
        something = db is not None and _keeps_something(db)  # a first audit need not ask image by image
        yield lambda key: _recalled(db, key) if something else None
    finally:
        if db is not None:
            db.close()


def _keeps_something(db: sqlite3.Connection) -> bool:
    try:
        return db.execute("SELECT 1 FROM kept LIMIT 1").fetchone() is not None
    except sqlite3.Error:  # the main process tells of it
        return False


def _recalled(db: sqlite3.Connection | None, key: bytes) -> bytes | None:
    if db is None:
        return None
    try:
        return bodies_of(db, [key]).get(key)
    except sqlite3.Error:  # the main process tells of it
        return None


def _parts(names: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (names[i : i + _AT_ONCE] for i in range(0, len(names), _AT_ONCE))


def _marks(part: Sequence[bytes]) -> str:
    return ",".join("?" * len(part))


def _crc(key: bytes, body: bytes) -> int:
    return zlib.crc32(body, zlib.crc32(key))


def _checked(key: bytes, body: object, crc: int) -> bytes:
    if isinstance(body, bytes) and _crc(key, body) == crc:
        return body
    raise sqlite3.DatabaseError("a row is not as it was written")
