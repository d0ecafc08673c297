"""The SQL of the cache of image features: its tables, and rows checked as they are read."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from labelkit.storage.feature_values import Scalar, decoded

_VERSION = 1

_SCHEMA = """
CREATE TABLE IF NOT EXISTS file (file TEXT PRIMARY KEY, size INTEGER, mtime INTEGER, ctime INTEGER,
                                 digest BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS recipe (id INTEGER PRIMARY KEY, text TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS value (id INTEGER PRIMARY KEY, digest BLOB, recipe INTEGER, kind TEXT, value,
                                  crc INTEGER, UNIQUE (digest, recipe));
"""


BY_STAT = """
SELECT asked.n, recipe.text, value.digest, value.kind, value.value, value.crc
FROM asked JOIN file ON file.file = asked.a AND file.size = asked.b AND file.mtime = asked.c AND file.ctime = asked.d
JOIN value ON value.digest = file.digest JOIN recipe ON recipe.id = value.recipe
WHERE recipe.text IN (SELECT text FROM wanted)
"""

_BY_CONTENT = """
SELECT recipe.text, value.kind, value.value, value.crc FROM value JOIN recipe ON recipe.id = value.recipe
WHERE value.digest = ? AND recipe.text IN (SELECT value FROM json_each(?))
"""

_Row = tuple[int, str, bytes, str, int | float, int]


def joined(
    db: sqlite3.Connection, query: str, asked: Sequence[tuple[int | str, ...]], recipes: Sequence[str]
) -> list[_Row]:
    """The rows of BY_STAT for `asked` files and these recipes."""
    db.execute("CREATE TEMP TABLE asked (n INTEGER PRIMARY KEY, a, b, c, d)")
    db.execute("CREATE TEMP TABLE wanted (text TEXT PRIMARY KEY)")
    try:
        db.executemany("INSERT INTO asked VALUES (?, ?, ?, ?, ?)", asked)
        db.executemany("INSERT INTO wanted VALUES (?)", [(text,) for text in dict.fromkeys(recipes)])
        return db.execute(query).fetchall()
    finally:
        db.execute("DROP TABLE asked")
        db.execute("DROP TABLE wanted")
        db.commit()


def prepare(db: sqlite3.Connection) -> None:
    """A new file gets its tables; one of another version is emptied."""
    db.execute("PRAGMA synchronous = OFF")  # a cache may be lost in a power cut
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version == _VERSION:
        db.execute("SELECT count(*) FROM recipe")
        return
    if version or db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise sqlite3.DatabaseError("another version")
    db.execute("PRAGMA auto_vacuum = INCREMENTAL")
    db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")


def crc_of(digest: bytes, text: str, kind: str, value: float) -> int:
    """CRC-32 of everything in a row."""
    return zlib.crc32(f"{text}\n{kind}\n{value!r}".encode(), zlib.crc32(digest))


def checked(digest: bytes, text: str, kind: str, value: float, crc: int) -> Scalar:
    """The number of a row.

    Raises:
        sqlite3.DatabaseError: the row is not as it was written.

    """
    try:
        if crc_of(digest, text, kind, value) == crc:
            return decoded(kind, value)
    except (TypeError, ValueError):  # a flipped bit made another type of it
        pass
    raise sqlite3.DatabaseError("a value is not as it was written")


def values_by_content(path: str, digest: bytes, recipes: Sequence[str]) -> dict[str, Scalar]:
    """The numbers known of a content; nothing where the cache cannot be read. For worker processes, which only read."""
    if not path or not recipes:
        return {}
    read_only = f"{Path(path).absolute().as_uri()}?mode=ro"
    with suppress(sqlite3.Error, OSError), closing(sqlite3.connect(read_only, uri=True)) as db:
        rows = db.execute(_BY_CONTENT, (digest, json.dumps(recipes)))
        return {text: checked(digest, text, kind, value, crc) for text, kind, value, crc in rows}
    return {}
