"""Place images: read and hash each source once (one that is only linked not at all), then give it its name."""

from __future__ import annotations

import errno
import os
from functools import cache
from typing import NamedTuple

from labelkit.domain.names import shown
from labelkit.domain.placing import Mode, Placement, Stamp, Step
from labelkit.storage import publish
from labelkit.storage.copying import copy_to
from labelkit.storage.durability import sync_file
from labelkit.storage.faults import NO_HARD_LINK, StepFailedError, failure_of, said
from labelkit.storage.folders import Entry, Folders, label_of
from labelkit.storage.hashing import content_of, hash_of
from labelkit.storage.identity import LINKS, identity, is_file_of, is_source, link_content
from labelkit.storage.ledger import Intent
from labelkit.storage.source import CHANGED, entry_of, open_source, stamp_of, way_between


class Staged(NamedTuple):
    """An image that is ready to get its name; a tuple, as are others here, because a sort makes one for every image.

    Attributes:
        intent: with the SHA-256 of the content in its step; for a link that may be empty.
        source: stamp of the source as it was read.
        part: the finished temporary copy; None when the source itself gets the name.

    """

    intent: Intent
    source: Stamp
    part: Entry | None

    @property
    def step(self) -> Step:
        """The step to be done."""
        return self.intent.step

    @property
    def is_unread(self) -> bool:
        """Whether nobody has looked at the source yet: only what is linked may be so."""
        return self.part is None and not self.step.sha256


Outcome = Staged | StepFailedError
"""An image that is ready to get its name, or why it is not."""


class Published(NamedTuple):
    """An image that stands in its class folder.

    Attributes:
        placement: what to record.
        source_remains: a moved image whose source is still there and has to go.

    """

    placement: Placement
    source_remains: bool = False


