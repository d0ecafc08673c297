"""Make what was written survive a power cut: one sync a batch where the system has it, else one a file."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
from collections.abc import Callable, Iterable
from functools import cache
from types import TracebackType
from typing import Self

_FIRST_HONEST_SYNCFS = (5, 8)
"""Linux since 5.8 reports write-back errors through syncfs (syncfs(2), "ERRORS")."""


class Disk:
    """The file system of a folder. Open it before anything is written: errors are told from then on."""

    def __init__(self, folder: str) -> None:
        self._syncfs = syncfs_call()
        self._descriptor = os.open(folder, os.O_RDONLY) if self._syncfs is not None else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    def sync(self, files: Iterable[tuple[int | None, str]]) -> None:
        """Write out files: (descriptor of the folder or None, name) pairs.

        Raises:
            OSError: something did not reach the disk. It must not be tried again: the system may have forgotten it.

        """
        if self._syncfs is not None and self._descriptor is not None:
            self._syncfs(self._descriptor)
            return
        for folder, name in files:
            sync_file(folder, name)


def sync_file(folder: int | None, name: str) -> None:
    """Write out one file."""
    descriptor = os.open(name, os.O_RDWR, dir_fd=folder)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(descriptor: int | None, path: str) -> None:
    """Make the names in a folder survive a power cut; nothing where folders cannot be synced (Windows).

    Args:
        descriptor: of the open folder; None opens `path`.
        path: of the folder.

    """
    if os.name == "nt":
        return
    own = os.open(path, os.O_RDONLY) if descriptor is None else descriptor
    try:
        os.fsync(own)
    except OSError as e:
        if e.errno != errno.EINVAL:  # some network file systems have no sync for folders
            raise
    finally:
        if descriptor is None:
            os.close(own)


def sync_folder_if_possible(path: str) -> None:
    """As `sync_folder`, but a folder that may not be opened is passed over."""
    with contextlib.suppress(PermissionError, FileNotFoundError):
        sync_folder(None, path)


@cache
def syncfs_call() -> Callable[[int], None] | None:
    """Linux' syncfs on a descriptor, raising OSError; None where it is missing or does not report errors."""
    if not hasattr(os, "uname") or os.uname().sysname != "Linux" or _kernel() < _FIRST_HONEST_SYNCFS:
        return None
    try:
        call = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):
        return None

    def syncfs(descriptor: int) -> None:
        if call(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    return syncfs


def _kernel() -> tuple[int, int]:
    major, minor = os.uname().release.split(".")[:2]
    return (int(major), int("".join(c for c in minor if c.isdigit()) or 0))
