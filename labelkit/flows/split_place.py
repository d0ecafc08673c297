"""Train, validation and test as class folders of their own: links where they can be made, else copies."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from labelkit.domain.classes import OrderSource
from labelkit.domain.dataset import Dataset
from labelkit.domain.decisions import ImageKey
from labelkit.domain.errors import LabelkitError, StorageError, UsageError
from labelkit.domain.names import did_you_mean
from labelkit.domain.parts import ROLES
from labelkit.domain.placing import LEDGER_NAME, Action, Mode, Placement, Plan, RunRecord, StepReceipt
from labelkit.domain.recorded_run import RunArguments
from labelkit.domain.split import Placed, SplitResult
from labelkit.flows.run import Run
from labelkit.flows.sort_scene import Standing, hash_below, standing_in
from labelkit.sorting.reconcile import Candidate, make_plan
from labelkit.storage.inspecting import source_stamp
from labelkit.storage.ledger import Ledger
from labelkit.storage.link_trial import try_links
from labelkit.storage.lock import exclusive
from labelkit.storage.memory_ledger import MemoryLedger
from labelkit.storage.preflight import check
from labelkit.storage.recovery import recover
from labelkit.storage.sqlite_ledger import open_ledger
from labelkit.storage.transfer import execute

_MODES = (Mode.HARDLINK, Mode.SYMLINK, Mode.COPY)
"""How an image can get into a part, in the order in which they are tried."""


def named_mode(name: str | None) -> Mode | None:
    """The mode of this name; None stays None.

    Raises:
        UsageError: there is none.

    """
    if name is not None and name not in _MODES:
        raise UsageError(f"--mode takes {', '.join(_MODES)}, not '{name}'", remedy=did_you_mean(name, list(_MODES)))
    return None if name is None else Mode(name)


def check_to(to: Path, base_dir: Path) -> None:
    """Refuse a folder inside base_dir or around it, before an hour is spent on reading images.

    Raises:
        UsageError: it is one.

    """
    inner, outer = Path(os.path.realpath(to)), Path(os.path.realpath(base_dir))
    if inner.is_relative_to(outer):
        raise UsageError(
            f"--to {to} lies inside {base_dir}, where every folder becomes a class",
            remedy="name a folder elsewhere: --to parts",
        )
    if any(outer.is_relative_to(inner / part) for part in ROLES):
        raise UsageError(f"{base_dir} lies inside --to {to}", remedy="name a folder elsewhere: --to parts")


@dataclass(frozen=True, slots=True)
class _Source:
    """One image that shall stand in a part: where its bytes are, its class and its content."""

    key: ImageKey
    label: str
    sha256: str


def place_parts(result: SplitResult, dataset: Dataset, to: Path, *, mode: Mode | None, run: Run) -> Placed:
    """Bring the part folders in line with a split; a dry run only plans.

    Every part is a folder of class folders with a ledger of its own, filled by the very transfer that sort uses:
    nothing is overwritten, and a run that was cut off goes on. An image whose class changed moves; one that was placed
    in another part by a split that was thrown away goes; what is no longer in the set stays, and is told.

    Raises:
        UsageError: a folder that cannot be used.
        StorageError: it cannot be written, or another process is at work there.

    """
    asked = {side.part for side in result.sides}
    sides = [part for part in ROLES if part in asked or (to / part / LEDGER_NAME).exists()]
    sources = {part: _sources(result, dataset, part) for part in sides}
    every = frozenset(_key(dataset.root, a.path) for a in result.assigned)
    with ExitStack() as held:
        ledgers = {part: _opened(to / part, run, held, dry_run=result.dry_run) for part in sides}
        parts = [_Part.of(to / part, sources[part], every, ledgers[part]) for part in sides]
        chosen, why = _mode(parts, (mode,) if mode is not None else _MODES, dry_run=result.dry_run)
        plans = [part.plan(chosen) for part in parts]
        classes = dataset.class_map.classes if dataset.class_map.source == OrderSource.LEDGER else ()
        todo = sum(s.action is not Action.KEEP for plan in plans for s in plan.steps)
        receipts: list[StepReceipt] = []
        if not result.dry_run:
            run.progress.start("placing", todo)
            for part in parts:  # planned once more: a link that went from another part has renewed its file's ctime
                receipts += part.carry_out(part.plan(chosen), classes, run)
            run.progress.finish()
    done = [r for r in receipts if r.step.action is not Action.KEEP and not r.failure]
    kept = sum(s.action is Action.KEEP for plan in plans for s in plan.steps)
    return Placed(
        to=str(to),
        mode=str(chosen),
        why=why,
        planned=todo,
        done=len(done),
        already=kept,
        stale=tuple(f"{Path(part.folder).name}/{target}" for part in parts for target in part.stale()),
        failed=tuple((r.step.target, r.failure) for r in receipts if r.failure),
    )


def _sources(result: SplitResult, dataset: Dataset, part: str) -> list[_Source]:
    chosen = [a for a in result.assigned if a.part == part]
    return [_Source(_key(dataset.root, a.path), a.label, a.sha256) for a in chosen]


def _key(root: str, path: str) -> ImageKey:
    """Where the bytes of an image are: a link among the class folders is followed, for links to links break."""
    whole = f"{root}/{path}"
    if os.path.islink(whole) or path.startswith(".."):  # noqa: PTH114 - millions of plain strings
        folder, name = os.path.split(os.path.realpath(whole))
        return ImageKey(folder, name)
    return ImageKey(root, path)


def _mode(parts: Sequence[_Part], modes: Sequence[Mode], *, dry_run: bool) -> tuple[Mode, str]:
    """The first mode that can be used, and why not the one before it."""
    why = ""
    for mode in modes:
        try:
            for part in parts:
                plan = part.plan(mode)
                check(plan, sorted(part.roots))
                if not dry_run:
                    try_links(plan)
        except LabelkitError as e:
            if mode is modes[-1]:
                raise
            why = why or e.message
        else:
            return mode, why
    raise AssertionError("the last mode either fits or raises")


@dataclass(frozen=True, slots=True)
class _Part:
    """One part folder: what shall stand there, every image of the set, and what stands there now."""

    folder: str
    sources: Sequence[_Source]
    every: frozenset[ImageKey]
    ledger: Ledger
    standing: Standing
    placements: Mapping[ImageKey, Placement]

    @classmethod
    def of(cls, folder: Path, sources: Sequence[_Source], every: frozenset[ImageKey], ledger: Ledger) -> _Part:
        """Compare the folder with its ledger."""
        path = os.path.abspath(folder)  # noqa: PTH100 - as walk does
        standing = standing_in(Path(path), ledger.placements())
        return cls(path, sources, every, ledger, standing, _renamed(path, sources, every, standing.placements))

    @property
    def roots(self) -> set[str]:
        return {s.key.root for s in self.sources}

    def plan(self, mode: Mode) -> Plan:
        """What brings the folder in line; names of files that labelkit did not put there stay theirs."""
        candidates = [
            Candidate(s.key, source_stamp(s.key) or (0, 0, 0, 0), s.label, self.placements.get(s.key))
            for s in self.sources
        ]
        wanted = {s.key for s in self.sources}
        gone = [p for key, p in self.placements.items() if key in self.every and key not in wanted]
        return make_plan(
            [*candidates, *(Candidate(p.image, p.source_stamp, None, p) for p in gone)],
            base_dir=self.folder,
            mode=mode,
            foreign=[*self.standing.found.foreign, *self.stale()],
            hash_of=lambda i: self.sources[i].sha256,
            hash_of_foreign=hash_below(self.folder),
        )

    def stale(self) -> list[str]:
        """What was placed for images that are no longer in the set."""
        return sorted(p.target for key, p in self.placements.items() if key not in self.every)

    def carry_out(self, plan: Plan, classes: Sequence[str], run: Run) -> list[StepReceipt]:
        """Do every step; a step that fails does not stop the others."""
        arguments = RunArguments(sources=tuple(sorted(self.roots))).to_json()
        self.ledger.begin_run(RunRecord(run.id, run.started, plan.mode, arguments))
        before = self.ledger.placements()
        self.ledger.forget_placements(before.keys() - self.placements.keys())
        self.ledger.record_placements(p for key, p in self.placements.items() if before.get(key) != p)
        if classes:
            self.ledger.set_classes(classes)
        receipts = []
        for receipt in execute(plan, self.ledger, run_id=run.id):
            receipts.append(receipt)
            if receipt.step.action is not Action.KEEP:
                run.progress.advance(1)
        self.ledger.end_run(run.id, '{"split": true}')
        return receipts


def _opened(folder: Path, run: Run, held: ExitStack, *, dry_run: bool) -> Ledger:
    """The ledger of a part, under the lock and after recovery when something will be written."""
    if dry_run and not (folder / LEDGER_NAME).exists():
        return MemoryLedger()
    ledger = open_ledger(folder, create=False, read_only=True) if dry_run else _own(folder, run, held)
    held.callback(ledger.close)
    return ledger


def _own(folder: Path, run: Run, held: ExitStack) -> Ledger:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        remedy = "give --to a folder that you may write into, on a disk with room"
        raise StorageError(f"cannot make {folder}: {e.strerror}", remedy=remedy) from e
    held.enter_context(exclusive(folder, run_id=run.id, say=run.progress.note))
    ledger = open_ledger(folder, create=True)
    recover(folder, ledger)
    return ledger


def _renamed(
    folder: str, sources: Sequence[_Source], every: frozenset[ImageKey], placements: Mapping[ImageKey, Placement]
) -> dict[ImageKey, Placement]:
    """The placements, those of images that have moved to another class folder under their name of today."""
    lost = {key: p for key, p in placements.items() if key not in every}
    free = {s.sha256: s.key for s in sources if s.key not in placements} if lost else {}
    hash_of = hash_below(folder)
    now = dict(placements)
    for key, p in lost.items():
        try:
            new = free.pop(p.sha256 or hash_of(p.target), None)
        except OSError:  # a link whose end is gone: it cannot be told what it was
            continue
        if new is not None:
            del now[key]
            now[new] = p._replace(image=new)
    return now
