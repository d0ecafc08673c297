"""How the loaders that take each folder below the root for a class list their files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, repeat

from labelkit.domain.formats import suffix
from labelkit.domain.loaders import LoaderView
from labelkit.domain.parts import class_of
from labelkit.domain.tree import FileEntry, Skipped, Tree

IN_ROOT = "in no class folder"
BEHIND_LINK = "in a linked folder"


def by_class_folder(
    loader: str,
    tree: Tree,
    *,
    classes: Sequence[str],
    takes: Callable[[str], bool],
    follow_links: bool,
) -> LoaderView:
    """The view of a loader that sorts folders, then names, below each class folder.

    Args:
        loader: its name.
        tree: the folder that it is pointed at.
        classes: its class folders in index order.
        takes: whether it takes a file of this name (without folders).
        follow_links: whether it enters linked folders inside a class folder; a linked class folder is always entered.

    """
    index = {name: i for i, name in enumerate(classes)}
    behind = frozenset() if follow_links else folders_behind_links(tree)
    found: list[list[str]] = [[] for _ in classes]
    skipped: list[Skipped] = []
    for file in tree.files:
        folder, _, name = file.path.rpartition("/")
        label = index.get(class_of(file.path))
        if label is not None and takes(name) and folder not in behind:
            found[label].append(file.path)
        elif file.is_image:
            skipped.append(Skipped(file.path, _why(file, known=label is not None, behind=folder in behind)))
    for paths in found:
        if any(path.count("/") > 1 for path in paths):  # else the order of the tree is that of the names already
            paths.sort(key=_by_folder)
    return LoaderView(
        loader=loader,
        classes=tuple(classes),
        files=tuple(chain.from_iterable(found)),
        labels=tuple(chain.from_iterable(repeat(label, len(paths)) for label, paths in enumerate(found))),
        skipped=tuple(skipped),
    )


def _by_folder(path: str) -> str:
    """Sorts as (folder, name) does: no name holds what stands between them here."""
    folder, _, name = path.rpartition("/")
    return f"{folder}\0{name}"


def folders_behind_links(tree: Tree) -> frozenset[str]:
    """The folders that are only reached through a linked folder below a class folder."""
    behind: set[str] = set()
    for folder in sorted(tree.folders, key=lambda f: f.path.count("/")):
        above = folder.path.rpartition("/")[0]
        if above and (folder.link or above in behind):
            behind.add(folder.path)
    return frozenset(behind)


def suffix_reason(path: str) -> str:
    """Why a file of this name is not taken: its suffix."""
    return f"suffix {suffix(path)}" if suffix(path) else "no suffix"


def _why(file: FileEntry, *, known: bool, behind: bool) -> str:
    if "/" not in file.path:
        return IN_ROOT
    if not known:
        return "in a hidden folder"
    return BEHIND_LINK if behind else suffix_reason(file.path)
