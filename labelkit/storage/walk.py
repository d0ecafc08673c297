"""Walk a folder into a `Tree`: sorted, every thing accounted for, nothing opened that is not a plain file."""

from __future__ import annotations

import os
import stat
from collections.abc import Container
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path

from labelkit.domain.errors import StorageError, UsageError
from labelkit.domain.file_table import held
from labelkit.domain.formats import HEAD_BYTES, has_image_suffix, sniff, suffix
from labelkit.domain.tree import FileEntry, FileKind, FolderEntry, Skipped, Tree

_NOT_SNIFFED = frozenset(
    [".csv", ".db", ".html", ".ini", ".json", ".log", ".md", ".part", ".py", ".toml", ".txt", ".xml", ".yaml", ".yml"]
)
"""Suffixes whose bytes are not looked at: they say well enough that this is no image."""

_KIND = 0o170000
"""The bits of a mode that tell a file from a folder (inode(7), S_IFMT)."""

_MAX_LINKS = 4
"""Linked folders within each other that are followed: folders that link to each other have factorially many paths."""


def walk(root: Path, *, follow_links: bool = True) -> Tree:
    """See everything under `root`.

    Args:
        root: an existing folder.
        follow_links: enter linked folders (as loaders do, which is what an audit needs to see). A link that leads back
            to a folder above it is not entered, except directly below the root: there Keras takes it for a class and
            lists it once. False, as for the sources of a sort: links are skipped with a reason.

    Returns:
        the tree, with folders and files sorted by path.

    Raises:
        UsageError: there is no such folder.
        StorageError: the folder itself cannot be read.

    """
    return _walked(root, _Walker(follow_links=follow_links))


def walk_around(root: Path, known: Container[str]) -> tuple[Tree, set[str]]:
    """See everything under `root` but the plain files of known paths, which are only looked for, not at.

    Args:
        root: an existing folder; linked folders are entered as by `walk`.
        known: POSIX paths relative to the root.

    Returns:
        the tree without them, and those that are there.

    Raises:
        UsageError, StorageError: as `walk`.

    """
    walker = _Walker(follow_links=True, known=known)
    return _walked(root, walker), walker.there


def file_at(where: str, path: str) -> FileEntry | None:
    """One plain file outside a walked tree, links followed, under the path that it has in the tree; None for none."""
    try:
        s = os.stat(where)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(s.st_mode):
        return None
    return entry_of(s, path)


def entry_of(status: os.stat_result, path: str) -> FileEntry:
    """What the system says of a plain file, under the path that it has in the tree."""
    return FileEntry(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev)


def _walked(root: Path, walker: _Walker) -> Tree:
    top = os.path.abspath(root)
    if not os.path.isdir(top):
        raise UsageError(f"no such folder: {root}", remedy="give the folder that holds the images")
    try:
        walker.enter(top)
    except OSError as e:
        raise StorageError(f"cannot read the folder: {e.strerror}", place=str(root)) from e
    return Tree(
        top,
        tuple(sorted(walker.folders, key=attrgetter("path"))),
        held(sorted(walker.files, key=attrgetter("path"))),
        tuple(sorted(walker.skipped, key=attrgetter("path"))),
    )


_Identity = tuple[int, int]
"""Device and inode of a folder."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A folder to be listed: where it is, its path in the tree (ending in a slash), and what stands above it."""

    where: str
    prefix: str
    above: tuple[_Identity, ...]
    links: int


def _identity(path: str) -> _Identity:
    s = os.stat(path)
    return (s.st_dev, s.st_ino)


def _listed(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=attrgetter("name"))


class _Walker:
    """Collects entries while walking; one per call of `walk`."""

    def __init__(self, *, follow_links: bool, known: Container[str] = ()) -> None:
        self.follow_links = follow_links
        self.known = known
        self.there: set[str] = set()
        self.folders: list[FolderEntry] = []
        self.files: list[FileEntry] = []
        self.skipped: list[Skipped] = []

    def enter(self, top: str) -> None:
        """Take in everything from the top; folders wait on a stack, so depth is not limited by Python's own.

        Raises:
            OSError: the top itself cannot be listed; a folder below is skipped with the reason.

        """
        stack = [_Place(top, "", (_identity(top),), 0)]
        while stack:
            here = stack.pop()
            try:
                entries = _listed(here.where)
            except OSError as e:
                if not here.prefix:
                    raise
                self.skipped.append(Skipped(here.prefix.rstrip("/"), f"cannot be read: {e.strerror}"))
                continue
            for entry in entries:
                below = self._take(entry, here)
                if below is not None:
                    stack.append(below)

    def _take(self, entry: os.DirEntry[str], here: _Place) -> _Place | None:
        """Take in one name; returns the folder that is to be entered."""
        path = here.prefix + entry.name
        if path in self.known and entry.is_file(follow_symlinks=False):
            self.there.add(path)
            return None
        link = entry.is_symlink()
        if link and not self.follow_links:
            self.skipped.append(Skipped(path, "a symbolic link; sources are read without following links"))
            return None
        try:
            s = entry.stat()
        except OSError:
            kind = FileKind.BROKEN_LINK if link else FileKind.FILE
            self.files.append(FileEntry(path, 0, link=link, kind=kind, is_image=has_image_suffix(path)))
            return None
        what = s.st_mode & _KIND
        if what == stat.S_IFDIR:
            return self._folder(_Place(entry.path, path + "/", here.above, here.links + link), link=link)
        kind = FileKind.FILE if what == stat.S_IFREG else FileKind.SPECIAL
        is_image = has_image_suffix(path) or (what == stat.S_IFREG and _looks_like_image(entry.path))
        # By tuple.__new__, which takes half the time of the class: this runs once a file.
        stamp = (s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino)
        self.files.append(tuple.__new__(FileEntry, (path, *stamp, s.st_dev, link, kind, is_image)))
        return None

    def _folder(self, place: _Place, *, link: bool) -> _Place | None:
        path = place.prefix.rstrip("/")
        self.folders.append(FolderEntry(path, link))
        try:
            identity = _identity(place.where)
        except OSError as e:
            self.skipped.append(Skipped(path, f"cannot be read: {e.strerror}"))
            return None
        if link and identity in place.above and "/" in path:
            self.skipped.append(Skipped(path, "a link to a folder above it"))
            return None
        if place.links > _MAX_LINKS:
            self.skipped.append(Skipped(path, f"more than {_MAX_LINKS} linked folders within each other"))
            return None
        return replace(place, above=(*place.above, identity))


def _looks_like_image(where: str) -> bool:
    if suffix(where) in _NOT_SNIFFED:
        return False
    try:
        with open(where, "rb") as f:
            return sniff(f.read(HEAD_BYTES)) is not None
    except OSError:
        return False
