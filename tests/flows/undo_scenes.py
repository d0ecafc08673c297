"""A source that is sorted by thresholds: each sort places, relocates and withdraws at once."""

from __future__ import annotations

from pathlib import Path

import labelkit
from labelkit.domain.decisions import Decision, ImageKey
from labelkit.domain.placing import RunRecord
from labelkit.domain.sort_result import SortResult
from labelkit.domain.undo_result import UndoResult
from labelkit.storage.sqlite_ledger import open_ledger
from tests.flows.scenes import write_table
from tests.storage.scenes import build, read

SCORES = {"s1/1.png": 95, "s1/2.png": 85, "s1/3.png": 75, "s2/1.png": 65, "s2/4.png": 55, "s2/5.png": 20}
FILES = {name: f"what {name} shows, ".encode() * (score // 10) for name, score in SCORES.items()}
GAP = 15
"""Images whose score lies less than this below the threshold are held."""


class Line:
    """One line of inspection: its raw images, their scores, and the folder that they are sorted into."""

    def __init__(self, folder: Path) -> None:
        self.raw = build(folder / "raw", FILES)
        self.base_dir = folder / "base_dir"
        self.table = write_table(folder / "m.csv", ["file", "score"], [(n, str(s)) for n, s in SCORES.items()])

    def sort(self, threshold: int, mode: str = "copy") -> SortResult:
        """GO from the threshold on, NG from `GAP` below it, held between."""
        return labelkit.sort(
            self.raw,
            base_dir=self.base_dir,
            metadata=self.table,
            rule=[f"score >= {threshold} -> GO", f"score < {threshold - GAP} -> NG"],
            mode=mode,
            jobs=1,
        )

    def undo(self, run_id: str = "") -> UndoResult:
        return labelkit.undo(base_dir=self.base_dir, run_id=run_id)

    def key(self, name: str) -> ImageKey:
        return ImageKey(str(self.raw), name)

    def tree(self) -> dict[str, bytes | str]:
        """Both folders as they are, without the ledger."""
        return {f"{folder.name}/{name}": what for folder in (self.raw, self.base_dir) for name, what in _of(folder)}

    def classes(self) -> dict[str, bytes | str]:
        return dict(_of(self.base_dir))

    def decisions(self) -> dict[str, Decision]:
        """The decisions in force, by the path of the image."""
        ledger = open_ledger(self.base_dir, create=False, read_only=True)
        try:
            return {key.path: d for key, d in ledger.decisions().items()}
        finally:
            ledger.close()

    def runs(self) -> list[RunRecord]:
        ledger = open_ledger(self.base_dir, create=False, read_only=True)
        try:
            return ledger.runs()
        finally:
            ledger.close()


def _of(folder: Path) -> list[tuple[str, bytes | str]]:
    return sorted(read(folder).items()) if folder.is_dir() else []
