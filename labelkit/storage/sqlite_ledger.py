"""The ledger as one SQLite file in base_dir: rollback journal, full synchronisation, every row sealed."""

from __future__ import annotations

import itertools
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from labelkit.domain.decisions import Decided, Decision, ImageKey
from labelkit.domain.errors import LedgerError
from labelkit.domain.names import shown
from labelkit.domain.placing import LEDGER_NAME, Action, Change, Placement, RunRecord, StepReceipt, change_of
from labelkit.domain.split import Assigned
from labelkit.storage import ledger_rows as rows
from labelkit.storage.ledger import Intent, Ledger
from labelkit.storage.ledger_file import DAMAGED, connect, explained, transaction
from labelkit.storage.ledger_names import Named
from labelkit.storage.memory_ledger import MemoryLedger

_NEWEST = (
    "seq IN (SELECT max(seq) FROM decisions WHERE decided_by = 'person' OR run NOT IN "
    "(SELECT back.seq FROM runs AS back JOIN runs AS undo ON undo.takes_back = back.id WHERE undo.counts != '') "
    "GROUP BY root, path)"
)
"""The latest decision about each image, but for those that were taken back with their run."""

_EACH_COUNTS = (
    "SELECT NOT EXISTS (SELECT 1 FROM runs WHERE takes_back != '') AND "
    "(SELECT count(*) FROM decisions) = (SELECT count(*) FROM (SELECT 1 FROM decisions GROUP BY root, path))"
)
"""Whether every decision is the latest about its image, as after a first sort; to ask is cheaper than to choose."""

_CHUNK = 200
"""Rows that are read or written at once: few enough to stay in the processor's cache until they are done with."""

_MARKS = 999
"""Cells that one statement may write (older SQLite takes no more; sqlite.org/limits.html, 9). Rows go many a statement:
after each one the threads that copy may take Python's lock, and this one waits for it."""


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
    return SqliteLedger(connect(path, create=create, read_only=read_only), path)


