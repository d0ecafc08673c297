"""Carry out a plan so that a kill at any instant loses nothing and the same command again finishes it.

For each batch: the intents become durable; sources are read, hashed and copied under temporary names (those that are
only linked are looked at, not read); what was written becomes durable, and so do the hashes; each file gets its name
without replacing anything; the class folders become durable; the sources of moves go; the ledger records it all.
Whatever stops a batch, short of a kill, is followed by the very recovery that would follow a kill.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from labelkit.domain.decisions import ImageKey
from labelkit.domain.errors import LabelkitError, StorageError
from labelkit.domain.placing import Action, Mode, Placement, Plan, Step, StepReceipt
from labelkit.storage.durability import Disk, sync_folder_if_possible
from labelkit.storage.faults import StepFailedError, said
from labelkit.storage.folders import Folders, label_of
from labelkit.storage.identity import LINKS
from labelkit.storage.keeping import keep
from labelkit.storage.ledger import Intent, Ledger
from labelkit.storage.placing import Placer, Published, Staged
from labelkit.storage.publish import part_name
from labelkit.storage.recovery import finish
from labelkit.storage.relocating import entangled, relocate
from labelkit.storage.source import sync_sources, take_away
from labelkit.storage.withdrawing import withdraw

BATCH, LINK_BATCH = 256, 4096
"""Files that become durable together; of links more, because no bytes of theirs have to be done again after a kill."""


def execute(
    plan: Plan, ledger: Ledger, *, run_id: str, records: Mapping[ImageKey, Placement] | None = None, batch: int = 0
) -> Iterator[StepReceipt]:
    """Do every step of a plan; what goes wrong with one file is its receipt's failure, and the others go on.

    A class folder is made when its first image comes, and removed when its last one goes and nothing else is in it:
    an empty folder would still be a class. Receipts of a batch come once the batch is durable and recorded.

    Args:
        plan: what to do; base_dir exists and is held exclusively. With mode `none` it has nothing to place.
        ledger: its ledger, after recovery.
        run_id: of a run that has begun; temporary names are made from it.
        records: where the images stand, as the ledger has it now; None reads it.
        batch: how many files become durable together; 0 for BATCH, or LINK_BATCH in modes that link.

    Raises:
        StorageError: no more can be written (full, read-only, broken, the ledger): what was done is recorded.
        KeyboardInterrupt: as it came; what was done is recorded.
        ValueError: a plan of mode `none` that places images.

    """
    todo = [s for s in plan.steps if s.action is not Action.KEEP]
    if plan.mode is Mode.NONE and plan.of(Action.PLACE):
        raise ValueError("mode 'none' places nothing, but the plan does")
    known = any(s.action is not Action.PLACE for s in plan.steps)
    if records is None:
        records = ledger.placements() if known else {}
    if todo:
        with _stopping(plan.base_dir), Folders(plan.base_dir) as folders, Disk(plan.base_dir) as disk:
            sync_folder_if_possible(os.path.dirname(plan.base_dir))
            placer = Placer(folders, permissions=_permissions())
            work = _Work(ledger, folders, disk, records, placer)
            number = 0
            for steps in _batches(plan, batch or (LINK_BATCH if plan.mode in LINKS else BATCH)):
                intents = [Intent(s, plan.mode, part_name(run_id, number + n), run_id) for n, s in enumerate(steps)]
                number += len(steps)
                yield from work.do(intents)
    for step in plan.of(Action.KEEP):
        yield keep(step, records.get(step.image), plan.base_dir)


def _batches(plan: Plan, size: int) -> Iterator[list[Step]]:
    """Steps to be done together: all of one kind; relocations that wait for each other never apart."""
    withdrawn, placed = plan.of(Action.WITHDRAW), plan.of(Action.PLACE)
    yield from _chunks([[s] for s in withdrawn], size)
    yield from _chunks(entangled(plan.of(Action.RELOCATE)), size)
    yield from _chunks([[s] for s in placed], size)


def _chunks(groups: Sequence[list[Step]], size: int) -> Iterator[list[Step]]:
    chunk: list[Step] = []
    for group in groups:
        chunk += group
        if len(chunk) >= size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


@dataclass(frozen=True, slots=True)
class _Work:
    """What all batches of one execution share."""

    ledger: Ledger
    folders: Folders
    disk: Disk
    records: Mapping[ImageKey, Placement]
    placer: Placer

    def do(self, intents: Sequence[Intent]) -> list[StepReceipt]:
        """Do one batch, all of one kind; on any way out but a kill nothing temporary remains."""
        self.ledger.intend(intents)
        try:
            receipts = self._done(intents)
            self._tidy(intents)
            self.ledger.settle(intents[0].run, receipts)
        except BaseException:
            # Whatever it was, an interrupt too: what stands is recorded, what is temporary goes. Where even that
            # fails, the intents are durable, and the next run sees to them.
            with contextlib.suppress(OSError, LabelkitError):
                finish(self._written(intents), self.records, folders=self.folders, ledger=self.ledger)
            raise
        finally:
            self.folders.let_go()
        return receipts

    def _done(self, intents: Sequence[Intent]) -> list[StepReceipt]:
        match intents[0].step.action:
            case Action.WITHDRAW:
                return [withdraw(i, self.records, self.folders) for i in intents]
            case Action.RELOCATE:
                return relocate(intents, self.records, self.folders)
            case _:
                return self._place(intents)

    def _tidy(self, intents: Sequence[Intent]) -> None:
        emptied = {label_of(i.step.before) for i in intents if i.step.before}
        filled = {label_of(i.step.target) for i in intents if i.step.target}
        self.folders.remove_empty(emptied=emptied, filled=filled)
        self.folders.sync(emptied | filled)

    def _written(self, intents: Sequence[Intent]) -> Sequence[Intent]:
        """The intents as the ledger has them, with hashes where known; as they were, when it cannot be read."""
        try:
            return self.ledger.intents()
        except LabelkitError:
            return intents

    def _place(self, intents: Sequence[Intent]) -> list[StepReceipt]:
        receipts: dict[ImageKey, StepReceipt] = {}
        staged = list(self._staged(intents, receipts))
        copies = [(s.part.folder, s.part.name) for s in staged if s.part is not None]
        if copies:
            self.disk.sync(copies)
        if read := [s.intent for s in staged if s.step.sha256]:
            self.ledger.intend(read)
        published = list(self._published(staged, receipts))
        if intents[0].mode is Mode.MOVE:
            self.folders.sync(label_of(i.step.target) for i in intents)
            self._take_away(published, receipts)
        return [receipts[i.step.image] for i in intents]

    def _staged(self, intents: Sequence[Intent], receipts: dict[ImageKey, StepReceipt]) -> Iterator[Staged]:
        for intent in intents:
            try:
                yield self.placer.stage(intent)
            except StepFailedError as e:
                receipts[intent.step.image] = StepReceipt(intent.step, None, str(e))

    def _published(self, staged: Sequence[Staged], receipts: dict[ImageKey, StepReceipt]) -> Iterator[Published]:
        for s in staged:
            try:
                published = self.placer.publish(s)
            except StepFailedError as e:
                receipts[s.step.image] = StepReceipt(s.step, None, str(e))
            else:
                receipts[s.step.image] = StepReceipt(s.step, published.placement)
                yield published

    def _take_away(self, published: Sequence[Published], receipts: dict[ImageKey, StepReceipt]) -> None:
        """The one step that cannot be taken back comes last: sources of copies that are durable now go."""
        for p in published:
            image = p.placement.image
            try:
                if p.source_remains:
                    take_away(image, p.placement.sha256)
            except StepFailedError as e:
                receipts[image] = StepReceipt(receipts[image].step, p.placement, str(e))
        sync_sources(p.placement.image for p in published)


def _permissions() -> int:
    """The mode bits of a new file: all may read and write, less what the umask takes away."""
    umask = os.umask(0o077)
    os.umask(umask)
    return 0o666 & ~umask


@contextlib.contextmanager
def _stopping(base_dir: str) -> Iterator[None]:
    """An error after which no other file fares better, told with what to do."""
    try:
        yield
    except OSError as e:
        full = e.errno in {errno.ENOSPC, errno.EDQUOT}
        again = "run the same command again: it goes on from here"
        remedy = (
            f"make room (or use --mode hardlink, symlink or none), then {again}" if full else f"see to it, then {again}"
        )
        raise StorageError(f"stopped: {said(e)}; what was done is recorded", place=base_dir, remedy=remedy) from e
