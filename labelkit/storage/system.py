"""What an operating system has of the calls that a transfer rests on: one list for each, and the fallbacks' places.

    call                            Linux        macOS          Windows       where it is missing
    rename that never replaces      renameat2    renameatx_np   rename        publish: link and unlink, else reserve
    one sync for a file system      syncfs       -              -             durability: each file is flushed
    flush of one file               fsync        F_FULLFSYNC    fsync         -
    sync of a folder's names        fsync        F_FULLFSYNC    -             nothing: NTFS keeps a journal of names
    names in open folders           yes          yes            -             folders: whole paths
    times, rights of an open file   yes          yes            -             copying: by name
    lock of a folder                flock        flock          -             lock: of the note in it
    lock of a file                  flock        flock          locking       lease: a file that is there or is not
    lock that a child can hold too  yes          yes            -             staging: threads in place of copiers
    end with the parent's           prctl        -              -             copier_main: looks before each file
    clone of a file's content       FICLONE      -              -             copying: read and written
    second name for a link          linkat       linkat         -             publish: of the file it leads to
    right to make symbolic links    yes          yes            not always    link_trial: said, with the way out
    names tell case apart           yes          not always     mostly not    name_limits: class twins are refused
    long paths                      yes          yes            not always    name_limits: said, with the way out

Everything else asks `here()`, so that a test can hand out another system's list.
"""

from __future__ import annotations

import ctypes
import errno
import importlib
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

Rename = Callable[[int | None, str, int | None, str], None]
"""Gives a file another name: folder and name, old and new; raises FileExistsError when the new one is taken."""

_Call = Callable[..., int]
_Takes = type[ctypes.c_int | ctypes.c_uint | ctypes.c_ulong | ctypes.c_char_p]

_LINUX_HERE, _MACOS_HERE = -100, -2
"""AT_FDCWD of <fcntl.h>: names are seen from the working folder."""

_RENAME_NOREPLACE, _RENAME_EXCL = 1, 4
"""Of <linux/fs.h> and of <sys/stdio.h> on macOS."""

_FICLONE = 0x40049409
"""Of <linux/fs.h>; ioctl_ficlone(2)."""

_PDEATHSIG = 1
"""PR_SET_PDEATHSIG of <linux/prctl.h>."""

_HONEST_SYNCFS = (5, 8)
"""Linux since 5.8 reports write-back errors through syncfs (syncfs(2), "ERRORS")."""

_NO_FULL_FLUSH = frozenset([errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOTTY, errno.EINVAL, errno.ENOSYS])
"""How a file system (a share, mostly) says that it cannot make the disk itself write out."""

_FAR = 1 << 30
"""The byte that Windows locks: far behind the note, which others must be able to read."""

_WINDOWS_PATH = 259
"""The longest path of Windows unless longer ones are switched on (Microsoft, "Maximum Path Length Limitation")."""


@dataclass(frozen=True, slots=True)
class System:
    """The calls that one operating system has; None and False: it has none.

    Attributes:
        name: for messages.
        rename: the rename that never replaces.
        syncfs: writes out the whole file system of an open folder.
        flush: writes out one open file or folder, down to the disk itself.
        syncs_folders: whether an open folder can be flushed.
        opens_folders: whether names can be looked up in an open folder.
        dresses_open_files: whether an open file can be given times and permissions.
        lock: locks an open file for as long as it is open, at once; raises OSError when it is held.
        locks_folders: whether `lock` does that to folders as well.
        lends_locks: whether a child that is given the locked file holds the lock as well.
        end_with_parent: has this process killed when the one that started it ends.
        links_links: whether a symbolic link itself can be given a second name.
        ignores_case: whether names usually are the same in capital and small letters.
        clone: makes one open file share the content of another; (new, source).
        longest_path: characters of the longest path, where that is short.

    """

    name: str
    lock: Callable[[int], None]
    flush: Callable[[int], None]
    rename: Rename | None = None
    syncfs: Callable[[int], None] | None = None
    syncs_folders: bool = True
    opens_folders: bool = True
    dresses_open_files: bool = True
    locks_folders: bool = True
    lends_locks: bool = True
    end_with_parent: Callable[[], None] | None = None
    links_links: bool = True
    ignores_case: bool = False
    clone: Callable[[int, int], None] | None = None
    longest_path: int | None = None


@cache
def here() -> System:
    """The system that this process runs on."""
    return {"linux": linux, "darwin": macos, "win32": windows}.get(sys.platform, posix)()


