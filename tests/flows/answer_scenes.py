"""Answers in tests: tables as people fill them in, drags, and what stands and is recorded afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from labelkit.domain.decisions import Decision
from labelkit.domain.spreadsheet import cell
from labelkit.storage.sqlite_ledger import open_ledger
from tests.flows.scenes import read_tree, write_table


def held(raw: Path, answers: Sequence[tuple[str, str]], name: str = "held.csv") -> str:
    """A table as `labelkit why --held --csv` writes it, filled in."""
    rows = [(cell(file), cell(str(raw)), "abstained", "no value: score", verdict) for file, verdict in answers]
    write_table(raw.parent / name, ["file", "source", "state", "why", "verdict"], rows)
    return name


def folders(raw: Path) -> dict[str, str]:
    """File name to class folder."""
    paths = (p for p in read_tree(raw.parent / "base_dir") if "/" in p)
    return {p.partition("/")[2]: p.partition("/")[0] for p in paths}


def drag(raw: Path, name: str, here: str, there: str) -> None:
    """Put a file into another class folder, as a person does."""
    base = raw.parent / "base_dir"
    (base / there).mkdir(exist_ok=True)
    (base / here / name).rename(base / there / name)


def recorded(raw: Path) -> dict[str, Decision]:
    """Image path to the decision in force."""
    ledger = open_ledger(raw.parent / "base_dir", create=False, read_only=True)
    try:
        return {key.path: d for key, d in ledger.decisions().items()}
    finally:
        ledger.close()