class Placer:
    """Places images into the class folders of one base_dir.

    Args:
        folders: base_dir.
        permissions: of new files: 0o666 without what the umask takes away.

    """

    def __init__(self, folders: Folders, *, permissions: int) -> None:
        self._folders = folders
        self.permissions = permissions
        self._way = cache(way_between)

    def stage(self, intent: Intent, *, copy: bool = False) -> Staged:
        """Read a source, and write its temporary copy where the mode (or `copy`) calls for one.

        A link shares the bytes of its source: that is not read, unless the step says what it must hold, and is looked
        at when it gets its name.

        Raises:
            StepFailedError: the source is not what was planned with, or cannot be read.
            OSError: nothing more can be written.

        """
        step = intent.step
        if intent.mode in LINKS and not step.sha256 and not copy:
            return Staged(intent, step.stamp, None)
        descriptor, status = open_source(step)
        try:
            part = self._part(intent) if copy or self._needs_copy(intent.mode, status) else None
            sha256 = self._read(descriptor, status, part)
            stamp = stamp_of(status)
            if stamp_of(os.fstat(descriptor)) != stamp or step.sha256 not in {"", sha256}:
                if part is not None:
                    part.remove()
                raise StepFailedError(CHANGED)
        finally:
            os.close(descriptor)
        return Staged(with_hash(intent, sha256), stamp, part)

    def publish(self, staged: Staged) -> Published:
        """Give the image its name. A file of the same content that stands there already is taken as done.

        Raises:
            StepFailedError: another file stands there, or the source changed; nothing was replaced.
            OSError: nothing more can be written.

        """
        if staged.is_unread:
            staged = self._looked_at(staged)
        target = self._folders.entry(staged.step.target, make=True)
        try:
            remains, status = self._put(staged, target)
        except FileExistsError:
            staged = self._taken_as_done(staged, target)
            remains, status = staged.intent.mode is Mode.MOVE, None
        except OSError as e:
            raise self._refused(staged, e) from e
        return Published(_placement(staged.intent, staged.source, status or target.status()), remains)

    def placement(self, intent: Intent, source: Stamp) -> Placement:
        """What to record of an image that stands under its step's target.

        Args:
            intent: with the SHA-256 of the content in its step; for a link that may be empty.
            source: stamp of the source as it was read; a hard link's is looked at again, for linking renews its ctime.

        """
        return _placement(intent, source, self._folders.entry(intent.step.target).status())

    def _looked_at(self, staged: Staged) -> Staged:
        """A link just before it gets its name, with the stamp of its source as that is now: a file that can be read."""
        descriptor, status = open_source(staged.step)
        os.close(descriptor)
        return Staged(staged.intent, stamp_of(status), None)

    def _read(self, descriptor: int, status: os.stat_result, part: Entry | None) -> str:
        """Read an open source, into a copy where there shall be one; its SHA-256."""
        if part is not None:
            return copy_to(part, descriptor, status=status, permissions=self.permissions)
        try:
            return hash_of(descriptor, status)
        except OSError as e:
            raise StepFailedError(f"cannot read: {said(e)}") from e

    def _part(self, intent: Intent) -> Entry:
        try:
            return self._folders.entry(intent.step.target, intent.temporary, make=True)
        except OSError as e:
            raise failure_of(e) from e

    def _needs_copy(self, mode: Mode, source: os.stat_result) -> bool:
        if mode is Mode.MOVE:
            return source.st_dev != os.stat(self._folders.base_dir).st_dev
        return mode is Mode.COPY

    def _put(self, staged: Staged, target: Entry) -> tuple[bool, os.stat_result | None]:
        """Give the image its name; whether a source that has to go remains, and what stands there if that was seen."""
        mode = staged.intent.mode
        if staged.part is not None:
            publish.move(staged.part, target)
            return mode is Mode.MOVE, None
        if mode is Mode.SYMLINK:
            os.symlink(self._link(staged.step).removeprefix("link:"), target.name, dir_fd=target.folder)
            return False, None
        return self._give_name(staged, target)

    def _give_name(self, staged: Staged, target: Entry) -> tuple[bool, os.stat_result | None]:
        """Link or rename the source itself, and look that it was the file that was read."""
        source, wanted = entry_of(staged.step.image), identity(staged.source)
        if not staged.is_unread and not is_file_of(source, staged.source):
            raise StepFailedError(CHANGED)
        moving = staged.intent.mode is Mode.MOVE
        try:
            (publish.move if moving else publish.link)(source, target)
        except OSError as e:
            if e.errno != errno.EXDEV or not moving:
                raise
            return self._copy_after_all(staged, target), None
        placed = target.status()
        if placed is None or identity(stamp_of(placed)) != wanted:
            publish.move(target, source) if moving else target.remove()
            raise StepFailedError(CHANGED)
        return False, placed

    def _copy_after_all(self, staged: Staged, target: Entry) -> bool:
        """Another mount of the same file system: no rename goes there, though the device is the same."""
        part = self.stage(staged.intent, copy=True).part
        assert part is not None
        try:
            sync_file(part.folder, part.name)
            publish.move(part, target)
        except OSError:
            part.remove()
            raise
        return True

    def _link(self, step: Step) -> str:
        return link_content(step.image, self._folders.path(label_of(step.target)), self._way)

    def _taken_as_done(self, staged: Staged, target: Entry) -> Staged:
        """The image, known by what stands under its name already; only the very same is taken for it."""
        try:
            sha256 = self._same(staged, target)
        except OSError:
            sha256 = None
        if staged.part is not None:
            staged.part.remove()
        if sha256 is None:
            raise StepFailedError(f"something else stands under {shown(staged.step.target)}; it was left as it is")
        return staged._replace(intent=with_hash(staged.intent, sha256))

    def _same(self, staged: Staged, target: Entry) -> str | None:
        """The SHA-256 of the image, as far as it has been read, when it stands under the name; None for anything else.

        A file that is not the source itself is taken for a hard link only after both were read, and is then known by
        that content.
        """
        known, mode = staged.step.sha256, staged.intent.mode
        if mode is Mode.SYMLINK:
            return known if content_of(target) == self._link(staged.step) else None
        if mode is Mode.HARDLINK and is_source(target, staged.step.image):
            return known
        wanted = known or content_of(entry_of(staged.step.image))
        return wanted if content_of(target) == wanted else None

    def _refused(self, staged: Staged, error: OSError) -> StepFailedError:
        failure = failure_of(error)
        if staged.part is not None:
            staged.part.remove()
        if staged.intent.mode is Mode.HARDLINK and error.errno in NO_HARD_LINK:
            return StepFailedError(NO_HARD_LINK[error.errno])
        return failure


def with_hash(intent: Intent, sha256: str) -> Intent:
    """The intent, with the SHA-256 of the content in its step."""
    action, image, stamp, target, before, _ = intent.step
    return Intent(Step(action, image, stamp, target, before, sha256), intent.mode, intent.temporary, intent.run)


def _placement(intent: Intent, source: Stamp, placed: os.stat_result | None) -> Placement:
    if placed is None:
        raise StepFailedError("it was taken away while it was placed")
    step, stamp = intent.step, stamp_of(placed)
    if intent.mode is Mode.HARDLINK and stamp[3] == source[3]:
        source = stamp
    return Placement(step.image, step.target, intent.mode, step.sha256, source, stamp)
