"""What there is before a sort decides anything: the images of the sources, and what stands in base_dir already."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import NamedTuple, overload

from labelkit.domain.decisions import ImageKey
from labelkit.domain.placing import Mode, Placement, Stamp
from labelkit.domain.tree import FileEntry, FileKind, Tree
from labelkit.sorting.drag import Found, look
from labelkit.storage.hashing import sha256_of
from labelkit.storage.identity import hash_of_linked, identity
from labelkit.storage.named_files import stamp_of_named
from labelkit.storage.walk import walk, walk_around


class SourceImage(NamedTuple):
    """One image and where its bytes are now: in its source or, once moved, in its class folder."""

    key: ImageKey
    stamp: Stamp
    moved: bool = False

    @property
    def where(self) -> str:
        """Absolute path of its file in its source; empty once it was moved."""
        return "" if self.moved else f"{self.key.root}/{self.key.path}"


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
    known = {p.target for p in placements.values()}
    tree, there = walk_around(base_dir, known) if base_dir.is_dir() else (Tree(str(base_dir)), set[str]())
    hash_of = hash_below(tree.root)
    found = look(tree, placements.values(), hash_of, hash_of_linked, there=there)
    now = dict(placements)
    for key in found.gone:
        del now[key]
    stamps = {f.path: f.stamp for f in tree.files} if found.dragged else {}
    for key, path in found.dragged.items():
        now[key] = _dragged(placements[key], path, stamps[path], hash_of)
    return Standing(now, found)


def _dragged(p: Placement, path: str, stamp: Stamp, hash_of: Callable[[str], str]) -> Placement:
    """The placement where a person put it; a copy in place of a link is known by its content from now on."""
    the_file = identity(stamp) == identity(p.source_stamp)
    sha256 = p.sha256 if the_file or p.sha256 else hash_of(path)
    return Placement(
        p.image, path, p.mode, sha256, p.source_stamp, p.placed_stamp if the_file and p.mode is Mode.SYMLINK else stamp
    )


def hash_below(root: str) -> Callable[[str], str]:
    """SHA-256 of a file by its path below `root`, links followed, each file read once."""
    known: dict[str, str] = {}

    def hash_of(path: str) -> str:
        if path not in known:
            known[path] = sha256_of(os.path.realpath(f"{root}/{path}"))
        return known[path]

    return hash_of


def see(
    sources: Sequence[Path],
    placements: Mapping[ImageKey, Placement],
    known: Container[ImageKey] | None = None,
) -> Scene:
    """All images of the sources; those that a move took away are seen in their class folders.

    Args:
        sources: folders; where `known` is given, single images too.
        placements: where images stand.
        known: images of earlier sorts: one of them that is named as a single file keeps the source it was seen in.

    """
    images: list[SourceImage] = []
    others: list[tuple[str, str]] = []
    not_image = 0
    alone, folders = ({}, sources) if known is None else _alone(sources, placements, known)
    once = {os.path.abspath(s): s for s in folders}  # noqa: PTH100 - as walk does
    trees = [walk(s, follow_links=False) for s in once.values()]
    for tree in trees:
        others += [(s.path, s.reason) for s in tree.skipped]
        rest = _take_images(tree, images)
        others += [(f.path, _why_skipped(f)) for f in rest if f.is_image]
        not_image += sum(not f.is_image and not _hidden(f.path) for f in rest)
    order = {t.root: n for n, t in enumerate(trees)}
    moved = _moved(placements, set(order), images)
    images += _not_yet(alone, order, [*images, *moved]) if alone else []
    if moved or alone:
        images = sorted([*images, *moved], key=lambda i: (order[i.key.root], i.key.path))
    return Scene(tuple(images), not_image, tuple(others))


def _take_images(tree: Tree, images: list[SourceImage]) -> list[FileEntry]:
    """Append the images of a tree, sorted by path as it is; returns the other files."""
    root, rest, regular = tree.root, [], FileKind.FILE
    new = tuple.__new__  # makes a named tuple in half the time of its class; this loop runs once an image
    for f in tree.files:
        path, size, mtime, ctime, inode, _, _, kind, is_image = f
        if is_image and kind is regular and path[0] != "." and "/." not in path:
            key = new(ImageKey, (root, path))
            images.append(new(SourceImage, (key, (size, mtime, ctime, inode), False)))
        else:
            rest.append(f)
    return rest


def _why_skipped(f: FileEntry) -> str:
    return "hidden (a name with a leading dot, or below such a folder)" if _hidden(f.path) else str(f.kind)


def _hidden(path: str) -> bool:
    return path.startswith(".") or "/." in path


def _alone(
    sources: Sequence[Path], placements: Mapping[ImageKey, Placement], known: Container[ImageKey]
) -> tuple[dict[str, SourceImage], Sequence[Path]]:
    """Absolute path to image of the sources that are single files, gone ones that were moved too; and the others."""
    found: dict[str, SourceImage] = {}
    folders = []
    for source in sources:
        where = os.path.abspath(source)  # noqa: PTH100 - as walk does
        if source.is_file():
            keys = _keys(where)
            found[where] = SourceImage(next((k for k in keys if k in known), keys[0]), stamp_of_named(source))
        elif not source.is_dir() and (p := moved_away(where, placements)) is not None:
            found[where] = SourceImage(p.image, p.source_stamp, moved=True)
        else:
            folders.append(source)
    return found, folders


def moved_away(where: str, placements: Mapping[ImageKey, Placement]) -> Placement | None:
    """Where the file that stood at an absolute path was moved to, as recorded; None when it was not moved."""
    found = (placements.get(key) for key in _keys(where))
    return next((p for p in found if p is not None and p.mode is Mode.MOVE), None)


def _keys(where: str) -> list[ImageKey]:
    """Every key that the file at an absolute path may have: that of its own folder first, then of each above."""
    roots = [str(p) for p in PurePath(where).parents]
    return [ImageKey(root, where[len(root) :].lstrip(os.sep).replace(os.sep, "/")) for root in roots]


def _not_yet(
    alone: Mapping[str, SourceImage], order: dict[str, int], images: Sequence[SourceImage]
) -> list[SourceImage]:
    """The single files that no folder of the sources brought; `order` learns where their roots stand."""
    there = {i.key for i in images}
    new = [i for where, i in alone.items() if there.isdisjoint([i.key, *(k for k in _keys(where) if k.root in order)])]
    for image in new:
        order.setdefault(image.key.root, len(order))
    return new


def _moved(
    placements: Mapping[ImageKey, Placement], roots: set[str], images: Sequence[SourceImage]
) -> list[SourceImage]:
    """The images of these sources that a move took into their class folders."""
    moved = {key: p for key, p in placements.items() if p.mode is Mode.MOVE and key.root in roots}
    there = {i.key for i in images} if moved else set()
    return [SourceImage(key, p.source_stamp, moved=True) for key, p in moved.items() if key not in there]


def located(images: Sequence[SourceImage], base_dir: str, placements: Mapping[ImageKey, Placement]) -> Sequence[str]:
    """Absolute path of each image's bytes."""
    return _Located(images, base_dir, placements)


class _Located(Sequence[str]):
    """Paths that are only made when somebody asks for them; most sorts open no image."""

    def __init__(self, images: Sequence[SourceImage], base_dir: str, placements: Mapping[ImageKey, Placement]) -> None:
        self._images = images
        self._base_dir = base_dir
        self._placements = placements

    def __len__(self) -> int:
        return len(self._images)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...

    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return _Located(self._images[index], self._base_dir, self._placements)
        image = self._images[index]
        return image.where or f"{self._base_dir}/{self._placements[image.key].target}"
