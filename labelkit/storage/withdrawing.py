"""Take images out of their class folders again, without ever deleting the only copy of a content."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping

from labelkit.domain.decisions import ImageKey
from labelkit.domain.names import shown
from labelkit.domain.placing import Mode, Placement, StepReceipt
from labelkit.storage import publish
from labelkit.storage.copying import copy_to
from labelkit.storage.durability import sync_file
from labelkit.storage.faults import StepFailedError, failure_of
from labelkit.storage.folders import Entry, Folders
from labelkit.storage.hashing import content_of, open_and_look
from labelkit.storage.identity import is_file_of
from labelkit.storage.ledger import Intent
from labelkit.storage.source import entry_of, path_of, sync_sources


def withdraw(intent: Intent, records: Mapping[ImageKey, Placement], folders: Folders) -> StepReceipt:
    """Take one image out of its class folder. Doing it again after a kill, at any point, finishes it.

    A link goes; so does a file whose source still holds the same content. A file whose source is gone (as that of
    every moved image is) is put back there, missing folders below the source's root made. A file that a person altered,
    and one whose source holds something else now, is left, as a failure. One that is gone already is forgotten.

    Raises:
        OSError: nothing more can be written.

    """
    step, record = intent.step, records.get(intent.step.image)
    if record is None:
        return StepReceipt(step, None, "the ledger knows no placement of it")
    try:
        _withdraw(intent, record, folders)
    except StepFailedError as e:
        return StepReceipt(step, record, str(e))
    except OSError as e:
        return StepReceipt(step, record, str(failure_of(e)))
    return StepReceipt(step, None)


def _withdraw(intent: Intent, record: Placement, folders: Folders) -> None:
    try:
        placed = folders.entry(intent.step.before)
    except FileNotFoundError:
        return
    status = placed.status()
    if status is None:
        return
    if stat.S_ISLNK(status.st_mode):
        placed.remove()
    elif record.mode is Mode.SYMLINK:
        raise StepFailedError("it is no link any more, but a file of its own; it was left")
    else:
        _withdraw_file(placed, status, record, intent.temporary)


def _withdraw_file(placed: Entry, status: os.stat_result, record: Placement, temporary: str) -> None:
    source = entry_of(record.image)
    if publish.is_reservation(source):
        source.remove()
    there = source.status()
    if there is not None and os.path.samestat(there, status):
        if status.st_nlink == 1:  # not two names of one file, but one name reached by two ways
            raise StepFailedError("its source's path leads to this very file, the only copy; it was left")
        placed.remove()
    elif not _is_as_placed(placed, record, source if there is not None else None):
        raise StepFailedError("it was altered since it was placed; it was left")
    elif there is None:
        _put_back(placed, record.image, temporary)
    elif content_of(source) == (record.sha256 or content_of(placed)):
        placed.remove()
    else:
        raise StepFailedError("its source holds something else now, and this is the only copy; it was left")


def _is_as_placed(placed: Entry, record: Placement, source: Entry | None) -> bool:
    """Whether a file is the one that was placed: by its content; where that was never read, by what it is.

    A hard link that was never read is as placed while it is that file, unwritten; and so is one that somebody put back
    from a copy, while its source holds the same.
    """
    if record.sha256:
        return content_of(placed) == record.sha256
    if is_file_of(placed, record.placed_stamp):
        return True
    return source is not None and content_of(placed) == content_of(source)


def _put_back(placed: Entry, image: ImageKey, temporary: str) -> None:
    source = entry_of(image)
    if not os.path.isdir(image.root):
        raise StepFailedError(f"its source folder {shown(image.root)} is not there; it was left")
    os.makedirs(os.path.dirname(path_of(image)), exist_ok=True)
    try:
        publish.move(placed, source)
    except OSError as e:
        if e.errno != errno.EXDEV:
            raise _occupied(e) from e
        _copy_back(placed, image, part_beside(image, temporary))
    else:
        sync_sources([image])


def _copy_back(placed: Entry, image: ImageKey, part: Entry) -> None:
    """Across file systems: a complete, durable copy under the source's name first; only then the placed file goes."""
    descriptor, status = open_and_look(placed.name, folder=placed.folder)
    try:
        copy_to(part, descriptor, status=status, permissions=stat.S_IMODE(status.st_mode))
    finally:
        os.close(descriptor)
    try:
        sync_file(part.folder, part.name)
        publish.move(part, entry_of(image))
    except OSError as e:
        part.remove()
        raise _occupied(e) from e
    sync_sources([image])
    placed.remove()


def part_beside(image: ImageKey, temporary: str) -> Entry:
    """The temporary name beside an image's source."""
    return Entry(None, os.path.join(os.path.dirname(path_of(image)), temporary))


def _occupied(error: OSError) -> StepFailedError:
    if isinstance(error, FileExistsError):
        return StepFailedError("something else stands under its source's name now; it was left")
    return failure_of(error)
