"""Look at what stands under the name of a placed image, without changing or following anything."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

from labelkit.domain.decisions import ImageKey
from labelkit.domain.placing import Mode, Placement, Stamp
from labelkit.domain.seen import Kind, Seen
from labelkit.storage.faults import said
from labelkit.storage.folders import label_of
from labelkit.storage.hashing import hash_of, open_plain
from labelkit.storage.source import link_text, path_of, stamp_of

Trusted = Callable[[Placement, Stamp, Stamp | None], bool]
"""Whether a file need not be read, by the stamp it has now; of a link, also by that of the source it leads to."""


def inspect(base_dir: str, p: Placement, *, trusted: Trusted) -> Seen:
    """What stands under the name of one placed image.

    Args:
        base_dir: absolute path.
        p: where it was recorded to stand.
        trusted: asked of files and of what links lead to; what it trusts is not read. Neither is what was not read
            when it was placed, for there is nothing to compare it with.

    """
    path = f"{base_dir}/{p.target}"
    try:
        if os.path.islink(os.path.dirname(path)):
            return Seen(Kind.OTHER, fault="its class folder is a link now")
        status = os.lstat(path)
    except FileNotFoundError:
        return Seen(Kind.NOTHING)
    except OSError as e:
        return Seen(Kind.NOTHING if isinstance(e, NotADirectoryError) else Kind.FILE, fault=said(e))
    if stat.S_ISLNK(status.st_mode):
        return _link(base_dir, p, path, status, trusted)
    if not stat.S_ISREG(status.st_mode):
        return Seen(Kind.OTHER, stamp_of(status))
    return _file(p, path, status, trusted)


def source_stamp(image: ImageKey) -> Stamp | None:
    """The stamp of an image's source, links not followed; None when there is none or it cannot be looked at."""
    status = _status(path_of(image))
    return None if status is None else stamp_of(status)


def _file(p: Placement, path: str, status: os.stat_result, trusted: Trusted) -> Seen:
    stamp, source = stamp_of(status), _status(path_of(p.image))
    shared = source is not None and os.path.samestat(source, status)
    if trusted(p, stamp, None) or (shared and not p.sha256):
        return Seen(Kind.FILE, stamp, shared=shared)
    sha256, fault, read = _read(path)
    other = "" if p.sha256 or source is None else _read(path_of(p.image))[0]
    like = bool(other) and other == sha256
    return Seen(Kind.FILE, stamp, sha256, shared=shared, like_source=like, fault=fault, read=read)


def _link(base_dir: str, p: Placement, path: str, status: os.stat_result, trusted: Trusted) -> Seen:
    text, stamp, source = os.readlink(path), stamp_of(status), path_of(p.image)
    leads = text == link_text(p.image, os.path.join(base_dir, label_of(p.target))) or _same(path, source)
    if not leads or p.mode is not Mode.SYMLINK:
        return Seen(Kind.LINK, stamp, link=text)
    there = _status(source)
    if there is None or not stat.S_ISREG(there.st_mode):
        return Seen(Kind.LINK, stamp, link=text, leads=True)
    beyond = stamp_of(there)
    sha256, fault, read = ("", "", 0) if not p.sha256 or trusted(p, stamp, beyond) else _read(source)
    return Seen(Kind.LINK, stamp, sha256, text, leads=True, beyond=beyond, fault=fault, read=read)


def _same(a: str, b: str) -> bool:
    try:
        return os.path.samefile(a, b)
    except OSError:
        return False


def _status(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except OSError:
        return None


def _read(path: str) -> tuple[str, str, int]:
    """SHA-256, why it could not be read, and how many bytes were."""
    try:
        descriptor = open_plain(path)
        try:
            return hash_of(descriptor), "", os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)
    except OSError as e:
        return "", said(e), 0
