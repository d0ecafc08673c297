"""The ledger as one SQLite file in base_dir: rollback journal, full synchronisation, every row sealed."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from labelkit.domain.decisions import Decision, ImageKey
from labelkit.domain.errors import LedgerError
from labelkit.domain.placing import LEDGER_NAME, Change, Mode, Placement, RunRecord, StepReceipt, change_of
from labelkit.storage import ledger_rows as rows
from labelkit.storage.ledger import Intent, Ledger
from labelkit.storage.memory_ledger import MemoryLedger

_BUSY_SECONDS = 10.0
"""How long to wait for another process that is reading or writing a few rows."""

_REMEDIES = {
    "SQLITE_BUSY": "another process is using it; wait for that to end, then run the same command again",
    "SQLITE_LOCKED": "another process is using it; wait for that to end, then run the same command again",
    "SQLITE_READONLY": "make the file and its folder writable, then run the same command again",
    "SQLITE_CANTOPEN": "make the file and its folder readable and writable, then run the same command again",
    "SQLITE_FULL": "make room on the disk, then run the same command again",
    "SQLITE_IOERR": "the disk reports an error; check it, then run the same command again",
}
_STANDS = (
    "decided_by = 'person' OR run NOT IN "
    "(SELECT back.seq FROM runs AS back JOIN runs AS undo ON undo.takes_back = back.id WHERE undo.counts != '')"
)
"""Decisions that were not taken back with their run."""
_DAMAGED = "put back a copy of the file; or move it away and sort into a new base_dir"


def open_ledger(base_dir: Path | str, *, create: bool, read_only: bool = False) -> Ledger:
    """Open the ledger of a base_dir.

    Args:
        base_dir: an existing folder.
        create: make the ledger where there is none. (An empty file, left by a kill at that moment, is none yet.)
        read_only: only read; nothing is written into the folder, and writing raises.

    Raises:
        LedgerError: there is none, it is damaged, in use, of another version, or cannot be written.

    """
    path = os.path.join(os.fspath(base_dir), LEDGER_NAME)
    if not create and not os.path.exists(path):
        raise LedgerError("there is no ledger", place=path, remedy="labelkit sort writes one")
    if read_only and os.path.exists(path) and os.path.getsize(path) == 0:
        return MemoryLedger()
    with _explained(path):
        connection = _connect(path, "ro" if read_only else "rwc" if create else "rw")
        try:
            _prepare(connection, path, create=not read_only)
        except BaseException:  # an interrupt too must not leave it open; raised on
            connection.close()
            raise
    return SqliteLedger(connection, path)


class SqliteLedger:
    """The ledger in SQLite; see `Ledger` for what each method means."""

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        self._db = connection
        self._path = path
        self._roots: dict[str, int] = {}

    def begin_run(self, run: RunRecord) -> None:
        """Record that a run begins; its id must be new."""
        with self._transaction():
            self._insert("runs", [_run_row(run)])

    def end_run(self, run_id: str, counts: str) -> None:
        """Record a run's counts (JSON)."""
        with self._transaction():
            key, run = self._run(run_id)
            row = _run_row(replace(run, counts=counts))
            self._insert("runs", [(key, *row)], keyed=True)

    def runs(self) -> list[RunRecord]:
        """All runs, oldest first."""
        return [_run(row) for _, *row in self._rows("runs", "ORDER BY seq")]

    def decisions(self) -> dict[ImageKey, Decision]:
        """The latest decision about each image that was not taken back."""
        newest = f"WHERE seq IN (SELECT max(seq) FROM decisions WHERE {_STANDS} GROUP BY root, path) ORDER BY seq"  # noqa: S608 - own words
        roots = self._root_paths()
        found = (rows.decision(roots[int(str(root))], row) for _, _, root, *row in self._rows("decisions", newest))
        return {d.image: d for d in found}

    def record_decisions(self, run_id: str, decisions: Iterable[Decision]) -> None:
        """Append decisions; a later one supersedes an earlier one of the same image."""
        with self._transaction():
            run, _ = self._run(run_id)
            self._insert("decisions", (rows.decision_row(run, self._root(d.image), d) for d in decisions))

    def history(self, image: ImageKey) -> list[tuple[str, Decision]]:
        """Every decision about an image with its run id, oldest first."""
        runs = {key: rows.text(row[0]) for key, *row in self._rows("runs", "")}
        where = "WHERE root = (SELECT id FROM roots WHERE path = ?) AND path = ? ORDER BY seq"
        key = (rows.path_cell(image.root), rows.path_cell(image.path))
        return [(runs[run], rows.decision(image.root, row)) for _, run, _, *row in self._rows("decisions", where, key)]

    def placements(self) -> dict[ImageKey, Placement]:
        """Where each image stands."""
        roots = self._root_paths()
        found = (rows.placement(roots[int(str(root))], row) for _, root, *row in self._rows("placements", ""))
        return {p.image: p for p in found}

    def record_placements(self, placements: Iterable[Placement]) -> None:
        """Set where images stand, without a step."""
        with self._transaction():
            self._place(placements)

    def forget_placements(self, images: Iterable[ImageKey]) -> None:
        """Record that images stand nowhere in base_dir any more."""
        with self._transaction():
            self._delete("placements", images)

    def intend(self, intents: Iterable[Intent]) -> None:
        """Write ahead: these steps are about to be done."""
        with self._transaction():
            self._insert("intents", (rows.intent_row(self._root(i.step.image), i) for i in intents))

    def settle(self, run_id: str, receipts: Iterable[StepReceipt]) -> None:
        """Record what became of steps, and what they changed; their intents are gone."""
        kept = list(receipts)
        with self._transaction():
            self._note_changes(run_id, kept)
            self._place(r.placement for r in kept if r.placement is not None)
            self._delete("placements", (r.step.image for r in kept if r.placement is None and not r.failure))
            self._delete("intents", (r.step.image for r in kept))

    def intents(self) -> list[Intent]:
        """Steps that were about to be done when an earlier run ended."""
        roots = self._root_paths()
        return [rows.intent(roots[int(str(root))], row) for _, root, *row in self._rows("intents", "ORDER BY seq")]

    def drop_intents(self) -> None:
        """Forget all intents."""
        with self._transaction():
            self._db.execute("DELETE FROM intents")

    def changes(self) -> list[Change]:
        """Every step that was done, oldest first."""
        runs = {key: rows.text(row[0]) for key, *row in self._rows("runs", "")}
        roots = self._root_paths()
        found = self._rows("changes", "ORDER BY seq")
        return [rows.change(runs[run], roots[int(str(root))], row) for _, run, root, *row in found]

    def set_classes(self, classes: Iterable[str]) -> None:
        """Record the ordered class names."""
        with self._transaction():
            self._insert("meta", [rows.sealed(("classes", json.dumps(list(classes))))], keyed=True)

    def classes(self) -> tuple[str, ...]:
        """The ordered class names as recorded; empty when none were."""
        found = [value for _, value, *_ in self._rows("meta", "WHERE key = 'classes'")]
        return tuple(json.loads(rows.text(found[0]))) if found else ()

    def close(self) -> None:
        """Let go of the file; SQLite has removed its journal already."""
        with _explained(self._path):
            self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            with _explained(self._path), _transaction(self._db):
                yield
        except BaseException:  # an interrupt too ends the transaction; raised on
            self._roots = {}  # a root written by this transaction is gone again
            raise

    def _rows(self, table: str, clause: str, values: rows.Row = ()) -> Iterator[list[rows.Cell]]:
        """Rows of a table, the key first, without their seals."""
        names = ", ".join(rows.columns(table))
        start = 0 if table == "meta" else 1
        with _explained(self._path):
            for row in self._db.execute(f"SELECT {names} FROM {table} {clause}", values):  # noqa: S608 - own names
                if not rows.is_whole(row[start:]):
                    raise LedgerError(
                        f"the ledger is damaged: table {table}, row {row[0]}", place=self._path, remedy=_DAMAGED
                    )
                yield list(row[:-1])

    def _insert(self, table: str, values: Iterable[rows.Row], *, keyed: bool = False) -> None:
        names = rows.columns(table)[0 if keyed else 1 :]
        verb = "INSERT" if table == "runs" and not keyed else "INSERT OR REPLACE"
        marks = ", ".join("?" * len(names))
        self._db.executemany(f"{verb} INTO {table} ({', '.join(names)}) VALUES ({marks})", values)

    def _delete(self, table: str, images: Iterable[ImageKey]) -> None:
        keys = ((self._root(image), rows.path_cell(image.path)) for image in images)
        self._db.executemany(f"DELETE FROM {table} WHERE root = ? AND path = ?", keys)  # noqa: S608 - own names

    def _note_changes(self, run_id: str, receipts: Iterable[StepReceipt]) -> None:
        """Append what steps changed; of images that stand nowhere any more the placement is read before it goes."""
        run, _ = self._run(run_id)
        found = (change_of(run_id, r, None if r.placement else self._placement(r.step.image)) for r in receipts)
        self._insert("changes", (rows.change_row(run, self._root(c.image), c) for c in found if c is not None))

    def _placement(self, image: ImageKey) -> Placement | None:
        where = "WHERE root = ? AND path = ?"
        for _, _, *row in self._rows("placements", where, (self._root(image), rows.path_cell(image.path))):
            return rows.placement(image.root, row)
        return None

    def _place(self, placements: Iterable[Placement]) -> None:
        self._insert("placements", (rows.placement_row(self._root(p.image), p) for p in placements))

    def _root(self, image: ImageKey) -> int:
        """The number of an image's root; a new root is written within the transaction under way."""
        if image.root not in self._roots:
            self._roots = {path: key for key, path in self._root_paths().items()}
        if image.root not in self._roots:
            self._insert("roots", [rows.sealed((rows.path_cell(image.root),))])
            self._roots = {path: key for key, path in self._root_paths().items()}
        return self._roots[image.root]

    def _root_paths(self) -> dict[int, str]:
        return {int(str(key)): rows.path(where) for key, where in self._rows("roots", "")}

    def _run(self, run_id: str) -> tuple[int, RunRecord]:
        for key, *row in self._rows("runs", "WHERE id = ?", (run_id,)):
            return int(str(key)), _run(row)
        raise LedgerError(f"the ledger knows no run {run_id}", place=self._path)


