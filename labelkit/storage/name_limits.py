"""Before anything is touched: can the file system of base_dir bear the names of a plan, and tell them apart?"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterator

from labelkit.domain.errors import StorageError
from labelkit.domain.names import name_key, shown
from labelkit.domain.placing import Action, Plan
from labelkit.storage import system

_TEMPORARY = len(".labelkit-0123456789abcdef.part")
"""Characters of a temporary name: an image's own may be shorter."""

_BYTES_A_CHARACTER = 4
"""At most, in UTF-8."""

_LOOKED_AT = 100
"""Names that are looked at for one with letters."""


def check_names(plan: Plan, above: str) -> None:
    """Refuse a plan whose names cannot stand in base_dir.

    Args:
        plan: its base_dir need not exist.
        above: base_dir, or the nearest folder above it that exists.

    Raises:
        StorageError: names that are too long for the file system, paths too long for the system, or classes that
            differ in nothing that the file system sees, as `go` and `GO` where case is ignored.

    """
    targets = [s.target for s in plan.steps if s.target and s.action is not Action.KEEP]
    _refuse_long_names(plan.base_dir, above, targets)
    _refuse_long_paths(plan.base_dir, targets)
    twins = list(_twins({t.partition("/")[0] for t in targets}, _folders_in(plan.base_dir)))
    if twins and ignores_case(above):
        raise StorageError(
            f"the classes {' and '.join(map(shown, twins[0]))} would be one folder: this file system does not tell "
            "such names apart",
            place=plan.base_dir,
            remedy="write the class in one way only, or use a base_dir on a file system that tells them apart",
        )


def ignores_case(folder: str) -> bool:
    """Whether the names in an existing folder are the same in capital and small letters.

    Looked up with a name that is there; where none has letters, taken to be as is usual on the system.
    """
    for name in _names_in(folder):
        other = name.swapcase()
        if other != name:
            try:
                return os.path.samestat(os.lstat(f"{folder}/{name}"), os.lstat(f"{folder}/{other}"))
            except FileNotFoundError:
                return False
    return system.here().ignores_case


def _refuse_long_names(base_dir: str, above: str, targets: Collection[str]) -> None:
    if not hasattr(os, "statvfs"):
        return
    limit = os.statvfs(above).f_namemax
    surely_short = limit // _BYTES_A_CHARACTER
    long = [target for target in targets if len(target) > surely_short]  # of a shorter one no part can be too long
    names = (name for target in long for name in target.split("/"))
    too_long = sorted({name for name in names if len(os.fsencode(name)) > limit})
    if too_long:
        raise StorageError(
            f"{_count(len(too_long), 'name')} too long for this file system: {shown(too_long[0])} has "
            f"{len(os.fsencode(too_long[0]))} bytes, it allows {limit}",
            place=base_dir,
            remedy="give shorter names, or use a base_dir on another file system, or --mode none",
        )


def _refuse_long_paths(base_dir: str, targets: Collection[str]) -> None:
    limit = system.here().longest_path
    if limit is None:
        return
    paths = (os.path.join(base_dir, *target.split("/")) for target in targets)
    room = [(max(len(path), len(os.path.dirname(path)) + 1 + _TEMPORARY), path) for path in paths]
    too_long = sorted((needed, path) for needed, path in room if needed > limit)
    if too_long:
        needed, path = too_long[-1]
        raise StorageError(
            f"{_count(len(too_long), 'path')} too long for {system.here().name}: {shown(path)} needs {needed} "
            f"characters, {limit} are allowed",
            place=base_dir,
            remedy="use a base_dir with a shorter path; or have long paths switched on (LongPathsEnabled in the "
            "registry key SYSTEM\\CurrentControlSet\\Control\\FileSystem), and start again",
        )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun} is" if number == 1 else f"{number:,} {noun}s are"


def _twins(labels: Collection[str], folders: Collection[str]) -> Iterator[list[str]]:
    """Names that meet in one folder where case is ignored, one of them a label of the plan at least."""
    alike: dict[str, set[str]] = defaultdict(set)
    for name in (*labels, *folders):
        alike[name_key(name)].add(name)
    yield from (sorted(names) for _, names in sorted(alike.items()) if len(names) > 1 and names & set(labels))


def _folders_in(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(e.name for e in entries if e.is_dir(follow_symlinks=False))
    except OSError:
        return []


def _names_in(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(e.name for e, _ in zip(entries, range(_LOOKED_AT), strict=False))
    except OSError:
        return []
