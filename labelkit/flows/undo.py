"""Undo: take one sort back, image by image, and leave what others changed since."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from labelkit.domain.decisions import DecidedBy, Decision, ImageKey, State
from labelkit.domain.errors import UsageError
from labelkit.domain.names import did_you_mean
from labelkit.domain.placing import Action, Mode, Placement, Plan, RunRecord, Stamp, Step, StepReceipt
from labelkit.domain.undo_result import Left, RunLine, RunList, UndoResult
from labelkit.flows.ledger import own_ledger, read_ledger
from labelkit.flows.run import Run
from labelkit.flows.sort_scene import standing_in
from labelkit.sorting.compare import altered, is_as_stamped
from labelkit.sorting.reverse import Reversal, There, reversals, step_back
from labelkit.sorting.run_groups import RunGroup, group_runs
from labelkit.storage.inspecting import inspect, source_stamp
from labelkit.storage.ledger import Ledger
from labelkit.storage.preflight import check
from labelkit.storage.source import CHANGED
from labelkit.storage.transfer import execute

_ORDER = (Action.WITHDRAW, Action.RELOCATE, Action.PLACE)


def undo(
    *, base_dir: Path | str = "base_dir", run_id: str = "", dry_run: bool = False, run: Run | None = None
) -> UndoResult:
    """Take a sort back: its images go out of their class folders, back to the class before, or in again.

    Killed anywhere, the same call goes on. What a person altered or dragged, and what a later run changed, is left.

    Args:
        base_dir: the folder of class folders.
        run_id: the sort to take back; by default the newest.
        dry_run: plan only; nothing is written anywhere.
        run: the run's context; made when not given.

    Raises:
        UsageError: base_dir has no ledger, or the ledger no such sort.
        StorageError: base_dir is in use by another process, or cannot be written.

    """
    folder, context = Path(base_dir), run or Run()
    with read_ledger(folder) if dry_run else own_ledger(folder, context) as ledger:
        groups = group_runs(ledger.runs())
        chosen = _chosen(groups, ledger.runs(), run_id)
        where = os.path.abspath(folder)  # noqa: PTH100 - as walk does
        if chosen is None:
            return UndoResult("", "", where, dry_run=dry_run)
        work = _Work(ledger, where, groups, chosen, context)
        return work.shown() if dry_run else work.done()


def runs_in(base_dir: Path) -> RunList:
    """Every run that a base_dir's ledger knows, with what each changed.

    Raises:
        UsageError: base_dir has no ledger.

    """
    with read_ledger(base_dir) as ledger:
        runs = ledger.runs()
        counts = Counter((c.run, c.action) for c in ledger.changes())
    group_of = {run: g for g in group_runs(runs) for run in g.ids}
    lines = [_line(r, counts, group_of.get(r.id)) for r in runs]
    return RunList(os.path.abspath(base_dir), tuple(lines))  # noqa: PTH100 - as walk does


def _line(r: RunRecord, counts: Mapping[tuple[str, Action], int], group: RunGroup | None) -> RunLine:
    placed, relocated, withdrawn = (counts.get((r.id, a), 0) for a in (Action.PLACE, Action.RELOCATE, Action.WITHDRAW))
    return RunLine(
        r.id,
        r.started,
        r.mode,
        bool(r.counts),
        placed,
        relocated,
        withdrawn,
        takes_back=r.takes_back,
        taken_back_by=group.undone_by if group else "",
        part_of=group.run.id if group and group.run.id != r.id else "",
    )


def _chosen(groups: Sequence[RunGroup], runs: Sequence[RunRecord], run_id: str) -> RunGroup | None:
    """The sort that was asked for, else the newest; None when there is none at all.

    Raises:
        UsageError: the ledger knows no such run, or it is an undo itself.

    """
    if not run_id:
        return groups[-1] if groups else None
    for group in groups:
        if run_id in group.ids:
            return group
    if any(r.id == run_id for r in runs):
        raise UsageError(
            f"run {run_id} is itself an undo, and an undo is not taken back",
            remedy="sort again instead: that places the images as before",
        )
    known = did_you_mean(run_id, [g.run.id for g in reversed(groups)]) if groups else "no sort has run here"
    raise UsageError(f"the ledger knows no run '{run_id}'", remedy=f"{known}\nall of them: labelkit undo --list")


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be done, and what is not.

    Attributes:
        steps: in the order of execution.
        modes: how the images of steps that place are to be placed.
        left: images that stay as they are.
        dragged: of these, where a person put them since they were last looked at.

    """

    steps: tuple[Step, ...]
    modes: Mapping[ImageKey, Mode]
    left: tuple[Left, ...]
    dragged: tuple[Placement, ...]