def _run_row(run: RunRecord) -> rows.Row:
    said = (rows.text_cell(run.arguments), rows.text_cell(run.counts))
    return rows.sealed((run.id, run.started, run.mode.value, *said, run.takes_back))


def _run(row: list[rows.Cell]) -> RunRecord:
    run, started, mode, arguments, counts, takes_back = (rows.text(cell) for cell in row)
    return RunRecord(run, started, Mode(mode), arguments, counts, takes_back)


def _connect(path: str, access: str) -> sqlite3.Connection:
    where = f"file:{quote(os.fsencode(os.path.abspath(path)))}?mode={access}"
    return sqlite3.connect(where, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)


def _prepare(connection: sqlite3.Connection, path: str, *, create: bool) -> None:
    connection.execute("PRAGMA journal_mode=DELETE").fetchall()
    connection.execute("PRAGMA synchronous=EXTRA")
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables and create:
        _create(connection)
    elif "meta" not in tables:
        raise LedgerError("this is no ledger of labelkit", place=path, remedy=_DAMAGED)
    found = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    if found is None or found[0] != rows.SCHEMA_VERSION:
        raise LedgerError(
            f"the ledger has schema {found[0] if found else 'none'}; this version reads schema {rows.SCHEMA_VERSION}",
            place=path,
            remedy="use the version of labelkit that wrote it, or sort into a new base_dir",
        )


def _create(connection: sqlite3.Connection) -> None:
    with _transaction(connection):
        for table, described in rows.TABLES.items():
            connection.execute(f"CREATE TABLE {table} ({', '.join(described)}, seal BLOB)")
        connection.execute("CREATE INDEX decisions_by_image ON decisions (root, path)")
        connection.execute("CREATE UNIQUE INDEX placements_by_image ON placements (root, path)")
        connection.execute("CREATE UNIQUE INDEX intents_by_image ON intents (root, path)")
        schema = rows.sealed(("schema", rows.SCHEMA_VERSION))
        connection.execute("INSERT INTO meta (key, value, seal) VALUES (?, ?, ?)", schema)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
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
def _explained(path: str) -> Iterator[None]:
    """SQLite's errors as LedgerError, with what to do."""
    try:
        yield
    except sqlite3.Error as e:
        name = getattr(e, "sqlite_errorname", "") or ""
        primary = "_".join(name.split("_")[:2])
        raise LedgerError(f"the ledger: {e}", place=path, remedy=_REMEDIES.get(primary, _DAMAGED)) from e
