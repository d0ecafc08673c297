"""Append what a benchmark measured to its file of results: one line a run, with the versions it ran on."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path


def append(results: Path, line: Mapping[str, object]) -> None:
    """One line more, and the head with the first."""
    line = {**line, "versions": _versions()}
    new = not results.exists()
    with results.open("a", encoding="utf-8", newline="") as f:
        rows = csv.DictWriter(f, list(line))
        if new:
            rows.writeheader()
        rows.writerow(line)


def _versions() -> str:
    return f"labelkit {version('labelkit-vision')}, keras {version('keras')}, tensorflow {version('tensorflow')}"
