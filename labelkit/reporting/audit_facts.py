"""Every fact of every image, for `--facts`: a table for people, or JSON Lines for programs."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

from labelkit.domain.audit import AuditReport
from labelkit.domain.errors import UsageError
from labelkit.domain.facts import FactValue, fact_columns
from labelkit.domain.spreadsheet import cell

_FOLDER = "base_dir"
_SUFFIXES = (".csv", ".jsonl")


def check_facts_file(path: Path) -> None:
    """Refuse a file that could not be written, before an hour of reading images is spent on it.

    Raises:
        UsageError: neither of the two suffixes, or no folder to write into.

    """
    if path.suffix.lower() not in _SUFFIXES:
        raise UsageError(
            f"--facts cannot write '{path.name}'", remedy="name it .csv (for a spreadsheet) or .jsonl (exact)"
        )
    if not path.parent.is_dir():
        raise UsageError(f"no such folder: {path.parent}", remedy="make it, or give --facts another place")


def write_facts(path: Path, reports: Sequence[AuditReport]) -> int:
    """Write the facts of all images of all reports, over what was there.

    `.csv`: UTF-8 with BOM, so that Excel opens it rightly, and no text is a formula. `.jsonl`: one ASCII object a line,
    every value as it is. Both have `base_dir`, then the columns of `fact_columns`; what is not known is empty or null.

    Returns:
        how many images.

    Raises:
        OSError: the file cannot be written.

    """
    rows = ((report.base_dir, fact.flat()) for report in reports for fact in report.facts)
    if path.suffix.lower() == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as f:
            return _as_table(f, rows)
    with path.open("w", encoding="ascii") as f:
        return _as_lines(f, rows)


def _as_table(out: TextIO, rows: Iterable[tuple[str, dict[str, FactValue]]]) -> int:
    table = csv.writer(out)
    table.writerow([_FOLDER, *fact_columns()])
    written = 0
    for folder, row in rows:
        table.writerow([cell(folder), *(_cell(value) for value in row.values())])
        written += 1
    return written


def _cell(value: FactValue) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return cell(value) if isinstance(value, str) else value


def _as_lines(out: TextIO, rows: Iterable[tuple[str, dict[str, FactValue]]]) -> int:
    written = 0
    for folder, row in rows:
        out.write(json.dumps({_FOLDER: folder, **row}, ensure_ascii=True, allow_nan=False) + "\n")
        written += 1
    return written
