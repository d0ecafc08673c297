"""Tables that people open in a spreadsheet: written in one step, and never over what a person filled in."""

from __future__ import annotations

import csv
import io
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from labelkit.domain.errors import StorageError, UsageError
from labelkit.domain.names import shown
from labelkit.domain.placing import PART_PREFIX, PART_SUFFIX
from labelkit.domain.spreadsheet import BOM, cell


def write_table(
    path: Path, header: Sequence[str], rows: Sequence[Sequence[str | float]], *, filled_in: str, overwrite: bool
) -> bool:
    """Write a table in UTF-8 with a byte order mark, every cell harmless and in quotes.

    Args:
        path: the file; its folder must be there.
        header: the column names.
        rows: texts, written by `domain.spreadsheet.cell`, and numbers, written as they are.
        filled_in: the column that a person fills in.
        overwrite: write over whatever is there.

    Returns:
        whether an earlier file was replaced.

    Raises:
        UsageError: a file is there that a person filled in, or that is no such table, and `overwrite` is not set.
        StorageError: it cannot be written; what was there is there still.

    """
    there = os.path.lexists(path)
    check_unfilled(path, header, filled_in=filled_in, overwrite=overwrite)
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    writer.writerows([cell(value) if isinstance(value, str) else value for value in row] for row in rows)
    _replace(path, (BOM + out.getvalue()).encode())
    return there


def check_unfilled(path: Path, header: Sequence[str], *, filled_in: str, overwrite: bool) -> None:
    """Hold that a file is not there, or is such a table that nobody has written into yet, or may be written over.

    Raises:
        UsageError: it is not so.
        StorageError: it cannot be read.

    """
    if overwrite or not os.path.lexists(path):
        return
    remedy = f"give another name, or write over it: --overwrite ({shown(str(path))})"
    found = _read(path, header)
    if found is None:
        raise UsageError(f"{shown(str(path))} is there, and has not the columns {', '.join(header)}", remedy=remedy)
    at = list(header).index(filled_in)
    filled = sum(len(row) > at and bool(row[at].strip()) for row in found)
    if filled:
        noun = f"1 {filled_in}" if filled == 1 else f"{filled:,} {filled_in}s"
        raise UsageError(f"{shown(str(path))} holds {noun} that somebody filled in", remedy=remedy)


def _read(path: Path, header: Sequence[str]) -> list[list[str]] | None:
    """The rows of such a table, however a spreadsheet saved it (code page, separator); None for anything else."""
    try:
        text = path.read_bytes().decode("utf-8-sig", "replace")
    except OSError as e:
        raise StorageError(f"cannot read {shown(str(path))}: {e.strerror}") from e
    for separator in ",;\t":
        try:
            first, *rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator)) or [[]]
        except csv.Error:
            continue
        if first == list(header):
            return rows
    return None


def _replace(path: Path, data: bytes) -> None:
    part = path.with_name(f"{PART_PREFIX}{secrets.token_hex(8)}{PART_SUFFIX}")
    try:
        with part.open("xb") as f:
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
        part.replace(path)
    except OSError as e:
        raise StorageError(f"cannot write {shown(str(path))}: {e.strerror}", remedy="nothing was changed") from e
    finally:
        part.unlink(missing_ok=True)
