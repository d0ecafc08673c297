"""What was recorded of a placed image against what stands there."""

from __future__ import annotations

from labelkit.domain.names import shown
from labelkit.domain.placing import Mode, Placement, Stamp
from labelkit.domain.seen import Kind, Seen


def is_as_stamped(p: Placement, stamp: Stamp | None) -> bool:
    """Whether size, mtime and inode are as when the image was placed; giving a file another name renews its ctime."""
    return stamp is not None and _identity(stamp) == _identity(p.placed_stamp)


def altered(p: Placement, seen: Seen) -> str:
    """Why what stands there is not what was placed there; empty when it is, or when nothing stands there.

    A hard link that still is the source's own file is what was placed, whatever was written into both.
    """
    if seen.kind is Kind.NOTHING:
        return ""
    if p.mode is Mode.SYMLINK:
        return _altered_link(seen)
    if seen.kind is not Kind.FILE:
        return _kind_fault(seen)
    if p.mode is Mode.HARDLINK and seen.shared:
        return ""
    return _altered_file(p, seen)


def difference(p: Placement, seen: Seen) -> str:
    """Why an image does not stand there as recorded, its content included; empty when it does."""
    own = altered(p, seen)
    if own or seen.kind is Kind.NOTHING:
        return own
    if p.mode is Mode.SYMLINK:
        return _beyond_link(p, seen)
    return _altered_file(p, seen) if p.mode is Mode.HARDLINK else ""


def remark(p: Placement, seen: Seen) -> str:
    """What a person may want to know of an image that stands there as recorded; mostly empty."""
    if p.mode is Mode.HARDLINK and seen.kind is Kind.FILE and not seen.shared:
        return "a file of its own now: its source is gone or another file, so the two no longer share their bytes"
    if p.mode is Mode.SYMLINK and not p.sha256 and seen.beyond is not None and seen.beyond[1] != p.source_stamp[1]:
        return "its source was written to since; whether that changed it cannot be told: it had not been read before"
    return ""


def _altered_link(seen: Seen) -> str:
    if seen.kind is not Kind.LINK:
        return seen.fault or f"{seen.kind} stands there instead of a link"
    return "" if seen.leads else f"the link leads elsewhere: to {shown(seen.link)}"


def _kind_fault(seen: Seen) -> str:
    where = f" (to {shown(seen.link)})" if seen.kind is Kind.LINK else ""
    return seen.fault or f"{seen.kind}{where} stands there instead of a file"


def _beyond_link(p: Placement, seen: Seen) -> str:
    if seen.beyond is None:
        return f"the link is broken: its source {shown(p.image.path)} is gone"
    if seen.fault:
        return f"its source cannot be read: {seen.fault}"
    if seen.beyond[0] != p.source_stamp[0]:
        return f"its source was altered: {seen.beyond[0]:,} bytes instead of {p.source_stamp[0]:,}"
    if p.sha256 and seen.sha256 and seen.sha256 != p.sha256:
        return "its source was altered: other content of the same size"
    return ""


def _altered_file(p: Placement, seen: Seen) -> str:
    if seen.fault:
        return f"it cannot be read: {seen.fault}"
    if seen.stamp is not None and seen.stamp[0] != p.placed_stamp[0]:
        return f"it was altered: {seen.stamp[0]:,} bytes instead of {p.placed_stamp[0]:,}"
    if p.sha256 and seen.sha256:
        return "" if seen.sha256 == p.sha256 else "it was altered: other content of the same size"
    if is_as_stamped(p, seen.stamp) or seen.like_source or (seen.shared and _same_times(p, seen.stamp)):
        return ""
    return "it was altered: another file, or written over (its content had not been read when it was placed)"


def _same_times(p: Placement, stamp: Stamp | None) -> bool:
    return stamp is not None and stamp[:2] == p.placed_stamp[:2]


def _identity(stamp: Stamp) -> tuple[int, int, int]:
    return (stamp[0], stamp[1], stamp[3])
