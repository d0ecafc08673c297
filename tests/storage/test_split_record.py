from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from labelkit.domain.errors import LedgerError, StorageError
from labelkit.domain.placing import LEDGER_NAME
from labelkit.domain.split import Assigned
from labelkit.storage.ledger import Ledger
from labelkit.storage.memory_ledger import MemoryLedger
from labelkit.storage.split_record import add_to_split_file, latest_parts, news, read_split_file, recorded_split
from labelkit.storage.sqlite_ledger import open_ledger

ONE = Assigned("GO/a.png", "ab" * 32, "GO", "lot=A", "train")
TWO = Assigned(os.fsdecode(b"NG/\xff.png"), "cd" * 32, "NG", "", "validation")


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_a_ledger_gives_assignments_back_oldest_first(tmp_path: Path, kind: str) -> None:
    ledger: Ledger = MemoryLedger() if kind == "memory" else open_ledger(tmp_path, create=True)
    ledger.record_parts([ONE, TWO])
    ledger.record_parts([ONE._replace(path="GO/renamed.png")])
    assert ledger.parts() == [ONE, TWO, ONE._replace(path="GO/renamed.png")]
    ledger.close()


def test_an_altered_assignment_is_told(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, create=True)
    ledger.record_parts([ONE, TWO])
    ledger.close()
    with sqlite3.connect(tmp_path / LEDGER_NAME) as db:
        db.execute("UPDATE parts SET part = 'validation' WHERE seq = 1")
    db.close()
    with pytest.raises(LedgerError, match="damaged: table parts, row 1"):
        recorded_split(tmp_path)


def test_a_table_that_changed_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    add_to_split_file(tmp_path, (), [ONE])
    with pytest.raises(StorageError, match="meanwhile"):
        add_to_split_file(tmp_path, (), [TWO])
    assert read_split_file(tmp_path) == (ONE,)
    add_to_split_file(tmp_path, (ONE,), [TWO])
    assert recorded_split(tmp_path) == (ONE, TWO)


def test_a_ledger_without_a_split_leaves_the_table_in_force(tmp_path: Path) -> None:
    add_to_split_file(tmp_path, (), [ONE])
    ledger = open_ledger(tmp_path, create=True)
    assert recorded_split(tmp_path) == (ONE,)
    ledger.record_parts([TWO])
    ledger.close()
    assert recorded_split(tmp_path) == (TWO,)


def test_only_what_says_something_new_is_added() -> None:
    other = ONE._replace(sha256="ef" * 32)
    assert news([ONE, TWO], [ONE]) == [TWO]
    assert news([ONE], [ONE, other]) == [ONE]
    assert latest_parts([ONE, other]) == {ONE.path: other}
