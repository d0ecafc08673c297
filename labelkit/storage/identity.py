"""Is what stands under a name the image? Told by content where that was read, and of a link by what it leads to."""

from __future__ import annotations

import os
from collections.abc import Callable

from labelkit.domain.decisions import ImageKey
from labelkit.domain.placing import Mode, Placement, Stamp
from labelkit.storage.folders import Entry
from labelkit.storage.hashing import content_of
from labelkit.storage.source import entry_of, link_text, stamp_of, way_between

LINKS = frozenset([Mode.HARDLINK, Mode.SYMLINK])
"""Modes in which an image shares the bytes of its source: they are not read for placing it."""


def identity(stamp: Stamp) -> tuple[int, int, int]:
    """Size, mtime and inode: what stays of a file that is renamed or gets a second name, which renews its ctime."""
    return (stamp[0], stamp[1], stamp[3])


def link_content(image: ImageKey, class_folder: str, way: Callable[[str, str], str] = way_between) -> str:
    """What `content_of` says of a symbolic link to an image's source."""
    return f"link:{link_text(image, class_folder, way)}"


def stands(entry: Entry, image: ImageKey, *, mode: Mode, sha256: str, class_folder: str) -> bool:
    """Whether an image, placed in a mode, stands under a name.

    A symbolic link is known by its text; a file whose SHA-256 was recorded by its content; a hard link that was never
    read by being the very file that its source is.

    Args:
        entry: the name.
        image: the image.
        mode: how it was placed.
        sha256: of its content; empty for a link whose content has not been read.
        class_folder: path of the class folder that the name is in.

    Raises:
        OSError: nothing stands there, it cannot be read, or it is a folder or a special file.

    """
    if mode is Mode.SYMLINK:
        return content_of(entry) == link_content(image, class_folder)
    return content_of(entry) == sha256 if sha256 else is_source(entry, image)


def is_source(entry: Entry, image: ImageKey) -> bool:
    """Whether a name is one more name of the very file that an image's source is."""
    here, there = entry.status(), entry_of(image).status()
    return here is not None and there is not None and os.path.samestat(here, there)


def are_one_file(a: str, b: str) -> bool:
    """Whether two paths lead to one file, links followed."""
    try:
        return os.path.samefile(a, b)
    except OSError:
        return False


def is_file_of(entry: Entry, stamp: Stamp) -> bool:
    """Whether the file of a stamp stands under a name, wherever else it stands."""
    status = entry.status()
    return status is not None and identity(stamp_of(status)) == identity(stamp)


def hash_of_linked(p: Placement) -> str:
    """SHA-256 of the source of a link; empty when it is another file than was linked, or cannot be read."""
    source = entry_of(p.image)
    try:
        return content_of(source) if is_file_of(source, p.source_stamp) else ""
    except OSError:
        return ""
