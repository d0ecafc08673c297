"""The table of probable label errors: a person fills in its last column, and `labelkit sort --verdicts` reads it."""

from __future__ import annotations

from pathlib import Path

from labelkit.domain.suspects import COLUMNS, Suspects
from labelkit.storage.replacing import check_can_replace
from labelkit.storage.spreadsheet_file import check_unfilled, write_table


def write_suspects(path: Path, suspects: Suspects, *, overwrite: bool = False) -> bool:
    """Write the suspects, by label and rank, with an empty column `verdict`.

    Returns:
        whether an earlier table was replaced.

    Raises:
        UsageError: the file is there and holds verdicts, or is no such table, and `overwrite` is not given.
        StorageError: it cannot be written.

    """
    rows = [
        (s.path, s.label, s.suggested, round(s.cross_entropy, 4), round(s.margin, 4), s.part, s.rank, "")
        for s in suspects.suspects
    ]
    return write_table(path, COLUMNS, rows, filled_in="verdict", overwrite=overwrite)


def check_suspects_file(path: Path, *, overwrite: bool) -> None:
    """Refuse, before anybody looks for suspects, a file that could not be written.

    Raises:
        UsageError: it holds verdicts, or is no such table, and `overwrite` is not given.
        StorageError: the system refuses it.

    """
    check_can_replace(path, option="--suspects")
    check_unfilled(path, COLUMNS, filled_in="verdict", overwrite=overwrite)
