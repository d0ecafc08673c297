"""Make what was written survive a power cut: one sync a batch where the system has it, else one a file."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from labelkit.storage import system


class Disk:
    """The file system of a folder. Open it before anything is written: errors are told from then on."""

    def __init__(self, folder: str) -> None:
        self._syncfs = system.here().syncfs
        self._descriptor = os.open(folder, os.O_RDONLY) if self._syncfs is not None else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    @contextlib.contextmanager
    def syncing(self, files: Collection[tuple[int | None, str]], *, beside: bool) -> Iterator[None]:
        """Write out files: at the end of the block, or, `beside` what it does, in a thread.

        Once the block is left without an error they are written.

        Raises:
            OSError: as `sync`.

        """
        if not files:
            yield
        elif beside:
            with ThreadPoolExecutor(1, "labelkit-sync") as pool:
                done = pool.submit(self.sync, files)
                yield
                done.result()
        else:
            yield
            self.sync(files)

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
        system.here().flush(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(descriptor: int | None, path: str) -> None:
    """Make the names in a folder survive a power cut; nothing where folders cannot be synced (Windows).

    Args:
        descriptor: of the open folder; None opens `path`.
        path: of the folder.

    """
    if not system.here().syncs_folders:
        return
    own = os.open(path, os.O_RDONLY) if descriptor is None else descriptor
    try:
        system.here().flush(own)
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
