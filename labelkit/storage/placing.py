"""Place images: read and hash each source once, then give the finished file its name in the class folder."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, replace

from labelkit.domain.names import shown
from labelkit.domain.placing import Mode, Placement, Stamp, Step
from labelkit.storage import publish
from labelkit.storage.copying import copy_to
from labelkit.storage.durability import sync_file
from labelkit.storage.faults import StepFailedError, failure_of, said
from labelkit.storage.folders import Entry, Folders, label_of
from labelkit.storage.hashing import content_of, hash_of
from labelkit.storage.ledger import Intent
from labelkit.storage.source import CHANGED, entry_of, link_text, open_source, stamp_of


@dataclass(frozen=True, slots=True)
class Staged:
    """An image that is ready to get its name.

    Attributes:
        intent: with the SHA-256 of the content in its step.
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


@dataclass(frozen=True, slots=True)
class Published:
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
        self._permissions = permissions

    def stage(self, intent: Intent, *, copy: bool = False) -> Staged:
        """Read a source, and write its temporary copy where the mode (or `copy`) calls for one.

        Raises:
            StepFailedError: the source is not what was planned with, or cannot be read.
            OSError: nothing more can be written.

        """
        step = intent.step
        descriptor = open_source(step)
        try:
            status = os.fstat(descriptor)
            part = self._part(intent) if copy or self._needs_copy(intent.mode, status) else None
            sha256 = _read(descriptor) if part is None else copy_to(part, descriptor, permissions=self._permissions)
            if stamp_of(os.fstat(descriptor)) != stamp_of(status) or step.sha256 not in {"", sha256}:
                if part is not None:
                    part.remove()
                raise StepFailedError(CHANGED)
        finally:
            os.close(descriptor)
        return Staged(replace(intent, step=replace(step, sha256=sha256)), stamp_of(status), part)

    def publish(self, staged: Staged) -> Published:
        """Give the image its name. A file of the same content that stands there already is taken as done.

        Raises:
            StepFailedError: another file stands there, or the source changed; nothing was replaced.
            OSError: nothing more can be written.

        """
        target = self._folders.entry(staged.step.target, make=True)
        try:
            remains = self._put(staged, target)
        except FileExistsError:
            self._must_be_same(staged, target)
            if staged.part is not None:
                staged.part.remove()
            remains = staged.intent.mode is Mode.MOVE
        except OSError as e:
            raise self._refused(staged, e) from e
        return Published(self.placement(staged.intent, staged.source), remains)

    def expected(self, intent: Intent) -> str:
        """What `content_of` says of the image once it stands there."""
        if intent.mode is Mode.SYMLINK:
            return f"link:{link_text(intent.step.image, self._folders.path(label_of(intent.step.target)))}"
        return intent.step.sha256

    def placement(self, intent: Intent, source: Stamp) -> Placement:
        """What to record of an image that stands under its step's target.

        Args:
            intent: with the SHA-256 of the content in its step.
            source: stamp of the source as it was read; a hard link's is looked at again, for linking renews its ctime.

        """
        step = intent.step
        placed = self._folders.entry(step.target).status()
        if placed is None:
            raise StepFailedError("it was taken away while it was placed")
        if intent.mode is Mode.HARDLINK and placed.st_ino == source[3]:
            source = stamp_of(placed)
        return Placement(step.image, step.target, intent.mode, step.sha256, source, stamp_of(placed))

    def _part(self, intent: Intent) -> Entry:
        try:
            return self._folders.entry(intent.step.target, intent.temporary, make=True)
        except OSError as e:
            raise failure_of(e) from e

    def _needs_copy(self, mode: Mode, source: os.stat_result) -> bool:
        if mode is Mode.MOVE:
            return source.st_dev != os.stat(self._folders.base_dir).st_dev
        return mode is Mode.COPY

    def _put(self, staged: Staged, target: Entry) -> bool:
        """Give the image its name; whether a source that has to go remains."""
        mode = staged.intent.mode
        if staged.part is not None:
            publish.move(staged.part, target)
            return mode is Mode.MOVE
        if mode is Mode.SYMLINK:
            os.symlink(self.expected(staged.intent).removeprefix("link:"), target.name, dir_fd=target.folder)
            return False
        return self._give_name(staged, target)

    def _give_name(self, staged: Staged, target: Entry) -> bool:
        """Link or rename the source itself, and look that it was the file that was read."""
        source = entry_of(staged.step.image)
        now = source.status()
        if now is None or _identity(stamp_of(now)) != _identity(staged.source):
            raise StepFailedError(CHANGED)
        moving = staged.intent.mode is Mode.MOVE
        try:
            (publish.move if moving else publish.link)(source, target)
        except OSError as e:
            if e.errno != errno.EXDEV or not moving:
                raise
            return self._copy_after_all(staged, target)
        placed = target.status()
        if placed is None or _identity(stamp_of(placed)) != _identity(staged.source):
            publish.move(target, source) if moving else target.remove()
            raise StepFailedError(CHANGED)
        return False

    def _copy_after_all(self, staged: Staged, target: Entry) -> bool:
        """Another mount of the same file system: no rename goes there, though the device is the same."""
        part = self.stage(staged.intent, copy=True).part
        assert part is not None
        sync_file(part.folder, part.name)
        publish.move(part, target)
        return True

    def _must_be_same(self, staged: Staged, target: Entry) -> None:
        try:
            same = content_of(target) == self.expected(staged.intent)
        except OSError:
            same = False
        if not same:
            if staged.part is not None:
                staged.part.remove()
            raise StepFailedError(f"something else stands under {shown(staged.step.target)}; it was left as it is")

    def _refused(self, staged: Staged, error: OSError) -> StepFailedError:
        failure = failure_of(error)
        if staged.part is not None:
            staged.part.remove()
        if error.errno == errno.EXDEV:
            return StepFailedError("a hard link cannot lead to another file system: use --mode copy or --mode symlink")
        return failure


def _identity(stamp: Stamp) -> tuple[int, int, int]:
    return (stamp[0], stamp[1], stamp[3])


def _read(descriptor: int) -> str:
    try:
        return hash_of(descriptor)
    except OSError as e:
        raise StepFailedError(f"cannot read: {said(e)}") from e
