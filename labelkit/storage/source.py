"""The source of an image: where it is, whether it is still the file that was looked at, and taking it away at last."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from labelkit.domain.decisions import ImageKey
from labelkit.domain.placing import Stamp, Step
from labelkit.storage.durability import sync_folder_if_possible
from labelkit.storage.faults import StepFailedError, said
from labelkit.storage.folders import Entry
from labelkit.storage.hashing import content_of, open_and_look

CHANGED = "it changed since it was looked at"


def path_of(image: ImageKey) -> str:
    """The absolute path of an image's source file."""
    root, path = image
    return f"{root}{path}" if root.endswith("/") else f"{root}/{path}"  # in a third of the time of os.path.join


def entry_of(image: ImageKey) -> Entry:
    """The name of an image's source file."""
    return Entry(None, path_of(image))


def stamp_of(status: os.stat_result) -> Stamp:
    """Size, mtime and ctime in ns, inode."""
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def is_as_planned(status: os.stat_result, step: Step) -> bool:
    """Whether a file is the one that was planned with.

    A ctime that alone is new is taken as unchanged for a file with several names (giving one of them away renews it),
    and where the content's SHA-256 is known and is compared anyway.
    """
    now = stamp_of(status)
    same = (now[0], now[1], now[3]) == (step.stamp[0], step.stamp[1], step.stamp[3])
    return now == step.stamp or (same and (status.st_nlink > 1 or bool(step.sha256)))


def open_source(step: Step) -> tuple[int, os.stat_result]:
    """Open the source of a step for reading, and look at it; the caller closes the descriptor.

    Raises:
        StepFailedError: it is gone, cannot be read, is no plain file, or is not the file that was planned with.

    """
    try:
        descriptor, status = open_and_look(path_of(step.image))
    except OSError as e:
        raise StepFailedError(f"cannot read: {said(e)}") from e
    if not is_as_planned(status, step):
        os.close(descriptor)
        raise StepFailedError(CHANGED)
    return descriptor, status


def way_between(folder: str, other: str) -> str:
    """How to write a name in another folder, seen from one: what comes before the name, links to both resolved."""
    where = os.path.realpath(other)
    try:
        way = os.path.relpath(where, os.path.realpath(folder))
    except ValueError:  # another drive on Windows
        way = where
    return "" if way == os.curdir else os.path.join(way, "")


def link_text(image: ImageKey, class_folder: str, way: Callable[[str, str], str] = way_between) -> str:
    """The text of a symbolic link to an image's source: relative, links on the way to both ends resolved.

    Args:
        image: the image.
        class_folder: path of the folder that the link stands in.
        way: finds the way from it to a folder of sources; one that remembers saves a look at all folders between.

    """
    folder, name = os.path.split(path_of(image))
    return way(class_folder, folder) + name


def take_away(image: ImageKey, sha256: str) -> None:
    """Remove the source of an image that has been moved, if it still holds the very content; sync its folder after.

    Raises:
        StepFailedError: it holds something else now, or cannot be removed; it is left.

    """
    source = entry_of(image)
    try:
        if source.status() is None:
            return
        if content_of(source) != sha256:
            raise StepFailedError("its source changed while it was moved; both are kept")
        source.remove()
    except OSError as e:
        raise StepFailedError(f"it is placed, but its source cannot be removed: {said(e)}") from e


def sync_sources(images: Iterable[ImageKey]) -> None:
    """Make the names in the folders of sources survive a power cut, and the folders themselves up to their roots."""
    folders: set[str] = set()
    for image in images:
        folder = os.path.dirname(path_of(image))
        while len(folder) >= len(image.root) and folder not in folders:
            folders.add(folder)
            folder = os.path.dirname(folder)
    for folder in sorted(folders, key=lambda f: (-len(f), f)):
        sync_folder_if_possible(folder)
