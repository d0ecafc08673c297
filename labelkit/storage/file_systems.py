"""What kind of file system a folder is on, whether its locks can be relied on, and which folder lies in which."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import importlib
import ntpath
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

MOUNTINFO = "/proc/self/mountinfo"
"""Every mount that this process sees, one a line: proc_pid_mountinfo(5)."""

NETWORK_DRIVE = "network drive"
LOCAL_DRIVE = "local drive"
"""What is said of a drive of Windows, which does not tell more of a share."""

_REMOTE = frozenset(
    [
        *("nfs", "nfs3", "nfs4", "cifs", "smb2", "smb3", "smbfs", "9p", "virtiofs", "afs", "afpfs", "auristorfs"),
        *("ceph", "glusterfs", "lustre", "beegfs", "gpfs", "pvfs2", "orangefs", "coda", "ncpfs", "ncp", "webdav"),
        *("davfs", "vboxsf", "vmhgfs", "prl_fs", "drvfs", "fuse", "osxfuse", "macfuse", NETWORK_DRIVE),
    ]
)
"""File systems that another machine serves: whether a lock there holds against it depends on versions and settings."""

_LOCAL_FUSE = frozenset(
    ["ntfs", "ntfs-3g", "exfat", "ext2", "apfs", "bindfs", "mergerfs", "encfs", "gocryptfs", "fuse-overlayfs"]
)
"""What follows `fuse.` where the files are on this machine; any other may be anywhere."""

_DRIVE_REMOTE = 4
"""Of <winbase.h>, GetDriveTypeW."""

_MNT_LOCAL, _FLAGS_AT, _NAME_AT, _STATFS_BYTES = 0x1000, 64, 72, 4096
"""Of <sys/mount.h> on macOS: struct statfs with 64-bit inodes is shorter than a page; its name has 16 bytes."""

_NO_LOCKS = frozenset([errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS])
"""How a file system says that it has no locks."""


@dataclass(frozen=True, slots=True)
class Mount:
    """One mount of Linux.

    Attributes:
        number: its own, for two mounts may show one file system, and no hard link leads from one to the other.
        device: major and minor number, with a colon.
        root: what of the file system is shown, as a path in it.
        point: where it is shown.
        kind: of file system.

    """

    number: int
    device: str
    root: str
    point: str
    kind: str


def file_system_of(folder: str) -> str | None:
    """The kind of file system that a folder is on, as `ext4` or `nfs4`; None where that cannot be told.

    Args:
        folder: need not exist yet; then the nearest folder above it is looked at.

    """
    look = {"linux": _on_linux, "darwin": _on_macos, "win32": _on_windows}.get(sys.platform)
    if look is None:
        return None
    with contextlib.suppress(OSError, ValueError):
        return look(_existing(folder))
    return None


def is_remote(kind: str | None) -> bool:
    """Whether another machine may serve a kind of file system: its locks cannot be relied on then."""
    if kind is None:
        return False
    head, dot, tail = kind.partition(".")
    return kind in _REMOTE or (head == "fuse" and bool(dot) and tail not in _LOCAL_FUSE)


def has_no_locks(error: OSError) -> bool:
    """Whether a lock failed because the file system has none, rather than because somebody holds it."""
    return error.errno in _NO_LOCKS


def lies_in(inner: str, outer: str) -> bool:
    """Whether a folder stands in another one (or is it), by whatever mounts either is reached; False off Linux.

    Args:
        inner: need not exist yet.
        outer: an existing folder.

    """
    mounts = _mounts()
    where = _place(_existing(inner), mounts)
    return where is not None and any(_is_below(where, region) for region in _regions(os.path.realpath(outer), mounts))


def mount_of(path: str) -> Mount | None:
    """The mount that an existing path is reached by; None off Linux."""
    return _mount_of(os.path.realpath(path), _mounts())


def _existing(path: str) -> str:
    """The real path of a folder, or of the nearest one above it that exists."""
    here = os.path.realpath(path)
    while not os.path.exists(here) and os.path.dirname(here) != here:
        here = os.path.dirname(here)
    return here


def _on_linux(path: str) -> str | None:
    mount = _mount_of(path, _mounts())
    return mount.kind if mount else None


def _mounts() -> list[Mount]:
    try:
        with open(MOUNTINFO, "rb") as f:
            lines = f.read().split(b"\n")
    except OSError:
        return []
    return [mount for line in lines if (mount := _mount(line)) is not None]


def _mount(line: bytes) -> Mount | None:
    before, dash, after = line.partition(b" - ")
    fields = [_unescaped(f) for f in before.split(b" ")]
    if not dash or len(fields) < 6 or not fields[0].isdigit():  # noqa: PLR2004 - six come before the optional ones
        return None
    return Mount(int(fields[0]), fields[2], fields[3], fields[4], _unescaped(after.split(b" ")[0]))


def _unescaped(field: bytes) -> str:
    """Blank, tab, line feed and backslash are written as three octal digits."""
    plain = re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m[1], 8) & 0xFF]), field)
    return os.fsdecode(plain)


def _mount_of(path: str, mounts: Sequence[Mount]) -> Mount | None:
    """The mount that shows a path: the longest mount point of its device; the later of two hides the earlier."""
    around = [m for m in mounts if _within(path, m.point)]
    number = os.stat(path).st_dev
    device = f"{os.major(number)}:{os.minor(number)}"
    same = [m for m in around if m.device == device]  # of a subvolume of btrfs the numbers differ
    return max(same or around, key=lambda m: (len(m.point), mounts.index(m)), default=None)


_Place = tuple[str, str]
"""A device, and a path in the file system on it."""


def _place(path: str, mounts: Sequence[Mount]) -> _Place | None:
    mount = _mount_of(path, mounts)
    if mount is None:
        return None
    below = os.path.relpath(path, mount.point)
    return mount.device, os.path.normpath(os.path.join(mount.root, below))


def _regions(folder: str, mounts: Sequence[Mount]) -> Iterator[_Place]:
    """Where a folder's files are: its own place, and all of what is mounted below it."""
    own = _place(folder, mounts)
    if own is not None:
        yield own
    yield from ((m.device, m.root) for m in mounts if m.point != folder and _within(m.point, folder))


