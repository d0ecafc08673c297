"""Verify: what stands in base_dir against what the ledger says, also while somebody is at work there."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from labelkit.domain.decisions import ImageKey
from labelkit.domain.names import shown
from labelkit.domain.placing import Placement, RunRecord, Stamp, is_own_file
from labelkit.domain.seen import Kind, Seen
from labelkit.domain.tree import Tree
from labelkit.domain.verify_report import Difference, Drag, Extra, VerifyReport
from labelkit.flows.ledger import read_ledger
from labelkit.flows.run import Run
from labelkit.flows.sort_scene import hash_below
from labelkit.sorting.compare import difference, is_as_stamped, remark
from labelkit.sorting.drag import Found, look
from labelkit.storage.at_work import who_is_at_work
from labelkit.storage.identity import hash_of_linked
from labelkit.storage.inspecting import inspect, source_stamp
from labelkit.storage.ledger import Intent
from labelkit.storage.walk import walk

_AT_ONCE = 1024
"""Files that are handed to the readers together: enough to keep them busy, few enough to hold in memory."""


def verify(base_dir: Path | str = "base_dir", *, quick: bool = False, run: Run | None = None) -> VerifyReport:
    """Compare base_dir with its ledger: what is missing, extra, altered, moved by hand, or left half done.

    Nothing is written or locked. Where another process is at work, what it changes meanwhile is not judged.

    Args:
        base_dir: the folder of class folders.
        quick: take files of the recorded size, mtime and inode as unchanged; else every one is read.
        run: the run's context; made when not given.

    Raises:
        UsageError: there is no such folder, or it has no ledger.
        LedgerError: the ledger is damaged, or cannot be read.

    """
    context = run or Run()
    began = context.now()
    folder = os.path.abspath(base_dir)  # noqa: PTH100 - as walk does
    at_work, before = who_is_at_work(folder), _recorded(Path(base_dir), None)
    tree = walk(Path(base_dir))
    seen = _looked_at(folder, before, _quickly if quick else _never, context)
    after = _recorded(Path(base_dir), before)
    facts = _Facts(tree, before, after, at_work or who_is_at_work(folder), seen)
    return replace(facts.report(), quick=quick, seconds={"verify": context.now() - began})


@dataclass(frozen=True, slots=True)
class _Recorded:
    """The ledger at one moment.

    Attributes:
        placements: where images stand.
        intents: what was about to be done.
        runs: every run.
        changed: names in base_dir that runs have changed since an earlier moment.

    """

    placements: Mapping[ImageKey, Placement]
    intents: tuple[Intent, ...]
    runs: tuple[RunRecord, ...]
    changed: frozenset[str] = frozenset()


def _recorded(base_dir: Path, since: _Recorded | None) -> _Recorded:
    with read_ledger(base_dir) as ledger:
        runs = tuple(ledger.runs())
        changed: frozenset[str] = frozenset()
        if since is not None and runs != since.runs:
            ended = {r.id for r in since.runs if r.counts}
            names = ((c.before, c.target) for c in ledger.changes() if c.run not in ended)
            changed = frozenset(name for pair in names for name in pair)
        return _Recorded(ledger.placements(), tuple(ledger.intents()), runs, changed)


def _never(_p: Placement, _stamp: Stamp, _beyond: Stamp | None) -> bool:
    return False


def _quickly(p: Placement, stamp: Stamp, beyond: Stamp | None) -> bool:
    return is_as_stamped(p, stamp) and beyond in {None, p.source_stamp}


def _looked_at(
    folder: str, recorded: _Recorded, trusted: Callable[[Placement, Stamp, Stamp | None], bool], run: Run
) -> dict[ImageKey, Seen]:
    """What stands under the name of each image; files are read by as many threads as there are workers."""
    placements = sorted(recorded.placements.values(), key=lambda p: p.target)
    run.progress.start("reading", len(placements))
    found = {}
    with ThreadPoolExecutor(run.workers) as readers:
        for some in _portions(placements):
            for p, seen in zip(some, readers.map(lambda p: inspect(folder, p, trusted=trusted), some), strict=True):
                found[p.image] = seen
                run.progress.advance()
    run.progress.finish()
    return found


def _portions(placements: Iterable[Placement]) -> Iterator[list[Placement]]:
    rest = iter(placements)
    while some := list(islice(rest, _AT_ONCE)):
        yield some


@dataclass(frozen=True, slots=True)
class _Facts:
    """Everything that was looked at: the tree, the ledger before and after, who is at work, what stands where."""

    tree: Tree
    before: _Recorded
    after: _Recorded
    at_work: str
    seen: Mapping[ImageKey, Seen]

    def report(self) -> VerifyReport:
        """Judge every image and every file, but for those that are being changed."""
        moving = self._moving()
        judged = {k: p for k, p in self.before.placements.items() if p.target not in moving}
        found = self._found(judged, moving)
        gone = sorted((judged[k] for k in found.gone), key=lambda p: p.target)
        drags = sorted((judged[k].target, now) for k, now in found.dragged.items())
        standing = sorted((p for k, p in judged.items() if self._stands(k)), key=lambda p: p.target)
        seen = [self.seen[p.image] for p in judged.values()]
        return VerifyReport(
            base_dir=self.tree.root,
            recorded=len(self.before.placements),
            read=sum(bool(s.sha256) for s in seen),
            bytes_read=sum(s.read for s in seen),
            never_read=sum(not p.sha256 for p in standing),
            missing=tuple(Difference(p.target, _whereabouts(p)) for p in gone),
            extra=tuple(self._extra(moving | set(found.dragged.values()))),
            altered=tuple(Difference(p.target, why) for p in standing if (why := difference(p, self.seen[p.image]))),
            moved=tuple(Drag(before, now) for before, now in drags),
            unfinished=() if self.at_work else tuple(self._unfinished()),
            remarks=tuple(Difference(p.target, why) for p in standing if (why := remark(p, self.seen[p.image]))),
            at_work=self.at_work,
            under_way=len(self.before.placements) - len(judged),
        )

    def _stands(self, image: ImageKey) -> bool:
        return self.seen[image].kind is not Kind.NOTHING

    def _intents(self) -> tuple[Intent, ...]:
        return (*self.before.intents, *self.after.intents)

    def _moving(self) -> set[str]:
        """Names in base_dir that are, or were meanwhile, being changed."""
        names = {name for i in self._intents() for name in (i.step.target, i.step.before)} | self.after.changed
        for image in {*self.before.placements, *self.after.placements}:
            was, now = self.before.placements.get(image), self.after.placements.get(image)
            if was != now:
                names |= {p.target for p in (was, now) if p is not None}
        return names

    def _found(self, judged: Mapping[ImageKey, Placement], moving: Collection[str]) -> Found:
        """Images that stand elsewhere in base_dir than recorded, and those that stand nowhere."""
        missed = [p for k, p in judged.items() if not self._stands(k)]
        taken = {p.target for k, p in judged.items() if self._stands(k)}
        free = [f for f in self.tree.files if f.path not in taken and f.path not in moving] if missed else []
        return look(replace(self.tree, files=tuple(free)), missed, hash_below(self.tree.root), hash_of_linked)

    def _extra(self, known: Collection[str]) -> Iterator[Extra]:
        recorded = {p.target for p in self.before.placements.values()}
        for f in self.tree.files:
            if "/" in f.path and f.path not in recorded and f.path not in known and not is_own_file(f.path):
                yield Extra(f.path, f.is_image)

    def _unfinished(self) -> Iterator[Difference]:
        for i in self.after.intents:
            yield Difference(
                i.step.target or i.step.before, f"run {i.run} was about to {i.step.action} it when it ended"
            )
        temporary = {i.temporary for i in self._intents()}
        for f in self.tree.files:
            name = f.path.rpartition("/")[2]
            if "/" in f.path and is_own_file(f.path) and name not in temporary:
                yield Difference(
                    f.path, "a temporary file that the ledger does not know; no loader reads it: remove it"
                )


def _whereabouts(p: Placement) -> str:
    where = f"its source {shown(p.image.path)} is"
    return f"{where} there" if source_stamp(p.image) else f"{where} gone as well"
