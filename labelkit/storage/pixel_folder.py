"""The folder of packed pixels in the user's cache: how much is in it, what goes first, which file may be added to."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from labelkit.storage.pixel_file import PixelFile, head_of
from labelkit.storage.system import flags, here

FOLDER = "pixels"
SUFFIX = ".pixels"

MAX_BYTES = 10_000_000_000
"""Above this the files that were not used for longest go: 520,000 images of 80 x 80."""

FREE_BYTES = 500_000_000
"""So much space is left to others on the disk."""

FILE_BYTES = 256_000_000
"""A larger file is not added to: what is thrown away goes in such pieces."""

_TRIES = 8
"""New files that others may take before they are locked; each who takes one needs no second."""


@dataclass(frozen=True, slots=True)
class PackState:
    """What the packed pixels come to: bytes on disk, files, and the bytes they may have."""

    bytes_used: int
    files: int
    bytes_allowed: int = MAX_BYTES


def state(cache: Path) -> PackState:
    """What there is in this cache folder now."""
    sizes = [size for _, size, _ in _files(cache / FOLDER)]
    return PackState(sum(sizes), len(sizes))


def clear(cache: Path) -> int:
    """Throw all packed pixels away; the bytes that were freed. A training at work keeps what it has open.

    Raises:
        OSError: a file cannot be removed.

    """
    freed = 0
    for path, size, _ in list(_files(cache / FOLDER)):
        os.unlink(path)
        freed += size
    for folder in [*_folders(cache / FOLDER), str(cache / FOLDER)]:
        with suppress(OSError):  # somebody is just making a file in it, or it never was
            os.rmdir(folder)
    return freed


class PixelFolder:
    """The files of one recipe and size.

    Args:
        cache: the user's cache folder.
        made_by: recipe, size and versions of the decoders, as text.
        pixel_bytes: of one image.
        max_bytes: what all packed pixels of this cache may take.

    """

    def __init__(self, cache: Path, made_by: str, pixel_bytes: int, *, max_bytes: int = MAX_BYTES) -> None:
        self._all = cache / FOLDER
        self._own = self._all / blake2b(made_by.encode(), digest_size=12).hexdigest()
        self._head, self._pixel_bytes, self._max_bytes = head_of(made_by, pixel_bytes), pixel_bytes, max_bytes

    def open_all(self) -> list[PixelFile]:
        """Every file that can be used, to be read; one with another head is no longer ours and goes.

        Raises:
            OSError: the folder cannot be listed.

        """
        found = []
        for path in _names(str(self._own)):
            with suppress(OSError):  # another process threw it away just now
                file = self._opened(path, flags("O_RDONLY"))
                if file.is_sound():
                    found.append(file)
                    continue
                if file.count():
                    os.unlink(path)
                file.close()
        return found

    def open_to_add(self) -> PixelFile:
        """A file that nobody else adds to, locked until it is closed: one with room, else a new one.

        Raises:
            OSError: no file can be made or locked.

        """
        for folder in (self._all.parent, self._all, self._own):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in _names(str(self._own)):
            with suppress(OSError):  # gone, or another process adds to it
                if os.stat(path).st_size < FILE_BYTES:
                    return self._locked(path, 0)
        for _ in range(_TRIES):
            with suppress(BlockingIOError, PermissionError):  # somebody saw the new file and locked it first
                return self._made()
        return self._made()

    def make_room(self, wanted: int, *, keep: Callable[[str], bool]) -> bool:
        """Throw away the files used longest ago until `wanted` bytes more are allowed; whether they are.

        Args:
            wanted: bytes.
            keep: whether a file, named by its identity (`identity_of`), is in use here.

        """
        files = sorted(_files(self._all), key=lambda f: f[2])
        used = sum(size for _, size, _ in files)
        for path, size, _ in files:
            if used + wanted <= self._max_bytes:
                break
            with suppress(OSError):
                if not keep(identity_of(os.stat(path))):
                    os.unlink(path)
                    used -= size
        free = shutil.disk_usage(self._own).free
        return used + wanted <= self._max_bytes and free >= wanted + FREE_BYTES

    def _made(self) -> PixelFile:
        return self._locked(str(self._own / f"{secrets.token_hex(8)}{SUFFIX}"), os.O_CREAT | os.O_EXCL)

    def _locked(self, path: str, making: int) -> PixelFile:
        file = self._opened(path, flags("O_RDWR") | making)
        try:
            _claim(file)
        except BaseException:  # whatever it was, the file is not left open; raised on
            file.close()
            raise
        return file

    def _opened(self, path: str, how: int) -> PixelFile:
        return PixelFile(path, os.open(path, how, 0o600), self._head, self._pixel_bytes)


def _claim(file: PixelFile) -> None:
    """Lock a file, give it its head if it is new, and make it the last used."""
    here().lock(file.descriptor)
    if not os.fstat(file.descriptor).st_size:
        file.write_head()
    if not file.is_sound():
        raise OSError("another head")
    os.utime(file.path)


def identity_of(status: os.stat_result) -> str:
    """Which file this is, on this machine."""
    return f"{status.st_dev}:{status.st_ino}"


def _files(top: Path) -> Iterator[tuple[str, int, int]]:
    """Path, size and time of last use (ns) of every file of packed pixels."""
    for folder in _folders(top):
        for path in _names(folder):
            with suppress(OSError):
                status = os.stat(path)
                yield path, status.st_size, status.st_mtime_ns


def _folders(top: Path) -> list[str]:
    try:
        return sorted(entry.path for entry in os.scandir(top) if entry.is_dir(follow_symlinks=False))
    except FileNotFoundError:
        return []


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(SUFFIX))
    except FileNotFoundError:
        return []
