"""What a person did to the class folders since: files dragged from one to another, files taken away, files added."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from labelkit.domain.decisions import ImageKey
from labelkit.domain.placing import Placement, is_own_file
from labelkit.domain.tree import FileEntry, FileKind, Tree


@dataclass(frozen=True, slots=True)
class Found:
    """The class folders against the ledger.

    Attributes:
        dragged: image to the path where a person put it.
        gone: images whose file stands nowhere in base_dir any more.
        foreign: files in class folders that labelkit did not put there, sorted.

    """

    dragged: Mapping[ImageKey, str]
    gone: frozenset[ImageKey]
    foreign: tuple[str, ...]


def look(tree: Tree, placements: Iterable[Placement], hash_of: Callable[[str], str]) -> Found:
    """Compare the class folders with what was recorded.

    Args:
        tree: base_dir as it is.
        placements: where images stood when labelkit last looked.
        hash_of: SHA-256 of a file by its path in base_dir; asked only for files of the right size.

    """
    there = {f.path: f for f in tree.files if _in_class_folder(f)}
    recorded = list(placements)
    known = {p.target for p in recorded if p.target in there}
    extra = {path: f for path, f in there.items() if path not in known}
    dragged: dict[ImageKey, str] = {}
    gone = set()
    candidates = _by_size(extra.values())
    for p in sorted((p for p in recorded if p.target not in there), key=lambda p: p.target):
        path = _refound(p, candidates[p.source_stamp[0]], hash_of)
        if path is None:
            gone.add(p.image)
        else:
            dragged[p.image] = path
            candidates[p.source_stamp[0]] = [f for f in candidates[p.source_stamp[0]] if f.path != path]
    return Found(dragged, frozenset(gone), tuple(sorted(set(extra) - set(dragged.values()))))


def _in_class_folder(f: FileEntry) -> bool:
    head, _, name = f.path.partition("/")
    return bool(name) and not head.startswith(".") and f.kind is FileKind.FILE and not is_own_file(f.path)


def _by_size(files: Iterable[FileEntry]) -> defaultdict[int, list[FileEntry]]:
    out: defaultdict[int, list[FileEntry]] = defaultdict(list)
    for f in files:
        out[f.size].append(f)
    return out


def _refound(p: Placement, candidates: list[FileEntry], hash_of: Callable[[str], str]) -> str | None:
    """The path of the candidate with the recorded content; one that kept its name is looked at first."""
    name = posixpath.basename(p.target)
    for f in sorted(candidates, key=lambda f: (posixpath.basename(f.path) != name, f.path)):
        if hash_of(f.path) == p.sha256:
            return f.path
    return None