def posix() -> System:
    """What every POSIX system has."""
    return System(
        "POSIX",
        lock=_flock,
        flush=_fsync,
        opens_folders=os.open in os.supports_dir_fd,
        dresses_open_files=os.utime in os.supports_fd,
        links_links=os.link in os.supports_follow_symlinks,
    )


def linux() -> System:
    """Linux; each call where kernel and C library have it."""
    syncfs = _syncfs() if _kernel() >= _HONEST_SYNCFS else None
    end = _end_with_parent()
    rename = _rename("renameat2")
    return replace(posix(), name="Linux", rename=rename, syncfs=syncfs, clone=_ficlone, end_with_parent=end)


def macos() -> System:
    """The list of macOS: fsync leaves the drive's own cache unwritten there (Apple, fsync(2)), F_FULLFSYNC does not."""
    return replace(posix(), name="macOS", rename=_rename("renameatx_np"), flush=_full_flush, ignores_case=True)


def windows() -> System:
    """The list of Windows."""
    return System(
        "Windows",
        lock=_lock_byte,
        flush=_fsync,
        rename=_plain_rename,
        syncs_folders=False,
        opens_folders=False,
        dresses_open_files=False,
        locks_folders=False,
        lends_locks=False,
        links_links=False,
        ignores_case=True,
        longest_path=None if _long_paths() else _WINDOWS_PATH,
    )


def flags(*names: str) -> int:
    """These flags of `os.open` together; one that the system lacks is nothing."""
    found = 0
    for name in (*names, "O_CLOEXEC", "O_BINARY"):
        found |= getattr(os, name, 0)
    return found


def _flock(descriptor: int) -> None:
    import fcntl

    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _lock_byte(descriptor: int) -> None:
    msvcrt = importlib.import_module("msvcrt")
    os.lseek(descriptor, _FAR, os.SEEK_SET)
    msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)


def _fsync(descriptor: int) -> None:
    os.fsync(descriptor)


def _full_flush(descriptor: int) -> None:
    fcntl = importlib.import_module("fcntl")
    try:
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    except OSError as e:
        if e.errno not in _NO_FULL_FLUSH:
            raise
        os.fsync(descriptor)


def _ficlone(new: int, source: int) -> None:
    import fcntl

    fcntl.ioctl(new, _FICLONE, source)


def _plain_rename(old_folder: int | None, old: str, new_folder: int | None, new: str) -> None:
    os.rename(old, new, src_dir_fd=old_folder, dst_dir_fd=new_folder)  # on Windows this never replaces


def _rename(name: str) -> Rename | None:
    """Linux' or macOS' rename that never replaces, raising OSError; None where the C library has none."""
    at = (ctypes.c_int, ctypes.c_char_p)
    call = _of_the_c_library(name, *at, *at, ctypes.c_uint)
    if call is None:
        return None
    linux_call = name == "renameat2"
    cwd, never = (_LINUX_HERE, _RENAME_NOREPLACE) if linux_call else (_MACOS_HERE, _RENAME_EXCL)

    def rename(old_folder: int | None, old: str, new_folder: int | None, new: str) -> None:
        old_at = cwd if old_folder is None else old_folder
        new_at = cwd if new_folder is None else new_folder
        _must_succeed(call(old_at, os.fsencode(old), new_at, os.fsencode(new), never))

    return rename


def _syncfs() -> Callable[[int], None] | None:
    call = _of_the_c_library("syncfs", ctypes.c_int)
    return None if call is None else lambda descriptor: _must_succeed(call(descriptor))


def _end_with_parent() -> Callable[[], None] | None:
    call = _of_the_c_library("prctl", ctypes.c_int, ctypes.c_ulong)
    return None if call is None else lambda: _must_succeed(call(_PDEATHSIG, signal.SIGKILL))


def _of_the_c_library(name: str, *takes: _Takes) -> _Call | None:
    """A call of the C library; what it takes is said once, not with each of ten thousand calls."""
    try:
        call = getattr(ctypes.CDLL(None, use_errno=True), name)
    except (OSError, AttributeError, TypeError):
        return None
    call.argtypes = takes
    found: _Call = call
    return found


def _must_succeed(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _kernel() -> tuple[int, int]:
    major, minor = os.uname().release.split(".")[:2]
    return (int(major), int("".join(c for c in minor if c.isdigit()) or 0))


def _long_paths() -> bool:
    """Whether this Windows was told to allow long paths."""
    try:
        winreg = importlib.import_module("winreg")
        where = r"SYSTEM\CurrentControlSet\Control\FileSystem"
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, where) as key:
            return bool(winreg.QueryValueEx(key, "LongPathsEnabled")[0])
    except (ImportError, OSError):
        return False
