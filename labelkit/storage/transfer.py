"""Carry out a plan so that a kill at any instant loses nothing and the same command again finishes it.

For each batch: the intents become durable; sources are read, hashed and copied under temporary names (those that are
only linked are looked at, not read); the hashes become durable, and so does what was written; each file gets its name
without replacing anything; the class folders become durable; the sources of moves go; the ledger records it all.
Whatever stops a batch, short of a kill, is followed by the very recovery that would follow a kill.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence

from labelkit.domain.decisions import ImageKey
from labelkit.domain.errors import StorageError
from labelkit.domain.placing import Action, Mode, Placement, Plan, Step, StepReceipt
from labelkit.storage.batches import Work, place
from labelkit.storage.durability import Disk, sync_folder_if_possible
from labelkit.storage.faults import said
from labelkit.storage.folders import Folders, label_of
from labelkit.storage.identity import LINKS
from labelkit.storage.keeping import keep
from labelkit.storage.ledger import Intent, Ledger
from labelkit.storage.placing import Placer
from labelkit.storage.publish import part_name
from labelkit.storage.relocating import entangled, relocate
from labelkit.storage.staging import nothing
from labelkit.storage.withdrawing import withdraw

BATCH, LINK_BATCH = 1024, 4096
"""Files that become durable together, while as many are being read; of links more, for no bytes of theirs are read."""

BATCH_BYTES = 64 << 20
"""Of larger files fewer become durable together, so that a kill costs little."""

BATCH_FOLDERS = 256
"""Class folders that are open at once, at most; and as many again for the batch that is being read."""

MOST_AT_ONCE = 4
"""Threads that copy, or copiers, at most: one disk is not faster for more."""

WORTH_COPIERS, WORTH_COPIERS_BYTES = 2000, 256 << 20
"""Images to be read, or bytes of them, from which on copiers save more than the tenth of a second that one takes to
start."""


def execute(
    plan: Plan,
    ledger: Ledger,
    *,
    run_id: str,
    records: Mapping[ImageKey, Placement] | None = None,
    batch: int = 0,
    jobs: int = 1,
    beforehand: Callable[[], None] = nothing,
) -> Generator[StepReceipt, None, None]:
    """Do every step of a plan; what goes wrong with one file is its receipt's failure, and the others go on.

    A class folder is made when its first image comes, and removed when its last one goes and nothing else is in it:
    an empty folder would still be a class. Receipts of a batch come once the batch is durable and recorded. Who does
    not take all of them closes the iterator before the ledger: another batch is under way.

    Args:
        plan: what to do; base_dir exists and is held exclusively. With mode `none` it has nothing to place.
        ledger: its ledger, after recovery.
        run_id: of a run that has begun; temporary names are made from it.
        records: where the images stand, as the ledger has it now; None reads it.
        batch: how many files become durable together; 0 for BATCH, or LINK_BATCH in modes that link.
        jobs: threads that read and copy, MOST_AT_ONCE at most, or as many processes; 1 does that in this thread.
        beforehand: called once, before any image gets or loses its place, while the first ones are being read.

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
            work = Work(ledger, folders, disk, records, placer)
            threads = min(jobs, MOST_AT_ONCE)
            batches = _intents(plan, run_id, batch)
            yield from _carried_out(batches, work, threads, _copiers(plan, threads), beforehand)
    else:
        beforehand()
    for step in plan.of(Action.KEEP):
        record = records.get(step.image)
        if record is None or record.mode is Mode.MOVE:
            yield keep(step, record, plan.base_dir)
        else:
            yield StepReceipt(step, record)


def _carried_out(
    batches: Iterator[list[Intent]], work: Work, jobs: int, copiers: int, beforehand: Callable[[], None]
) -> Iterator[StepReceipt]:
    first = next(batches)
    if first[0].step.action is not Action.PLACE:  # what places comes last
        beforehand()
        beforehand = nothing
    for intents in itertools.chain([first], batches):
        if intents[0].step.action is Action.PLACE:
            rest = itertools.chain([intents], batches)
            yield from place(rest, work, jobs=jobs, copiers=copiers, beforehand=beforehand)
        else:
            yield from _do(intents, work)


def _copiers(plan: Plan, jobs: int) -> int:
    """How many copiers are worth their start."""
    if jobs == 1 or plan.mode in LINKS:
        return 0
    sizes = [s.stamp[0] for s in plan.of(Action.PLACE)]
    return jobs if len(sizes) >= WORTH_COPIERS or sum(sizes) >= WORTH_COPIERS_BYTES else 0


def _intents(plan: Plan, run_id: str, batch: int) -> Iterator[list[Intent]]:
    """Steps to be done together: all of one kind; relocations that wait for each other never apart."""
    links = plan.mode in LINKS
    size = batch or (LINK_BATCH if links else BATCH)
    number = itertools.count()
    for groups in (
        [[s] for s in plan.of(Action.WITHDRAW)],
        entangled(plan.of(Action.RELOCATE)),
        [[s] for s in plan.of(Action.PLACE)],
    ):
        for steps in _chunks(groups, size, None if links else BATCH_BYTES):
            yield [Intent(s, plan.mode, part_name(run_id, next(number)), run_id) for s in steps]


def _chunks(groups: Iterable[list[Step]], size: int, volume: int | None) -> Iterator[list[Step]]:
    """Groups in chunks: of so many steps, so many bytes, or as many class folders as may be open, and then no more."""
    chunk: list[Step] = []
    total, labels = 0, set[str]()
    for group in groups:
        chunk += group
        for step in group:
            total += step.stamp[0]
            labels.add(label_of(step.target or step.before))
        if len(chunk) >= size or len(labels) >= BATCH_FOLDERS or (volume is not None and total >= volume):
            yield chunk
            chunk, total = [], 0
            labels.clear()
    if chunk:
        yield chunk


def _do(intents: Sequence[Intent], work: Work) -> list[StepReceipt]:
    """Do one batch of relocations or withdrawals."""
    with work.cleared(intents):
        work.ledger.intend(intents)
        if intents[0].step.action is Action.WITHDRAW:
            receipts = [withdraw(i, work.records, work.folders) for i in intents]
        else:
            receipts = relocate(intents, work.records, work.folders)
        work.tidy(intents)
        work.ledger.settle(intents[0].run, receipts)
    return receipts


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
