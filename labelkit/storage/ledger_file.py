"""Open the file of the ledger: with SQLite's own locks where locks hold; else written under the lease, read as a copy.

Without locks nothing tells a reader that pages are being written. So a reader there never opens the file itself: it
takes a copy into memory, and only when no lease was held and no journal was there before and after, and the file was
the same; SQLite then checks the whole copy, and each row's seal is looked at as ever. It never rolls back what another
process left half written: the next writer does, under the lease. What cannot be seen from here is a share that hides
another machine's files for some seconds (attribute caching): a lease taken within them, together with a write that
leaves size, time and change counter as they were, is not told apart.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from labelkit.domain.errors import LedgerError
from labelkit.domain.names import shown
from labelkit.storage import lease, system
from labelkit.storage import ledger_rows as rows
from labelkit.storage.file_systems import file_system_of, has_no_locks, is_remote
from labelkit.storage.holder import is_gone

_BUSY_SECONDS = 10.0
"""How long to wait for another process that is reading or writing a few rows."""

_HEADER_BYTES = 100
"""SQLite's header, which counts the changes (sqlite.org/fileformat.html, 1.3)."""

_CUT_OFF = "run the sort that was cut off here again: it puts the ledger right"
_REMEDIES = {
    "SQLITE_READONLY_ROLLBACK": _CUT_OFF,
    "SQLITE_BUSY": "another process is using it; wait for that to end, then run the same command again",
    "SQLITE_LOCKED": "another process is using it; wait for that to end, then run the same command again",
    "SQLITE_READONLY": "make the file and its folder writable, then run the same command again",
    "SQLITE_CANTOPEN": "make the file and its folder readable and writable, then run the same command again",
    "SQLITE_FULL": "make room on the disk, then run the same command again",
    "SQLITE_IOERR": "the disk reports an error; check it, then run the same command again",
}
_NO_NAMES_LEFT = "the disk can take no more files (df -i); remove some, then run the same command again"
DAMAGED = "put back a copy of the file; or move it away and sort into a new base_dir"


def connect(path: str, *, create: bool, read_only: bool) -> sqlite3.Connection:
    """Open the file, and make its tables where there are none and `create` says so.

    Raises:
        LedgerError: as `open_ledger`.

    """
    with explained(path):
        connection = _opened(path, "ro" if read_only else "rwc" if create else "rw")
        try:
            _prepare(connection, path, create=not read_only)
        except BaseException:  # an interrupt too must not leave it open; raised on
            connection.close()
            raise
    return connection


def _opened(path: str, access: str) -> sqlite3.Connection:
    whole = os.path.abspath(path)
    leased = lease.is_mine(os.path.dirname(whole))
    if access == "ro" and not leased and not _locks_hold(whole):
        return _copied(whole)
    where = f"file:{quote(os.fsencode(whole))}?mode={access}{'&nolock=1' if leased else ''}"
    return sqlite3.connect(where, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)


def _locks_hold(path: str) -> bool:
    """Whether SQLite's locks keep a reader of this file apart from its writer."""
    folder = os.path.dirname(path)
    if is_remote(file_system_of(folder)) or lease.holder_of(folder) is not None:
        return False
    if not system.here().locks_folders or not os.path.exists(path):
        return True
    descriptor = os.open(path, system.flags("O_RDONLY"))
    try:
        system.here().lock(descriptor)
    except OSError as e:
        return not has_no_locks(e)
    finally:
        os.close(descriptor)
    return True


def _copied(path: str) -> sqlite3.Connection:
    before = _undisturbed(path)
    with open(path, "rb") as f:
        content = f.read()
    if _undisturbed(path) != before or len(content) != before[0]:
        raise LedgerError("it was written to while it was read", place=path, remedy="run the same command again")
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.deserialize(content)
        connection.execute("PRAGMA query_only=ON")
        _must_be_whole(connection, path)
    except BaseException:  # an interrupt too must not leave it open; raised on
        connection.close()
        raise
    return connection


def _must_be_whole(connection: sqlite3.Connection, path: str) -> None:
    found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(1)")]
    if found != ["ok"]:
        raise LedgerError(f"the ledger is damaged: {shown(found[0])}", place=path, remedy=DAMAGED)


def _undisturbed(path: str) -> tuple[int, int, bytes]:
    """What tells that a file was not written to: size, mtime and header, as they are once it is opened anew.

    Raises:
        LedgerError: somebody is writing, or was killed while writing.

    """
    holder = lease.holder_of(os.path.dirname(path))
    if holder is not None and not is_gone(holder):
        raise LedgerError(
            f"it cannot be read while {holder} is at work here: the locks of this file system cannot be relied on",
            place=path,
            remedy="wait until that has ended, then run the same command again",
        )
    if os.path.exists(f"{path}-journal"):
        raise LedgerError("a write into the ledger was cut off", place=path, remedy=_CUT_OFF)
    with open(path, "rb") as f:
        status = os.fstat(f.fileno())
        return status.st_size, status.st_mtime_ns, f.read(_HEADER_BYTES)


def _prepare(connection: sqlite3.Connection, path: str, *, create: bool) -> None:
    connection.execute("PRAGMA journal_mode=DELETE").fetchall()
    connection.execute("PRAGMA synchronous=EXTRA")
    connection.execute("PRAGMA fullfsync=ON")  # down to the disk itself on macOS; nothing elsewhere
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables and create:
        _create(connection)
    elif "meta" not in tables:
        raise LedgerError("this is no ledger of labelkit", place=path, remedy=DAMAGED)
    found = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    if found is None or found[0] != rows.SCHEMA_VERSION:
        raise LedgerError(
            f"the ledger has schema {found[0] if found else 'none'}; this version reads schema {rows.SCHEMA_VERSION}",
            place=path,
            remedy="use the version of labelkit that wrote it, or sort into a new base_dir",
        )


def _create(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        for table, described in rows.TABLES.items():
            key, way = (", PRIMARY KEY (root, path)", " WITHOUT ROWID") if table in rows.ONE_AN_IMAGE else ("", "")
            connection.execute(f"CREATE TABLE {table} ({', '.join(described)}, seal BLOB{key}){way}")
        connection.execute("CREATE INDEX decisions_by_image ON decisions (root, path)")
        schema = rows.sealed(("schema", rows.SCHEMA_VERSION))
        connection.execute("INSERT INTO meta (key, value, seal) VALUES (?, ?, ?)", schema)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, and nothing after an interrupt either."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:  # an interrupt too is rolled back; raised on
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def explained(path: str) -> Iterator[None]:
    """SQLite's errors as LedgerError, with what to do."""
    try:
        yield
    except sqlite3.Error as e:
        name = getattr(e, "sqlite_errorname", "") or ""
        primary = "_".join(name.split("_")[:2])
        remedy = _REMEDIES.get(name) or _REMEDIES.get(primary, DAMAGED)
        if primary == "SQLITE_CANTOPEN" and _no_names_left(path):
            remedy = _NO_NAMES_LEFT
        raise LedgerError(f"the ledger: {e}", place=path, remedy=remedy) from e


def _no_names_left(path: str) -> bool:
    """Whether the file system has no inode left: SQLite then says no more than that it cannot open a file."""
    if not hasattr(os, "statvfs"):
        return False
    try:
        disk = os.statvfs(os.path.dirname(path))
    except OSError:
        return False
    return disk.f_files > 0 and disk.f_favail == 0
