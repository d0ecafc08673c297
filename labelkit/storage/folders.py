"""Names in open folders: class folders are worked on by descriptor, so that none can be swapped for a link."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import threading
from collections.abc import Collection, Iterable
from types import TracebackType
from typing import NamedTuple, Self

from labelkit.domain.names import shown
from labelkit.storage import system
from labelkit.storage.durability import sync_folder
from labelkit.storage.faults import StepFailedError

_FOLDER = system.flags("O_RDONLY", "O_DIRECTORY")
_NO_LINK = system.flags("O_NOFOLLOW")
_NO_NAMES = frozenset(["", ".", ".."])
_STAYS = frozenset([errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT, errno.ENOTDIR, errno.EBUSY])
"""Errors by which the system says that a folder is not empty, not there, no plain folder, or one that others mount."""


class Entry(NamedTuple):
    """A name in a folder; a tuple, because a sort makes a few for every image.

    Attributes:
        folder: descriptor of the open folder; None when `name` is a whole path.
        name: the name.

    """

    folder: int | None
    name: str

    def status(self) -> os.stat_result | None:
        """What stands under the name itself, links not followed; None for nothing."""
        try:
            return os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def remove(self) -> None:
        """Take the name away, if it is there."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.name, dir_fd=self.folder)


class Folders:
    """base_dir and its class folders, opened when needed, made when missing.

    Use it as a context manager; leaving it closes all descriptors. Several threads may ask it for entries at once.
    """

    def __init__(self, base_dir: str) -> None:
        self.base_dir = base_dir
        self._opens = system.here().opens_folders  # else whole paths take the place of names in open folders
        self._base = os.open(base_dir, _FOLDER) if self._opens else None
        self._open: dict[str, int | None] = {}
        self._made: set[str] = set()
        self._opening = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.let_go()
        if self._base is not None:
            os.close(self._base)

    def path(self, label: str = "") -> str:
        """The path of base_dir or of one class folder."""
        return os.path.join(self.base_dir, label) if label else self.base_dir

    def entry(self, target: str, name: str = "", *, make: bool = False) -> Entry:
        """The name of a target, `label/name`, in its class folder.

        Args:
            target: POSIX path relative to base_dir, of exactly two parts.
            name: another name in the same class folder.
            make: make the class folder where there is none.

        Raises:
            StepFailedError: the target is not of that shape, or its class folder is no plain folder.

        """
        label, own = _parts(target)
        folder = self._open[label] if label in self._open else self._folder(label, make=make)
        return Entry(folder, name or own) if self._opens else Entry(None, os.path.join(self.path(label), name or own))

    def sync(self, labels: Iterable[str]) -> None:
        """Make the names in these class folders, and the folders themselves, survive a power cut."""
        for label in sorted(label for label in set(labels) if label in self._open):
            sync_folder(self._open[label], self.path(label))
        sync_folder(self._base, self.base_dir)

    def remove_empty(self, *, emptied: Iterable[str], filled: Iterable[str]) -> None:
        """Remove class folders that are empty now: an empty folder would still be a class.

        Args:
            emptied: labels out of whose folders files were taken.
            filled: labels whose folders files were to be put into; only folders made here are removed.

        Raises:
            OSError: the system refuses to remove an empty one.

        """
        for label in sorted(set(emptied) | (set(filled) & self._made)):
            if self._removed(label):
                self._forget(label)

    def let_go(self, *, but: Collection[str] = ()) -> None:
        """Close the class folders; they are opened again when needed.

        Args:
            but: labels of folders that are being worked in.

        """
        for label in self._open.keys() - set(but):
            self._forget(label)

    def _removed(self, label: str) -> bool:
        try:
            os.rmdir(label if self._opens else self.path(label), dir_fd=self._base)
        except OSError as e:
            if e.errno not in _STAYS:
                raise
            return False
        return True

    def _forget(self, label: str) -> None:
        descriptor = self._open.pop(label, None)
        if descriptor is not None:
            os.close(descriptor)

    def _folder(self, label: str, *, make: bool) -> int | None:
        with self._opening:
            if label not in self._open:
                if make:
                    self._make(label)
                self._open[label] = self._enter(label)
            return self._open[label]

    def _make(self, label: str) -> None:
        with contextlib.suppress(FileExistsError):
            os.mkdir(label if self._opens else self.path(label), dir_fd=self._base)
            self._made.add(label)

    def _enter(self, label: str) -> int | None:
        """Open a class folder; where there are no descriptors, only look that it is one."""
        try:
            if self._opens:
                return os.open(label, _FOLDER | _NO_LINK, dir_fd=self._base)
            if stat.S_ISDIR(os.lstat(self.path(label)).st_mode):
                return None
        except OSError as e:
            if e.errno not in {errno.ENOTDIR, errno.ELOOP}:
                raise
        raise StepFailedError(f"the class folder {shown(label)} is a link or a file")


def label_of(target: str) -> str:
    """The class folder of a target."""
    return target.partition("/")[0]


def _parts(target: str) -> tuple[str, str]:
    label, _, name = target.partition("/")
    if "/" in name or "\0" in target or label in _NO_NAMES or name in _NO_NAMES:
        raise StepFailedError(f"'{shown(target)}' is no name in a class folder: label/name was expected")
    return label, name
