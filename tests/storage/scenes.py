"""Small folder trees that are sorted by hand: what stands where before and after."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from labelkit.domain.decisions import ImageKey
from labelkit.domain.placing import LEDGER_NAME, Action, Mode, Placement, Plan, RunRecord, Stamp, Step, StepReceipt
from labelkit.storage.ledger import Ledger
from labelkit.storage.memory_ledger import MemoryLedger
from labelkit.storage.transfer import execute

ORDER = (Action.WITHDRAW, Action.RELOCATE, Action.PLACE, Action.KEEP)


def build(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def read(folder: Path) -> dict[str, bytes | str]:
    """Everything below a folder, but the ledger: files with their bytes, links with their texts, empty folders."""
    found: dict[str, bytes | str] = {}
    for here, folders, files in os.walk(folder):
        for name in sorted(folders + files):
            path = Path(here, name)
            key = str(path.relative_to(folder))
            if path.is_symlink():
                found[key] = f"-> {path.readlink()}"
            elif path.is_dir():
                if not any(path.iterdir()):
                    found[key] = "empty folder"
            elif name != LEDGER_NAME:
                found[key] = path.read_bytes()
    return found


def stamp(path: Path) -> Stamp:
    s = path.lstat()
    return (s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino)


class Bench:
    """A source, a base_dir and a ledger; `sort` brings the class folders in line with a mapping."""

    def __init__(self, source: Path, base_dir: Path, mode: Mode, ledger: Ledger | None = None) -> None:
        self.source = source
        self.base_dir = base_dir
        self.mode = mode
        self.ledger = ledger or MemoryLedger()
        base_dir.mkdir(parents=True, exist_ok=True)

    def key(self, name: str) -> ImageKey:
        return ImageKey(str(self.source), name)

    def plan(self, wanted: Mapping[str, str | None]) -> Plan:
        """The plan that puts each image under its target, `label/name`, or nowhere."""
        placed = self.ledger.placements()
        steps = [self.step(name, target, placed.get(self.key(name))) for name, target in wanted.items()]
        known = [s for s in steps if s is not None]
        known.sort(key=lambda s: (ORDER.index(s.action), s.image.path))
        return Plan(str(self.base_dir), self.mode, tuple(known))

    def step(self, name: str, target: str | None, p: Placement | None) -> Step | None:
        key = self.key(name)
        if p is None:
            return Step(Action.PLACE, key, stamp(self.source / name), target=target) if target else None
        if target is None:
            return Step(Action.WITHDRAW, key, p.placed_stamp, before=p.target, sha256=p.sha256)
        action = Action.KEEP if p.target == target else Action.RELOCATE
        return Step(action, key, p.placed_stamp, target=target, before=p.target, sha256=p.sha256)

    def run(self, plan: Plan, *, batch: int = 256) -> dict[str, StepReceipt]:
        receipts = execute(plan, self.ledger, run_id=self.begin(), batch=batch)
        return {r.step.image.path: r for r in receipts}

    def begin(self) -> str:
        """Begin a run; its id."""
        run_id = f"run-{len(self.ledger.runs()) + 1}"
        self.ledger.begin_run(RunRecord(run_id, "2026-01-02T03:04:05+00:00", self.mode, "{}"))
        return run_id

    def sort(self, wanted: Mapping[str, str | None], *, batch: int = 256) -> dict[str, str]:
        """Sort, and tell the failures by image."""
        receipts = self.run(self.plan(wanted), batch=batch)
        assert set(receipts) == {s.image.path for s in self.plan(wanted).steps} | set(receipts)
        return {name: r.failure for name, r in receipts.items() if r.failure}

    def stands(self) -> dict[str, str]:
        """Where each image stands, as recorded."""
        return {key.path: p.target for key, p in self.ledger.placements().items()}

    def tree(self) -> dict[str, bytes | str]:
        return read(self.base_dir)
