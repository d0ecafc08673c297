"""Which folders are classes, and which are parts (train / validation / test) of one dataset."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from labelkit.domain.file_table import chosen, held
from labelkit.domain.placing import is_own_file
from labelkit.domain.tree import Skipped, Tree

_ROLES = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
}
"""Folder names, case-folded, that mean a part of a dataset."""

ROLES = ("train", "validation", "test")
"""The parts there are, in the order in which they are told."""

_SYSTEM = frozenset(
    ["__macosx", "__pycache__", "$recycle.bin", "system volume information", "@eadir", "lost+found", "found.000"]
)
"""Folders that operating systems, Python and network storage leave behind, case-folded; never a class."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a dataset.

    Attributes:
        role: "train", "validation" or "test"; empty for a dataset that is not parted.
        folder: its folder's name below the base folder; empty for the base folder itself.

    """

    role: str = ""
    folder: str = ""

    def prefixed(self, path: str) -> str:
        """A path relative to the part, made relative to the base folder."""
        return f"{self.folder}/{path}" if self.folder else path


def is_part_name(folder: str) -> bool:
    """Whether a folder's name is one that parts of a dataset have."""
    return folder.casefold() in _ROLES


def find_parts(tree: Tree) -> tuple[Part, ...]:
    """The parts of a dataset, train first; one `Part()` for the whole when it has none.

    A child folder is a part when its name says so and it holds class folders itself: folders with images in them.
    """
    holding = _folders_holding_class_folders(tree)
    found = [Part(_ROLES[n.casefold()], n) for n in tree.top_folders() if n.casefold() in _ROLES and n in holding]
    return tuple(sorted(found, key=lambda p: (ROLES.index(p.role), p.folder))) or (Part(),)


def _folders_holding_class_folders(tree: Tree) -> set[str]:
    out = set()
    for file in tree.files:
        steps = file.path.split("/")
        if file.is_image and len(steps) > 2 and not is_hidden(steps[1]):  # noqa: PLR2004 - part, class, image
            out.add(steps[0])
    return out


def subtree(tree: Tree, folder: str) -> Tree:
    """The tree below one folder, with paths relative to it; the tree itself for the empty name."""
    if not folder:
        return tree
    start = folder + "/"
    cut = len(start)
    return Tree(
        root=f"{tree.root}/{folder}",
        folders=tuple(replace(f, path=f.path[cut:]) for f in tree.folders if f.path.startswith(start)),
        files=held(f._replace(path=f.path[cut:]) for f in tree.files if f.path.startswith(start)),
        skipped=tuple(Skipped(s.path[cut:], s.reason) for s in tree.skipped if s.path.startswith(start)),
    )


def class_folders(tree: Tree) -> tuple[str, ...]:
    """The folders that are classes, in text order: every visible folder, full or empty, but system folders."""
    return tuple(name for name in tree.top_folders() if not is_hidden(name))


def is_hidden(folder: str) -> bool:
    """Whether a folder's name says that it is no class: a leading dot, or left behind by a system."""
    return folder.startswith(".") or folder.casefold() in _SYSTEM


def without_own_files(tree: Tree) -> Tree:
    """The tree without labelkit's own files: they are neither images nor strays."""
    return replace(tree, files=chosen(tree.files, lambda f: not is_own_file(_below_part(f.path))))


def _below_part(path: str) -> str:
    """A path as it is below its part folder, where it lies in one: parts that were made have ledgers of their own."""
    folder, _, rest = path.partition("/")
    return rest if rest and folder.casefold() in _ROLES else path


def class_of(path: str) -> str:
    """The class folder that a path (relative to the part) lies in; empty for a file beside the class folders."""
    return path.partition("/")[0] if "/" in path else ""


def union_of_classes(parts: Iterable[Tree]) -> tuple[str, ...]:
    """The classes of all parts together, in text order."""
    return tuple(sorted({name for tree in parts for name in class_folders(tree)}))
