"""The recorded split of a folder: in its ledger, or in `split.csv` where it has none."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from labelkit.domain.errors import DataError, StorageError, UsageError
from labelkit.domain.parts import ROLES
from labelkit.domain.placing import LEDGER_NAME
from labelkit.domain.split import LEFT_OUT, SPLIT_NAME, Assigned
from labelkit.storage.replacing import replace_file
from labelkit.storage.sqlite_ledger import open_ledger

_HEADER = ("part", "file", "label", "group", "sha256")


def has_ledger(base_dir: Path | str) -> bool:
    """Whether the folder is one that sort filled."""
    return os.path.isfile(os.path.join(base_dir, LEDGER_NAME))


def recorded_split(base_dir: Path | str) -> tuple[Assigned, ...]:
    """Every recorded assignment, oldest first; empty where the folder was never split.

    A `split.csv` that labelkit did not write is somebody else's, and says nothing here.

    Raises:
        LedgerError: a ledger that cannot be read.
        DataError: a `split.csv` of labelkit's with a line that cannot be read.

    """
    if has_ledger(base_dir):
        ledger = open_ledger(base_dir, create=False, read_only=True)
        try:
            found = tuple(ledger.parts())
        finally:
            ledger.close()
        if found:
            return found
    return read_split_file(base_dir) or ()


def read_split_file(base_dir: Path | str) -> tuple[Assigned, ...] | None:
    """The assignments of `split.csv`, oldest first; None where there is none of labelkit's.

    Raises:
        DataError: a line that cannot be read.

    """
    path = Path(base_dir) / SPLIT_NAME
    data = _content(path)
    rows = csv.reader(io.StringIO(data.decode("utf-8", "surrogateescape"), newline=""))
    if tuple(next(rows, ())) != _HEADER:
        return None
    return tuple(_assigned(row, f"{path}:{rows.line_num}") for row in rows if row)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _assigned(row: Sequence[str], place: str) -> Assigned:
    if len(row) != len(_HEADER) or row[0] not in {*ROLES, LEFT_OUT} or len(row[4]) != 64:  # noqa: PLR2004 - SHA-256
        raise DataError(
            f"expected {', '.join(_HEADER)}, the part being {', '.join(ROLES)} or {LEFT_OUT}; saw {','.join(row)[:80]}",
            place=place,
            remedy="put the line right, or take split.csv away to split anew",
        )
    part, path, label, group, sha256 = row
    return Assigned(path, sha256, label, group, part)


def check_split_file(base_dir: Path | str) -> None:
    """Refuse a folder whose `split.csv` is somebody else's.

    Raises:
        UsageError: it does not begin as labelkit's does.

    """
    path = Path(base_dir) / SPLIT_NAME
    if _content(path) and read_split_file(base_dir) is None:
        raise UsageError(
            f"{path} is not one of labelkit's, whose first line is {','.join(_HEADER)}",
            remedy="move it away; nothing was written",
        )


def add_to_split_file(base_dir: Path | str, before: Sequence[Assigned], new: Iterable[Assigned]) -> None:
    """Write `split.csv` with further assignments after those that were read from it.

    Raises:
        StorageError: another process has written it since, or it cannot be written.

    """
    path = Path(base_dir) / SPLIT_NAME
    if (read_split_file(base_dir) or ()) != tuple(before):
        raise StorageError("another process has written it meanwhile", place=str(path), remedy="run it again")
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows((a.part, a.path, a.label, a.group, a.sha256) for a in [*before, *new])
    replace_file(path, text.getvalue().encode("utf-8", "surrogateescape"))


def news(assigned: Iterable[Assigned], recorded: Iterable[Assigned]) -> list[Assigned]:
    """What is not recorded yet: of each path, the content, class, group and part that it has now."""
    latest = {a.path: a for a in recorded}
    return [a for a in assigned if latest.get(a.path) != a]


def latest_parts(recorded: Iterable[Assigned]) -> dict[str, Assigned]:
    """Path to what was recorded of it last."""
    return {a.path: a for a in recorded}
