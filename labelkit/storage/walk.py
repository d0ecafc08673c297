"""Walk a folder into a `Tree`: sorted, every thing accounted for, nothing opened that is not a plain file."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from labelkit.domain.errors import StorageError, UsageError
from labelkit.domain.formats import HEAD_BYTES, has_image_suffix, sniff, suffix
from labelkit.domain.tree import FileEntry, FileKind, FolderEntry, Skipped, Tree

_NOT_SNIFFED = frozenset(
    [".csv", ".db", ".html", ".ini", ".json", ".log", ".md", ".part", ".py", ".toml", ".txt", ".xml", ".yaml", ".yml"]
)
"""Suffixes whose bytes are not looked at: they say well enough that this is no image."""


def walk(root: Path, *, follow_links: bool = True) -> Tree:
    """See everything under `root`.

    Args:
        root: an existing folder.
        follow_links: enter linked folders (as loaders do, which is what an audit needs to see); a link that leads
            back to a folder above it is skipped. False, as for the sources of a sort: links are skipped with a reason.

    Returns:
        the tree, with folders and files sorted by path.

    Raises:
        UsageError: there is no such folder.
        StorageError: the folder itself cannot be read.

    """
    top = os.path.abspath(root)
    if not os.path.isdir(top):
        raise UsageError(f"no such folder: {root}", remedy="give the folder that holds the images")
    walker = _Walker(follow_links=follow_links)
    try:
        walker.enter(top, "", [_identity(top)])
    except OSError as e:
        raise StorageError(f"cannot read the folder {root}: {e.strerror}") from e
    return Tree(
        top,
        tuple(sorted(walker.folders, key=lambda f: f.path)),
        tuple(sorted(walker.files, key=lambda f: f.path)),
        tuple(sorted(walker.skipped, key=lambda s: s.path)),
    )


def _identity(path: str) -> tuple[int, int]:
    s = os.stat(path)
    return (s.st_dev, s.st_ino)


class _Walker:
    """Collects entries while walking; one per call of `walk`."""

    def __init__(self, *, follow_links: bool) -> None:
        self.follow_links = follow_links
        self.folders: list[FolderEntry] = []
        self.files: list[FileEntry] = []
        self.skipped: list[Skipped] = []

    def enter(self, folder: str, prefix: str, above: list[tuple[int, int]]) -> None:
        """Take in one folder; folders below are entered from a stack, so depth is not limited by Python's own."""
        stack = [(folder, prefix, above)]
        while stack:
            here, start, chain = stack.pop()
            for entry in self._listed(here, start):
                below = self._take(entry, start + entry.name, chain)
                if below is not None:
                    stack.append((entry.path, start + entry.name + "/", [*chain, below]))

    def _listed(self, folder: str, prefix: str) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                yield from sorted(entries, key=lambda e: e.name)
        except OSError as e:
            if not prefix:
                raise
            self.skipped.append(Skipped(prefix.rstrip("/"), f"cannot be read: {e.strerror}"))

    def _take(self, entry: os.DirEntry[str], path: str, chain: list[tuple[int, int]]) -> tuple[int, int] | None:
        """Take in one name; returns the identity of a folder that is to be entered."""
        link = entry.is_symlink()
        if link and not self.follow_links:
            self.skipped.append(Skipped(path, "a symbolic link; sources are read without following links"))
            return None
        try:
            status = entry.stat()
        except OSError:
            self.files.append(FileEntry(path, 0, link=link, kind=FileKind.BROKEN_LINK, is_image=has_image_suffix(path)))
            return None
        if stat.S_ISDIR(status.st_mode):
            return self._folder(path, (status.st_dev, status.st_ino), chain, link=link)
        self.files.append(_file_entry(entry.path, path, status, link=link))
        return None

    def _folder(
        self, path: str, identity: tuple[int, int], chain: list[tuple[int, int]], *, link: bool
    ) -> tuple[int, int] | None:
        self.folders.append(FolderEntry(path, link))
        if link and identity in chain:
            self.skipped.append(Skipped(path, "a link to a folder above it"))
            return None
        return identity


def _file_entry(where: str, path: str, status: os.stat_result, *, link: bool) -> FileEntry:
    regular = stat.S_ISREG(status.st_mode)
    return FileEntry(
        path=path,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        ctime_ns=status.st_ctime_ns,
        inode=status.st_ino,
        device=status.st_dev,
        link=link,
        kind=FileKind.FILE if regular else FileKind.SPECIAL,
        is_image=has_image_suffix(path) or (regular and _looks_like_image(where)),
    )


def _looks_like_image(where: str) -> bool:
    if suffix(where) in _NOT_SNIFFED:
        return False
    try:
        with open(where, "rb") as f:
            return sniff(f.read(HEAD_BYTES)) is not None
    except OSError:
        return False
