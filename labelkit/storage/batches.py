"""Place images, batch after batch: while one becomes durable and gets its names, the next is being read.

In the ledger stands at every instant what is under way: these two, and the batch after them, so that reading never
waits for the ledger. One transaction a batch says what became of the last one, what this one holds, and which one comes
after the next.
"""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from labelkit.domain.decisions import ImageKey
from labelkit.domain.errors import LabelkitError
from labelkit.domain.placing import Mode, Placement, StepReceipt
from labelkit.storage.durability import Disk
from labelkit.storage.faults import StepFailedError
from labelkit.storage.folders import Folders, label_of
from labelkit.storage.ledger import Intent, Ledger
from labelkit.storage.placing import Outcome, Placer, Published, Staged
from labelkit.storage.recovery import finish
from labelkit.storage.source import sync_sources, take_away
from labelkit.storage.staging import Stagers, Staging

_Receipts = list[StepReceipt]


@dataclass(frozen=True, slots=True)
class Work:
    """What all batches of one execution share.

    Attributes:
        ledger: of base_dir.
        folders: base_dir and its class folders.
        disk: the file system of base_dir.
        records: where the images stand, as the ledger has it.
        placer: stages and publishes one image.

    """

    ledger: Ledger
    folders: Folders
    disk: Disk
    records: Mapping[ImageKey, Placement]
    placer: Placer

    @contextlib.contextmanager
    def cleared(self, intents: Sequence[Intent]) -> Iterator[None]:
        """On any way out but a kill, what stands is recorded, and what is temporary goes.

        Where even that fails, the intents are durable, and the next run sees to them.

        Args:
            intents: what is under way where the ledger cannot be read any more.

        """
        try:
            yield
        except BaseException:  # whatever it was, an interrupt too; raised on
            with contextlib.suppress(OSError, LabelkitError):
                finish(self._written(intents), self.records, folders=self.folders, ledger=self.ledger)
            raise
        finally:
            self.folders.let_go()

    def tidy(self, intents: Iterable[Intent], *, but: frozenset[str] = frozenset()) -> None:
        """Remove class folders that are empty now, and make what changed in the others durable.

        Args:
            intents: steps that were done.
            but: labels of folders that are being filled.

        """
        steps = [i.step for i in intents]
        emptied, filled = labels(s.before for s in steps), labels(s.target for s in steps)
        self.folders.remove_empty(emptied=emptied - but, filled=filled - but)
        self.folders.sync(emptied | filled)

    def _written(self, intents: Sequence[Intent]) -> Sequence[Intent]:
        """The intents as the ledger has them, with hashes where known; as they were, when it cannot be read."""
        try:
            return self.ledger.intents()
        except LabelkitError:
            return intents


def labels(targets: Iterable[str]) -> frozenset[str]:
    """The class folders of targets; an empty target has none."""
    return frozenset([label_of(t) for t in targets if t])


def place(
    batches: Iterator[list[Intent]], work: Work, *, jobs: int, copiers: int, beforehand: Callable[[], None]
) -> Iterator[StepReceipt]:
    """Place batches of images; see `labelkit.storage.transfer.execute`.

    Args:
        batches: none of them empty.
        work: what they share.
        jobs: threads that read and copy.
        copiers: processes that do it for them.
        beforehand: called before any image gets its name, while the first ones are being read.

    """
    first = next(batches, None)
    if first is not None:
        with work.cleared(first), Stagers(work.placer, work.folders, jobs=jobs, copiers=copiers) as stagers:
            yield from _all(first, batches, work, stagers, beforehand)


def _all(
    first: Sequence[Intent],
    batches: Iterator[list[Intent]],
    work: Work,
    stagers: Stagers,
    beforehand: Callable[[], None],
) -> Iterator[StepReceipt]:
    run, receipts, coming = first[0].run, _Receipts(), next(batches, None)
    work.ledger.intend(first, coming or ())
    reading: Staging | None = stagers.start(first, meanwhile=beforehand)
    while reading is not None:
        intents, outcomes = reading.intents, reading.outcomes()
        reading = None if coming is None else stagers.start(coming)
        after = None if coming is None else next(batches, None)
        read = _as_read(intents, outcomes)
        with work.disk.syncing(_copies(outcomes), beside=stagers.beside):
            if receipts or after or read is not intents:
                work.ledger.settle(run, receipts, read, coming or (), after or ())
        yield from receipts
        receipts = _published(intents, outcomes, work)
        following = labels(i.step.target for i in coming or ())
        work.tidy(intents, but=following)
        work.folders.let_go(but=following)
        coming = after
    work.ledger.settle(run, receipts)
    yield from receipts


def _as_read(intents: Sequence[Intent], outcomes: Sequence[Outcome]) -> Sequence[Intent]:
    """The intents with what was read, or the same where nothing was; those that failed as they were."""
    read = [o.intent if isinstance(o, Staged) else i for i, o in zip(intents, outcomes, strict=True)]
    return intents if all(map(operator.is_, read, intents)) else read


def _copies(outcomes: Sequence[Outcome]) -> list[tuple[int | None, str]]:
    return [(s.part.folder, s.part.name) for s in outcomes if isinstance(s, Staged) and s.part is not None]


def _published(intents: Sequence[Intent], outcomes: Sequence[Outcome], work: Work) -> _Receipts:
    """Give each image its name; what was copied is durable."""
    receipts, remaining = [], []
    for intent, outcome in zip(intents, outcomes, strict=True):
        published = _publish(work.placer, outcome)
        if isinstance(published, StepFailedError):
            receipts.append(StepReceipt(intent.step, None, str(published)))
            continue
        if published.source_remains:
            remaining.append(len(receipts))
        receipts.append(StepReceipt(intent.step, published.placement))
    if intents[0].mode is Mode.MOVE:
        work.folders.sync(labels(i.step.target for i in intents))
        _take_away(receipts, remaining)
    return receipts


def _publish(placer: Placer, outcome: Outcome) -> Published | StepFailedError:
    if isinstance(outcome, StepFailedError):
        return outcome
    try:
        return placer.publish(outcome)
    except StepFailedError as e:
        return e


def _take_away(receipts: _Receipts, remaining: Sequence[int]) -> None:
    """The one step that cannot be taken back comes last: sources of copies that are durable now go.

    Args:
        receipts: of the batch; one whose source cannot go says so.
        remaining: which of them have a source that has to go.

    """
    for i in remaining:
        step, placement, _ = receipts[i]
        if placement is None:
            continue
        try:
            take_away(step.image, placement.sha256)
        except StepFailedError as e:
            receipts[i] = StepReceipt(step, placement, str(e))
    sync_sources(r.step.image for r in receipts if r.placement is not None)
