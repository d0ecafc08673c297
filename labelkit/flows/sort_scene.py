"""What there is before a sort decides anything: the images of the sources, and what stands in base_dir already."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from labelkit.domain.decisions import ImageKey
from labelkit.domain.placing import Mode, Placement, Stamp
from labelkit.domain.tree import Tree
from labelkit.sorting.drag import Found, look
from labelkit.storage.hashing import sha256_of
from labelkit.storage.walk import walk


@dataclass(frozen=True, slots=True)
class SourceImage:
    """One image and where its bytes are now: in its source or, once moved, in its class folder."""

    key: ImageKey
    where: str
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Scene:
    """The images seen, and what was left out.

    Attributes:
        images: sorted by source as given, then by path.
        not_image: files that are no images.
        skipped: (path, reason).

    """

    images: tuple[SourceImage, ...]
    not_image: int
    skipped: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """base_dir against its ledger.

    Attributes:
        placements: where each image stands, dragged ones at their new place, gone ones left out.
        found: what a person did.

    """

    placements: Mapping[ImageKey, Placement]
    found: Found


def standing_in(base_dir: Path, placements: Mapping[ImageKey, Placement]) -> Standing:
    """Compare base_dir with the recorded placements; files of the right size are hashed where something moved."""
    tree = walk(base_dir) if base_dir.is_dir() else Tree(str(base_dir))
    found = look(tree, placements.values(), hash_below(tree.root))
    stamps = {f.path: f.stamp for f in tree.files}
    now = {}
    for key, p in placements.items():
        if key in found.dragged:
            path = found.dragged[key]
            now[key] = Placement(key, path, p.mode, p.sha256, p.source_stamp, stamps[path])
        elif key not in found.gone:
            now[key] = p
    return Standing(now, found)


def hash_below(root: str) -> Callable[[str], str]:
    """SHA-256 of a file by its path below `root`, links followed, each file read once."""
    known: dict[str, str] = {}

    def hash_of(path: str) -> str:
        if path not in known:
            known[path] = sha256_of(os.path.realpath(f"{root}/{path}"))
        return known[path]

    return hash_of


def see(sources: Sequence[Path], placements: Mapping[ImageKey, Placement]) -> Scene:
    """All images of the sources; those that a move took away are seen in their class folders."""
    trees = [walk(s, follow_links=False) for s in sources]
    images = [image for tree in trees for image in _images_of(tree)]
    there = {i.key for i in images}
    moved = _moved(placements, {t.root for t in trees}, there)
    order = {t.root: n for n, t in enumerate(trees)}
    images = sorted([*images, *moved], key=lambda i: (order[i.key.root], i.key.path))
    skipped = [(path, reason) for tree in trees for path, reason in _skipped_of(tree)]
    not_image = sum(not f.is_image and not _hidden(f.path) for tree in trees for f in tree.files)
    return Scene(tuple(images), not_image, tuple(skipped))


def _images_of(tree: Tree) -> Iterable[SourceImage]:
    for f in tree.images():
        if not _hidden(f.path):
            yield SourceImage(ImageKey(tree.root, f.path), f"{tree.root}/{f.path}", f.stamp)


def _skipped_of(tree: Tree) -> Iterable[tuple[str, str]]:
    yield from ((s.path, s.reason) for s in tree.skipped)
    for f in tree.files:
        if f.is_image and _hidden(f.path):
            yield f.path, "hidden (a name with a leading dot, or below such a folder)"
        elif f.is_image and f.kind != "file":
            yield f.path, str(f.kind)


def _hidden(path: str) -> bool:
    return path.startswith(".") or "/." in path


def _moved(placements: Mapping[ImageKey, Placement], roots: set[str], there: set[ImageKey]) -> Iterable[SourceImage]:
    for key, p in placements.items():
        if p.mode is Mode.MOVE and key.root in roots and key not in there:
            yield SourceImage(key, "", p.source_stamp)


def located(images: Sequence[SourceImage], base_dir: str, placements: Mapping[ImageKey, Placement]) -> list[str]:
    """Absolute path of each image's bytes."""
    return [i.where or f"{base_dir}/{placements[i.key].target}" for i in images]