class SqliteLedger:
    """The ledger in SQLite; see `Ledger` for what each method means."""

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        self._db = connection
        self._path = path
        self._roots: dict[str, rows.Cell] = {}
        self._noted: dict[int, Sequence[Intent]] = {}

    def begin_run(self, run: RunRecord) -> None:
        """Record that a run begins; its id must be new."""
        with self._transaction():
            self._insert("runs", [rows.run_row(run)])

    def end_run(self, run_id: str, counts: str) -> None:
        """Record a run's counts (JSON)."""
        with self._transaction():
            key, run = self._run(run_id)
            row = rows.run_row(replace(run, counts=counts))
            self._insert("runs", [(key, *row)], keyed=True)

    def runs(self) -> list[RunRecord]:
        """All runs, oldest first."""
        return [rows.run(row) for _, *row in self._rows("runs", "ORDER BY seq")]

    def decisions(self) -> dict[ImageKey, Decision]:
        """The latest decision about each image that was not taken back."""
        return {d.image: d for _, d in self._decisions(_NEWEST)}

    def decided(self) -> dict[ImageKey, Decided]:
        """What `decisions` say, without what they rest on."""
        with explained(self._path):
            [(plain,)] = self._db.execute(_EACH_COUNTS).fetchall()
        return dict(rows.decided(self._rows("decisions", "" if plain else f"WHERE {_NEWEST}"), self._root_paths()))

    def record_decisions(self, run_id: str, decisions: Iterable[Decision]) -> None:
        """Append decisions; a later one supersedes an earlier one of the same image."""
        with self._transaction():
            run, _ = self._run(run_id)
            [(last,)] = self._db.execute("SELECT coalesce(max(seq), 0) FROM decisions").fetchall()
            given = enumerate(decisions, start=last + 1)
            while chunk := list(itertools.islice(given, _CHUNK)):
                new = [rows.decision_row(key, run, self._root(d.image), d) for key, d in chunk]
                self._insert("decisions", new, keyed=True)
                self._insert("inputs", (rows.inputs_row(key, d) for key, d in chunk))

    def history(self, image: ImageKey) -> list[tuple[str, Decision]]:
        """Every decision about an image with its run id, oldest first."""
        runs = self._run_ids()
        where = "root = (SELECT id FROM roots WHERE path = ?) AND path = ?"
        key = (rows.path_cell(image.root), rows.path_cell(image.path))
        return [(runs[run], d) for run, d in self._decisions(where, key)]

    def placements(self) -> dict[ImageKey, Placement]:
        """Where each image stands."""
        return {p.image: p for p in rows.placements(self._rows("placements", ""), self._root_paths())}

    def placement(self, image: ImageKey) -> Placement | None:
        """Where one image stands; None for nowhere."""
        where = "WHERE root = (SELECT id FROM roots WHERE path = ?) AND path = ?"
        found = self._rows("placements", where, (rows.path_cell(image.root), rows.path_cell(image.path)))
        return next(rows.placements(found, self._root_paths()), None)

    def placed_at(self, target: str) -> ImageKey | None:
        """The image that stands at a path; None where none does."""
        found = self._rows("placements", "WHERE target = ?", (rows.path_cell(target),))
        return next((p.image for p in rows.placements(found, self._root_paths())), None)

    def record_placements(self, placements: Iterable[Placement]) -> None:
        """Set where images stand, without a step."""
        with self._transaction():
            self._place(placements)

    def forget_placements(self, images: Iterable[ImageKey]) -> None:
        """Record that images stand nowhere in base_dir any more."""
        with self._transaction():
            self._delete("placements", images)

    def intend(self, *batches: Sequence[Intent]) -> None:
        """Write ahead: these steps, and no others, are under way."""
        with self._transaction():
            self._under_way(batches)

    def settle(self, run_id: str, receipts: Iterable[StepReceipt], *then: Sequence[Intent]) -> None:
        """Record what became of steps, and what they changed; `then` is what is under way."""
        kept = list(receipts)
        with self._transaction():
            self._note_changes(run_id, kept)
            self._place(r.placement for r in kept if r.placement is not None)
            self._delete("placements", (r.step.image for r in kept if r.placement is None and not r.failure))
            self._under_way(then)

    def intents(self) -> list[Intent]:
        """Steps that are under way, or were when an earlier run ended."""
        return [intent for row in self._rows("intents", "ORDER BY key") for intent in rows.intents(row)]

    def changes(self) -> list[Change]:
        """Every step that was done, oldest first."""
        runs = self._run_ids()
        roots = self._root_paths()
        found = self._rows("changes", "ORDER BY seq")
        return [rows.change(runs[run], roots[root], row) for _, run, root, *row in found]

    def record_parts(self, assigned: Iterable[Assigned]) -> None:
        """Append assignments to parts."""
        with self._transaction():
            self._insert("parts", map(rows.part_row, assigned))

    def parts(self) -> list[Assigned]:
        """Every assignment to a part, oldest first."""
        return [rows.part(row) for _, *row in self._rows("parts", "ORDER BY seq")]

    def set_classes(self, classes: Iterable[str]) -> None:
        """Record the ordered class names."""
        with self._transaction():
            self._insert("meta", [rows.sealed(("classes", json.dumps(list(classes))))])

    def classes(self) -> tuple[str, ...]:
        """The ordered class names as recorded; empty when none were."""
        found = [value for _, value, *_ in self._rows("meta", "WHERE key = 'classes'")]
        return tuple(json.loads(rows.text(found[0]))) if found else ()

    def close(self) -> None:
        """Let go of the file; SQLite has removed its journal already."""
        with explained(self._path):
            self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            with explained(self._path), transaction(self._db):
                yield
        except BaseException:  # an interrupt too ends the transaction; raised on
            self._roots = {}  # a root written by this transaction is gone again
            self._noted = {}
            raise

    def _rows(self, table: str, clause: str, values: rows.Row = ()) -> Iterator[rows.Row]:
        """Rows of a table, the key first, the seal last."""
        names = ", ".join(rows.columns(table))
        with explained(self._path):
            found = self._db.execute(f"SELECT {names} FROM {table} {clause}", values)  # noqa: S608 - own names
            while chunk := found.fetchmany(_CHUNK):
                damaged = rows.first_damaged(chunk, keyed=table in rows.KEYED)
                if damaged is not None:
                    key = rows.path(damaged[1]) if table in rows.ONE_AN_IMAGE else damaged[0]
                    raise self._damaged(table, key)
                yield from chunk

    def _damaged(self, table: str, key: rows.Cell) -> LedgerError:
        row = shown(str(key))
        return LedgerError(f"the ledger is damaged: table {table}, row {row}", place=self._path, remedy=DAMAGED)

    def _decisions(self, where: str, values: rows.Row = ()) -> Iterator[tuple[rows.Cell, Decision]]:
        """(key of the run, decision) pairs, oldest first, each with what it rests on."""
        roots = self._root_paths()
        chosen = f"WHERE seq IN (SELECT seq FROM decisions WHERE {where}) ORDER BY seq"  # noqa: S608 - own words
        inputs = self._rows("inputs", chosen, values)
        for key, run, root, *said in self._rows("decisions", chosen, values):
            found = next(inputs, None)
            if found is None or found[0] != key:
                raise self._damaged("inputs", key)
            yield run, rows.decision(roots[root], said, found[1:])

    def _insert(self, table: str, values: Iterable[rows.Row], *, keyed: bool = False) -> None:
        names = rows.columns(table)[0 if keyed or table in rows.KEYED else 1 :]
        verb = "INSERT" if table == "runs" and not keyed else "INSERT OR REPLACE"
        marks = f"({', '.join('?' * len(names))})"
        given = iter(values)
        while some := list(itertools.islice(given, _MARKS // len(names))):
            every = ", ".join([marks] * len(some))
            cells = list(itertools.chain.from_iterable(some))
            self._db.execute(f"{verb} INTO {table} ({', '.join(names)}) VALUES {every}", cells)

    def _delete(self, table: str, images: Iterable[ImageKey]) -> None:
        keys = ((self._root(image), rows.path_cell(image.path)) for image in images)
        self._db.executemany(f"DELETE FROM {table} WHERE root = ? AND path = ?", keys)  # noqa: S608 - own names

    def _under_way(self, batches: Sequence[Sequence[Intent]]) -> None:
        """Have rows for these batches and no others; one that has its row since an earlier call keeps it."""
        kept = {key: b for key, b in self._noted.items() if any(b is batch for batch in batches)}
        marks = ", ".join("?" * len(kept))
        self._db.execute(f"DELETE FROM intents WHERE key NOT IN ({marks})", tuple(kept))  # noqa: S608 - own words
        for batch in batches:
            if not any(b is batch for b in kept.values()):
                key = max(kept, default=0) + 1
                new = list(rows.intent_rows(batch, key=key))
                self._insert("intents", new)
                kept |= dict.fromkeys(range(key, key + len(new)), batch)
        self._noted = kept

    def _note_changes(self, run_id: str, receipts: Iterable[StepReceipt]) -> None:
        """Append what steps changed; of images that stand nowhere any more the placement is read before it goes."""
        run, _ = self._run(run_id)
        found = (self._change_row(run_id, run, r) for r in receipts)
        self._insert("changes", (row for row in found if row is not None))

    def _change_row(self, run_id: str, run: rows.Cell, r: StepReceipt) -> rows.Row | None:
        p, image = r.placement, r.step.image
        if p is not None and r.step.action is Action.PLACE:
            return rows.placed_row(run, self._root(image), p)
        change = change_of(run_id, r, None if p else self._placement(image))
        return None if change is None else rows.change_row(run, self._root(image), change)

    def _placement(self, image: ImageKey) -> Placement | None:
        root = self._root(image)
        found = self._rows("placements", "WHERE root = ? AND path = ?", (root, rows.path_cell(image.path)))
        return next(rows.placements(found, {root: image.root}), None)

    def _place(self, placements: Iterable[Placement]) -> None:
        self._insert("placements", (rows.placement_row(self._root(p.image), p) for p in placements))

    def _root(self, image: ImageKey) -> rows.Cell:
        """The number of an image's root; a new root is written within the transaction under way."""
        if image.root not in self._roots:
            self._roots = {path: key for key, path in self._root_paths().items()}
        if image.root not in self._roots:
            self._insert("roots", [rows.sealed((rows.path_cell(image.root),))])
            self._roots = {path: key for key, path in self._root_paths().items()}
        return self._roots[image.root]

    def _run_ids(self) -> dict[rows.Cell, str]:
        return Named("runs", self._path, lambda: {key: rows.text(row[0]) for key, *row in self._rows("runs", "")})

    def _root_paths(self) -> dict[rows.Cell, str]:
        return Named("roots", self._path, lambda: {key: rows.path(where) for key, where, _ in self._rows("roots", "")})

    def _run(self, run_id: str) -> tuple[rows.Cell, RunRecord]:
        for key, *row in self._rows("runs", "WHERE id = ?", (run_id,)):
            return key, rows.run(row)
        raise LedgerError(f"the ledger knows no run {run_id}", place=self._path, remedy=DAMAGED)
