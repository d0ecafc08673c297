"""Move placed images from one class folder to another, also where they exchange their names."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from labelkit.domain.decisions import ImageKey
from labelkit.domain.names import shown
from labelkit.domain.placing import Mode, Placement, Step, StepReceipt
from labelkit.storage import publish
from labelkit.storage.faults import StepFailedError, failure_of
from labelkit.storage.folders import Entry, Folders, label_of
from labelkit.storage.hashing import content_of
from labelkit.storage.identity import is_file_of, stands
from labelkit.storage.ledger import Intent
from labelkit.storage.source import stamp_of


def entangled(steps: Iterable[Step]) -> list[list[Step]]:
    """Relocations in groups: two that want or leave the same name stand in one group, which must be done together."""
    by_name: dict[str, list[Step]] = defaultdict(list)
    ordered = list(steps)
    for step in ordered:
        by_name[step.before].append(step)
        by_name[step.target].append(step)
    seen: set[ImageKey] = set()
    return [_group(step, by_name, seen) for step in ordered if step.image not in seen]


def _group(start: Step, by_name: Mapping[str, list[Step]], seen: set[ImageKey]) -> list[Step]:
    seen.add(start.image)
    group, todo = [start], [start]
    while todo:
        step = todo.pop()
        for other in (*by_name[step.before], *by_name[step.target]):
            if other.image not in seen:
                seen.add(other.image)
                group.append(other)
                todo.append(other)
    return group


def relocate(
    intents: Sequence[Intent], records: Mapping[ImageKey, Placement], folders: Folders, *, resume: bool = False
) -> list[StepReceipt]:
    """Relocate images; a name that is wanted is given up first, and of a ring one is parked under its temporary name.

    Nothing is replaced: where something of other content stands under a target, the image stays where it was. A file
    that a person altered goes along, and stays recorded as it was placed, so that the alteration can still be told.

    Args:
        intents: relocations; those that are entangled all together.
        records: where the images stand, as recorded.
        folders: base_dir.
        resume: some may have been done, or half done, before a kill.

    Raises:
        OSError: nothing more can be written.

    """
    return _Relocation(intents, records, folders).run(resume=resume)


class _Relocation:
    """One call of `relocate`: who still has to move, where each is now, what became of the others."""

    def __init__(self, intents: Sequence[Intent], records: Mapping[ImageKey, Placement], folders: Folders) -> None:
        self.intents = intents
        images = [i.step.image for i in intents]
        self.records = {image: records[image] for image in images if image in records}
        self.folders = folders
        self.now: dict[ImageKey, Entry] = {}
        self.parked: set[ImageKey] = set()
        self.receipts: dict[ImageKey, StepReceipt] = {}
        self.leaving = {i.step.before: i for i in intents}
        self.wanted = {i.step.target for i in intents}

    def run(self, *, resume: bool) -> list[StepReceipt]:
        for intent in self.intents:
            self._try(intent, self._resume if resume else self._begin)
        while self._round() or self._park():
            pass
        for intent in self._pending():
            self._give_up(intent)
        return [self.receipts[i.step.image] for i in self.intents]

    def _pending(self) -> list[Intent]:
        return [i for i in self.intents if i.step.image not in self.receipts]

    def _try(self, intent: Intent, what: Callable[[Intent], None]) -> None:
        """Do something for one image; what goes wrong with it alone becomes its receipt."""
        if intent.step.image not in self.records:
            self._fail(intent, "the ledger knows no placement of it")
            return
        try:
            what(intent)
        except StepFailedError as e:
            self._fail(intent, str(e))
        except OSError as e:
            if intent.step.image in self.parked:
                raise  # half way round a ring is no place to stay: the intents remain, and the next run goes on
            self._fail(intent, str(failure_of(e)))

    def _begin(self, intent: Intent) -> None:
        """Find an image that nobody has moved yet."""
        before = self._before(intent)
        if before is None or before.status() is None:
            raise StepFailedError("it is gone")
        self.now[intent.step.image] = before

    def _resume(self, intent: Intent) -> None:
        """Find an image that may have been moved before a kill."""
        before, target = self._before(intent), self._target(intent)
        part = self._target(intent, intent.temporary)
        for name in (target, part):
            if publish.is_reservation(name):
                name.remove()
        if self._is_it(intent, target, alone=intent.step.target not in self.leaving):
            self._drop_twin(intent, before, target)
            self._drop_twin(intent, part, target)
            self._arrived(intent)
        elif part.status() is not None:
            self._drop_twin(intent, before, part)
            self.now[intent.step.image] = part
            self.parked.add(intent.step.image)
        elif before is not None and self._is_it(intent, before, alone=intent.step.before not in self.wanted):
            self.now[intent.step.image] = before
        else:
            self._begin_if_alone(intent)

    def _begin_if_alone(self, intent: Intent) -> None:
        if intent.step.before in self.wanted:
            raise StepFailedError("it is gone")
        self._begin(intent)

    def _is_it(self, intent: Intent, entry: Entry, *, alone: bool) -> bool:
        """Whether the image itself stands under a name: by identity or, where no other can have come there, content."""
        record = self.records[intent.step.image]
        if entry.status() is None:
            return False
        return is_file_of(entry, record.placed_stamp) or (alone and self._stands(entry, record))

    def _stands(self, entry: Entry, record: Placement) -> bool:
        folder = self.folders.path(label_of(record.target))
        return stands(entry, record.image, mode=record.mode, sha256=record.sha256, class_folder=folder)

    def _round(self) -> bool:
        """Move whatever can be moved; whether anything was."""
        before = len(self.receipts)
        for intent in self._pending():
            self._try(intent, self._move)
        return len(self.receipts) > before

    def _move(self, intent: Intent) -> None:
        where, target = self.now[intent.step.image], self._target(intent)
        try:
            publish.move(where, target)
        except FileExistsError:
            if intent.step.target in self.leaving and self._is_leaving(intent.step.target):
                return
            content = content_of(where)
            if content_of(target) != content:
                return
            where.remove()  # one of the same content, put there by somebody, is taken as this one
            self._read(intent.step.image, content)
        self._arrived(intent)

    def _read(self, image: ImageKey, content: str) -> None:
        """Remember the content of a file that is not its source's any more, where it was not known."""
        record = self.records[image]
        if record.mode is not Mode.SYMLINK and not record.sha256:
            self.records[image] = record._replace(sha256=content)

    def _is_leaving(self, target: str) -> bool:
        other = self.leaving[target].step.image
        return other not in self.receipts and other not in self.parked

    def _park(self) -> bool:
        """Put one image of a ring under its temporary name, so that the others can go round; whether there was one."""
        ring = next((i for i in self._pending() if i.step.image not in self.parked and self._in_ring(i)), None)
        if ring is not None:
            self._try(ring, self._park_one)
        return ring is not None

    def _park_one(self, intent: Intent) -> None:
        part = self._target(intent, intent.temporary)
        publish.move(self.now[intent.step.image], part)
        self.now[intent.step.image] = part
        self.parked.add(intent.step.image)

    def _in_ring(self, start: Intent) -> bool:
        intent = start
        for _ in self.intents:
            follower = self.leaving.get(intent.step.target)
            if follower is None or follower.step.image in self.receipts:
                return False
            if follower is start:
                return True
            intent = follower
        return False

    def _give_up(self, intent: Intent) -> None:
        """Something else stands under the target; a parked image goes back where it was, or is recorded where it is."""
        image, step = intent.step.image, intent.step
        why = f"something else stands under {shown(step.target)}; both were left as they are"
        if image in self.parked:
            try:
                publish.move(self.now[image], self.folders.entry(step.before, make=True))
            except FileExistsError:
                here = self.records[image]._replace(target=f"{label_of(step.target)}/{intent.temporary}")
                self.receipts[image] = StepReceipt(step, here, why)
                return
        self._fail(intent, why)

    def _arrived(self, intent: Intent) -> None:
        record, status = self.records[intent.step.image], self._target(intent).status()
        if status is None:
            raise StepFailedError("it was taken away while it was moved")
        stamp = stamp_of(status)
        source = record.source_stamp
        if record.mode is Mode.HARDLINK and source[3] == stamp[3] and stamp[:2] == source[:2]:
            source = stamp  # one file with two names: moving one renews the ctime of both
        as_placed = stamp[:2] == record.placed_stamp[:2] or self._stands(self._target(intent), record)
        placed = stamp if as_placed else record.placed_stamp
        placement = record._replace(target=intent.step.target, source_stamp=source, placed_stamp=placed)
        self.receipts[intent.step.image] = StepReceipt(intent.step, placement)

    def _fail(self, intent: Intent, why: str) -> None:
        self.receipts[intent.step.image] = StepReceipt(intent.step, self.records.get(intent.step.image), why)

    def _before(self, intent: Intent) -> Entry | None:
        """Its name so far; None when the class folder itself is gone."""
        try:
            return self.folders.entry(intent.step.before)
        except FileNotFoundError:
            return None

    def _target(self, intent: Intent, name: str = "") -> Entry:
        return self.folders.entry(intent.step.target, name, make=True)

    def _drop_twin(self, intent: Intent, old: Entry | None, new: Entry) -> None:
        """Take away the old name of a file that has got its new one, unless it is another image's by now."""
        hard = self.records[intent.step.image].mode is Mode.HARDLINK
        if old is None or (hard and intent.step.before in self.wanted):
            return
        was, is_now = old.status(), new.status()
        if was is not None and is_now is not None and os.path.samestat(was, is_now):
            old.remove()