@dataclass(frozen=True, slots=True)
class _Work:
    """One undo: the ledger, absolute base_dir, every sort, the one to be taken back, and the run's context."""

    ledger: Ledger
    base_dir: str
    groups: Sequence[RunGroup]
    sort: RunGroup
    run: Run

    def shown(self) -> UndoResult:
        """What would be done."""
        plan = self._plan()
        return replace(self._result(plan), dry_run=True)

    def done(self) -> UndoResult:
        """Do it; nothing is recorded when the sort is taken back already and nothing is left to do."""
        began = self.run.now()
        plan = self._plan()
        result = self._result(plan)
        if result.already:
            return result
        self._begin(plan)
        receipts = self._carry_out(plan)
        left = (*plan.left, *(Left(r.step.image.path, _why(r)) for r in receipts if r.failure))
        done = Counter(r.step.action for r in receipts if not r.failure)
        self._end(done, len(left))
        return replace(result, run=self.run.id, done=done, left=left, seconds={"undo": self.run.now() - began})

    def _result(self, plan: _Plan) -> UndoResult:
        sort = self.sort
        earlier = [g.run.id for g in self.groups[: self.groups.index(sort)] if not g.undone_by]
        return UndoResult(
            run="",
            takes_back=sort.run.id,
            base_dir=self.base_dir,
            started=sort.run.started,
            mode=sort.run.mode,
            killed=tuple(r.id for r in sort.killed),
            steps=plan.steps,
            left=plan.left,
            already=bool(sort.undone_by) and not plan.steps,
            before=earlier[-1] if earlier else "",
        )

    def _plan(self) -> _Plan:
        todo = reversals(self.ledger.changes(), self.groups, self.ledger.runs(), self.sort)
        recorded = self.ledger.placements()
        standing = standing_in(Path(self.base_dir), recorded) if todo else None
        now = dict(standing.placements) if standing else {}
        outcomes = [step_back(r, self._there(r, recorded.get(r.image), now.get(r.image))) for r in todo]
        steps = sorted((s for s in outcomes if isinstance(s, Step)), key=_in_order)
        left = tuple(x for x in outcomes if isinstance(x, Left))
        moving = {s.image for s in steps}
        dragged = [now[r.image] for r in todo if standing and r.image in standing.found.dragged]
        self._check(steps, {r.image: r.mode for r in todo})
        modes = {r.image: r.mode for r in todo if r.image in moving}
        return _Plan(tuple(steps), modes, left, tuple(dragged))

    def _there(self, r: Reversal, recorded: Placement | None, now: Placement | None) -> There:
        """What the disk says of one image; a link whose source is gone still stands where it was recorded."""
        placement = now
        if now is None and recorded is not None and os.path.lexists(f"{self.base_dir}/{recorded.target}"):
            placement = recorded
        fault = ""
        if placement is not None and not r.later:
            fault = altered(placement, inspect(self.base_dir, placement, trusted=_unread))
        return There(placement, fault, source_stamp(r.image))

    def _plans(self, steps: Sequence[Step], modes: Mapping[ImageKey, Mode]) -> Iterator[Plan]:
        """A plan for what leaves or changes its class, then one for each mode in which images are placed again."""
        first = tuple(s for s in steps if s.action is not Action.PLACE)
        if first:
            yield Plan(self.base_dir, Mode.COPY, first)
        for mode in Mode:
            again = tuple(s for s in steps if s.action is Action.PLACE and modes[s.image] is mode)
            if again:
                yield Plan(self.base_dir, mode, again)

    def _check(self, steps: Sequence[Step], modes: Mapping[ImageKey, Mode]) -> None:
        for plan in self._plans(steps, modes):
            check(plan, sorted({s.image.root for s in plan.steps if Path(s.image.root).is_dir()}))

    def _begin(self, plan: _Plan) -> None:
        for back, run_id in self._records():
            record = RunRecord(run_id, self.run.started, back.mode, "{}", takes_back=back.id)
            self.ledger.begin_run(record)
        if plan.dragged:
            self._record_drags(plan)

    def _record_drags(self, plan: _Plan) -> None:
        """Write down where a person put images; of those that stay there, that the person decided it."""
        self.ledger.record_placements(plan.dragged)
        known, moving = self.ledger.decisions(), {s.image for s in plan.steps}
        persons = (_persons(p) for p in plan.dragged if p.image not in moving)
        news = [d for d in persons if d.image not in known or not known[d.image].says_as(d)]
        self.ledger.record_decisions(self.run.id, news)

    def _records(self) -> Iterator[tuple[RunRecord, str]]:
        """Each run that is taken back, with the id of the undo that is recorded for it; the one that ended last."""
        for n, killed in enumerate(self.sort.killed, 1):
            yield killed, f"{self.run.id}-{n}"
        yield self.sort.run, self.run.id

    def _carry_out(self, plan: _Plan) -> list[StepReceipt]:
        self.run.progress.start("taking back", len(plan.steps))
        receipts = []
        for part in self._plans(plan.steps, plan.modes):
            with closing(execute(part, self.ledger, run_id=self.run.id)) as done:
                for receipt in done:
                    receipts.append(receipt)
                    self.run.progress.advance()
        self.run.progress.finish()
        return receipts

    def _end(self, done: Mapping[Action, int], left: int) -> None:
        counts = json.dumps({"done": {str(a): n for a, n in done.items()}, "left": left}, sort_keys=True)
        for _, run_id in self._records():
            self.ledger.end_run(run_id, counts)


def _in_order(step: Step) -> tuple[int, str, str]:
    return (_ORDER.index(step.action), step.image.root, step.image.path)


def _unread(p: Placement, stamp: Stamp, beyond: Stamp | None) -> bool:
    """What is as stamped is not read, nor is what a link leads to: taking a link away does not touch that."""
    return beyond is not None or is_as_stamped(p, stamp)


def _persons(p: Placement) -> Decision:
    label = p.target.partition("/")[0]
    return Decision(p.image, State.LABELED, label, DecidedBy.PERSON, "", "a person put it there")


def _why(receipt: StepReceipt) -> str:
    if receipt.step.action is Action.PLACE and receipt.failure == CHANGED:
        return f"its source holds something else now: it was not placed under {receipt.step.target} again"
    return receipt.failure
