"""What must be true of the folders of a sort: at every instant, and once the command has come to its end."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labelkit.domain.errors import LabelkitError
from labelkit.domain.placing import LEDGER_NAME, LOCK_NAME, PART_PREFIX, Placement
from labelkit.storage.sqlite_ledger import open_ledger
from tests.faults.scene import Scene

JOURNAL = f"{LEDGER_NAME}-journal"
_OWN = frozenset([LEDGER_NAME, LOCK_NAME, JOURNAL, f"{LOCK_NAME}-file", f"{LOCK_NAME}-link"])


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a ledger says: where each image stands, which steps are under way, under which temporary names."""

    placements: tuple[Placement, ...]
    under_way: frozenset[str]
    parts: frozenset[str]


def faults_at_this_instant(scene: Scene, scratch: Path) -> list[str]:
    """What must never be, at whatever instant a sort ended: something lost, partial, or unknown to the ledger."""
    below_base = dict(files(scene.base_dir))
    found = [*_lost(scene, below_base), *_partial(scene, below_base)]
    try:
        known = recorded(scene.base_dir, scratch)
    except LabelkitError as e:
        return [*found, f"the ledger cannot be read: {e}"]
    parts = {_name(k) for k in below_base if is_part(k)} | {_name(k) for k, _ in files(scene.source) if is_part(k)}
    if unknown := parts - known.parts:
        found.append(f"temporary files that the ledger does not know: {sorted(unknown)}")
    return found + [f for p in known.placements if p.image.path not in known.under_way for f in _stands(scene, p)]


def _lost(scene: Scene, below_base: dict[str, str]) -> Iterator[str]:
    there = Counter([*below_base.values(), *(d for _, d in files(scene.source))])
    wanted = Counter(digest(content) for content in scene.story.files.values())
    if missing := wanted - there:
        yield f"lost: {[n for n, c in scene.story.files.items() if digest(c) in missing]}"


def _partial(scene: Scene, below_base: dict[str, str]) -> Iterator[str]:
    known = {digest(content) for content in scene.story.files.values()}
    for root, found in ((scene.base_dir, below_base), (scene.source, dict(files(scene.source)))):
        if bad := [k for k, d in found.items() if d not in known and not is_part(k)]:
            yield f"not whole, below {root.name}: {bad}"


def _stands(scene: Scene, p: Placement) -> Iterator[str]:
    """A placement that no step is changing is there, with its content."""
    path = scene.base_dir / p.target
    wanted = p.sha256 or digest(scene.story.files[p.image.path])
    if not path.is_file() or digest(path.read_bytes()) != wanted:
        yield f"recorded as placed, but not there with its content: {p.target}"


def recorded(base_dir: Path, scratch: Path) -> Recorded:
    """What the ledger will say once it is opened; read from a copy, so that the rollback is left to the next run."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    for name in (LEDGER_NAME, JOURNAL):
        if (base_dir / name).exists():
            shutil.copyfile(base_dir / name, scratch / name)
    ledger = open_ledger(scratch, create=True)
    try:
        intents = ledger.intents()
        placements = tuple(ledger.placements().values())
    finally:
        ledger.close()
    return Recorded(placements, frozenset(i.step.image.path for i in intents), frozenset(i.temporary for i in intents))


State = tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str, str, str], ...]]
"""Every name below source and base_dir with what it is, and every placement."""


def state(scene: Scene) -> State:
    """The tree (names, bytes, times, permissions, link texts, which names share a file) and the placements."""
    tree = [*_described(scene.source, "source"), *_described(scene.base_dir, "base")]
    ledger = open_ledger(scene.base_dir, create=False, read_only=True)
    try:
        placements = [(k.path, p.target, str(p.mode), p.sha256) for k, p in ledger.placements().items()]
        left = [("intent", i.temporary) for i in ledger.intents()]
    finally:
        ledger.close()
    return tuple(sorted([*tree, *left])), tuple(sorted(placements))


def _described(root: Path, title: str) -> Iterator[tuple[str, str]]:
    for here, folders, files in os.walk(root):
        for name in folders + files:
            path = Path(here, name)
            key = f"{title}/{path.relative_to(root)}"
            if key != f"base/{LEDGER_NAME}":
                yield key, _what(path)


def _what(path: Path) -> str:
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        return f"link to {path.readlink()}"
    if stat.S_ISDIR(status.st_mode):
        return "folder"
    return f"{stat.filemode(status.st_mode)} {status.st_mtime_ns} x{status.st_nlink} {digest(path.read_bytes())}"


def files(root: Path) -> Iterator[tuple[str, str]]:
    """Plain files below a folder with their digests; without the files of labelkit itself."""
    for here, _, files in os.walk(root):
        for name in files:
            path = Path(here, name)
            if not path.is_symlink() and name not in _OWN:
                yield str(path.relative_to(root)), digest(path.read_bytes())


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def is_part(path: str) -> bool:
    return _name(path).startswith(PART_PREFIX)
