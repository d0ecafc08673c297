"""The ledger of a base_dir that was sorted before: to be read, or to be written under the lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labelkit.domain.errors import UsageError
from labelkit.domain.placing import LEDGER_NAME
from labelkit.flows.run import Run
from labelkit.storage.ledger import Ledger
from labelkit.storage.lock import exclusive
from labelkit.storage.recovery import recover
from labelkit.storage.sqlite_ledger import open_ledger


@contextmanager
def read_ledger(base_dir: Path) -> Iterator[Ledger]:
    """The ledger as it is; nothing is locked, recovered or written.

    Raises:
        UsageError: there is none.
        LedgerError: it cannot be read.

    """
    _must_be_there(base_dir)
    ledger = open_ledger(base_dir, create=False, read_only=True)
    try:
        yield ledger
    finally:
        ledger.close()


@contextmanager
def own_ledger(base_dir: Path, run: Run) -> Iterator[Ledger]:
    """The ledger, held alone, after whatever an earlier run was killed at has been finished.

    Raises:
        UsageError: there is none.
        StorageError: another process holds it, or it cannot be written.

    """
    _must_be_there(base_dir)
    with exclusive(base_dir, run_id=run.id, say=run.progress.note):
        ledger = open_ledger(base_dir, create=False)
        try:
            recover(base_dir, ledger)
            yield ledger
        finally:
            ledger.close()


def _must_be_there(base_dir: Path) -> None:
    if not base_dir.is_dir():
        raise UsageError(f"no such folder: {base_dir}", remedy="give the folder that labelkit sort filled")
    if not (base_dir / LEDGER_NAME).is_file():
        raise UsageError("there is no ledger here", place=str(base_dir), remedy="labelkit sort writes one")
