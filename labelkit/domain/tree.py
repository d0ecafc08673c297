"""A folder tree as it was seen: every folder, every file, and a reason for each thing left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class FileKind(StrEnum):
    """What stands behind a file name."""

    FILE = "file"
    BROKEN_LINK = "broken link"
    SPECIAL = "special file"
    """A FIFO, socket or device: never opened."""


class FileEntry(NamedTuple):
    """One file name in a tree; a tuple, because a walk makes millions of them.

    Attributes:
        path: POSIX path relative to the root; bytes that are no UTF-8 as lone surrogates (`os.fsdecode`).
        size: bytes.
        mtime_ns, ctime_ns: nanoseconds since the epoch.
        inode, device: identity on this machine; 0 where the file system has none.
        link: whether the name itself is a symbolic link.
        kind: what stands behind it.
        is_image: by suffix, or by its first bytes when the suffix is unknown.

    """

    path: str
    size: int
    mtime_ns: int = 0
    ctime_ns: int = 0
    inode: int = 0
    device: int = 0
    link: bool = False
    kind: FileKind = FileKind.FILE
    is_image: bool = True

    @property
    def stamp(self) -> tuple[int, int, int, int]:
        """Size, mtime, ctime and inode: unchanged means not to be read again."""
        return (self.size, self.mtime_ns, self.ctime_ns, self.inode)


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """One folder below the root: its POSIX path, and whether the name is a symbolic link."""

    path: str
    link: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """A thing that was left out, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Tree:
    """Everything under one root.

    Attributes:
        root: absolute path of the root.
        folders: all folders below the root (empty, hidden and linked ones too), sorted by path.
        files: all files, sorted by path; of very many each is made as it is looked at.
        skipped: what could not or must not be entered, with reasons.

    """

    root: str
    folders: tuple[FolderEntry, ...] = ()
    files: Sequence[FileEntry] = ()
    skipped: tuple[Skipped, ...] = ()

    def images(self) -> Iterator[FileEntry]:
        """The files that are images and can be read."""
        return (f for f in self.files if f.is_image and f.kind is FileKind.FILE)

    def top_folders(self) -> list[str]:
        """The names of the folders directly below the root, in text order."""
        return sorted(f.path for f in self.folders if "/" not in f.path)
