"""Before anything is touched: is there room, may we write, does the target keep clear of the sources?"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from labelkit.domain.errors import StorageError, UsageError
from labelkit.domain.names import shown
from labelkit.domain.placing import Action, Mode, Plan, Step
from labelkit.domain.units import told_bytes
from labelkit.storage.file_systems import lies_in, mount_of
from labelkit.storage.name_limits import check_names


@dataclass(frozen=True, slots=True)
class Needs:
    """What a plan needs of the disk that base_dir is on: bytes to be written there, and bytes free."""

    bytes_needed: int
    bytes_free: int


def check(plan: Plan, sources: Iterable[Path | str]) -> Needs:
    """See whether a plan can be carried out; nothing is written, so a dry run asks as well.

    Args:
        plan: its base_dir need not exist yet.
        sources: the source folders, and single images; existing.

    Raises:
        UsageError: base_dir is a source, in one or around one (told by identity, and through mounts, not by name); hard
            links that would lead to another file system.
        StorageError: too little space; a base_dir that cannot be written; a class folder that is a link or a file;
            names that the file system cannot bear or tell apart.

    """
    roots = [os.fspath(s) for s in sources]
    _apart(plan.base_dir, roots)
    above = _existing(plan.base_dir)
    _writable(plan.base_dir, above)
    check_names(plan, above)
    _class_folders(plan)
    placed = plan.of(Action.PLACE)
    if plan.mode is Mode.HARDLINK and placed:
        _one_file_system(above, {s.image.root for s in placed})
    written = _written(plan.mode, placed, above)
    needs = Needs(sum(s.stamp[0] for s in written), shutil.disk_usage(above).free)
    files = len(placed) if plan.mode is Mode.SYMLINK else len(written)  # a symbolic link takes an inode as well
    _room(plan.base_dir, above, written, needs, files)
    return needs


def _apart(base_dir: str, sources: Sequence[str]) -> None:
    around_base = {_identity(p) for p in _ancestors(base_dir)}
    base = _identity(base_dir) if os.path.isdir(base_dir) else None
    folders = {s: None for s in sources if os.path.isdir(s)}
    for source in folders:
        if _identity(source) in around_base or lies_in(base_dir, source):
            raise UsageError(
                f"target inside source: {shown(base_dir)} is in {shown(source)}",
                remedy="give a base_dir outside of the folders that are sorted",
            )
    for source in folders | {os.path.dirname(os.path.abspath(s)): None for s in sources if s not in folders}:
        if base is not None and (base in {_identity(p) for p in _ancestors(source)} or lies_in(source, base_dir)):
            raise UsageError(
                f"target inside source: {shown(source)} is in {shown(base_dir)}, where the class folders go",
                remedy="give a base_dir outside of the folders that are sorted, and not around them",
            )


def _ancestors(path: str) -> Iterator[str]:
    """The path itself and every folder above it that exists, by its real place."""
    here = os.path.realpath(path)
    while True:
        if os.path.exists(here):
            yield here
        if os.path.dirname(here) == here:
            return
        here = os.path.dirname(here)


def _existing(path: str) -> str:
    """The path itself, or the nearest folder above it that exists."""
    return next(_ancestors(path))


def _identity(path: str) -> tuple[int, int]:
    status = os.stat(path)
    return (status.st_dev, status.st_ino)


def _writable(base_dir: str, above: str) -> None:
    if not os.path.isdir(above):
        raise StorageError(f"{shown(above)} is a file, not a folder", remedy="give another base_dir")
    read_only = hasattr(os, "statvfs") and bool(os.statvfs(above).f_flag & os.ST_RDONLY)
    if read_only or not _may_write(above):
        why = "it is on a read-only file system" if read_only else "you may not write there"
        raise StorageError(f"cannot write into {shown(base_dir)}: {why}", remedy="give another base_dir")


def _may_write(folder: str) -> bool:
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids)


def _class_folders(plan: Plan) -> None:
    labels = {t.partition("/")[0] for _, _, _, target, before, _ in plan.steps for t in (target, before) if t}
    for label in sorted(labels):
        path = os.path.join(plan.base_dir, label)
        try:
            status = os.lstat(path)
        except FileNotFoundError:
            continue
        if not stat.S_ISDIR(status.st_mode):
            what = "a symbolic link" if stat.S_ISLNK(status.st_mode) else "a file"
            raise StorageError(
                f"the class folder {shown(path)} is {what}", remedy="a plain folder was expected: move it away"
            )
        if not _may_write(path):
            raise StorageError(f"cannot write into the class folder {shown(path)}", remedy="make it writable")


def _one_file_system(above: str, roots: Iterable[str]) -> None:
    here, device = mount_of(above), os.stat(above).st_dev
    for root in sorted(roots):
        there = mount_of(root)
        if os.stat(root).st_dev != device:
            two = "cannot lead to another file system: {} and base_dir are on two"
        elif here and there and here.number != there.number:
            two = "cannot lead to another mount, of the same file system either: {} and base_dir are on two"
        else:
            continue
        raise UsageError(f"hard links {two.format(shown(root))}", remedy="use --mode copy or --mode symlink")


def _written(mode: Mode, placed: Sequence[Step], above: str) -> list[Step]:
    """The steps that write a second copy onto the disk of base_dir."""
    if mode is Mode.COPY:
        return list(placed)
    if mode is not Mode.MOVE:
        return []
    device = os.stat(above).st_dev
    elsewhere = {root for root in {s.image.root for s in placed} if os.stat(root).st_dev != device}
    return [s for s in placed if s.image.root in elsewhere]


def _room(base_dir: str, above: str, written: Sequence[Step], needs: Needs, files: int) -> None:
    """Whether the copies fit, each in whole blocks, and whether the file system has names left for them."""
    if not hasattr(os, "statvfs"):
        block, names = 1, 0
    else:
        disk = os.statvfs(above)
        block, names = max(1, disk.f_frsize), disk.f_favail if disk.f_files else 0
    in_blocks = sum(-(-s.stamp[0] // block) * block for s in written)
    if in_blocks > needs.bytes_free:
        raise StorageError(
            f"not enough space: {told_bytes(needs.bytes_needed)} needed, {told_bytes(needs.bytes_free)} free",
            place=base_dir,
            remedy="make room, or use a mode that needs none: --mode hardlink, --mode symlink or --mode none",
        )
    if names and files > names:
        raise StorageError(
            f"not enough space: {files:,} new files needed, the file system has room for {names:,}",
            place=base_dir,
            remedy="remove files there, or use --mode none",
        )