def _is_below(place: _Place, region: _Place) -> bool:
    return place[0] == region[0] and _within(place[1], region[1])


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _on_windows(path: str) -> str:
    """A drive of Windows: a share by its path, else by what the system says of the drive."""
    drive = ntpath.splitdrive(path)[0].removeprefix("\\\\?\\")
    if drive.upper().startswith("UNC\\") or drive.startswith("\\\\"):
        return NETWORK_DRIVE
    kernel = importlib.import_module("ctypes").windll.kernel32
    return NETWORK_DRIVE if kernel.GetDriveTypeW(f"{drive}\\") == _DRIVE_REMOTE else LOCAL_DRIVE


def _on_macos(path: str) -> str | None:
    """What statfs says; a share of a kind that is not listed is told by not being local."""
    call = _statfs()
    found = ctypes.create_string_buffer(_STATFS_BYTES)
    if call is None or call(os.fsencode(path), found) != 0:
        return None
    kind = found.raw[_NAME_AT : _NAME_AT + 16].split(b"\0")[0].decode("ascii", "replace")
    local = int.from_bytes(found.raw[_FLAGS_AT : _FLAGS_AT + 4], "little") & _MNT_LOCAL
    return kind if local or is_remote(kind) else NETWORK_DRIVE


def _statfs() -> Callable[..., int] | None:
    """The call of 64-bit inodes: under a name of its own where there once was another."""
    library = ctypes.CDLL(None)
    for name in ("statfs$INODE64", "statfs"):
        with contextlib.suppress(AttributeError):
            call: Callable[..., int] = getattr(library, name)
            return call
    return None
