"""What a person did to the class folders since: files dragged from one to another, files taken away, files added."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter

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


def look(
    tree: Tree,
    placements: Iterable[Placement],
    hash_of: Callable[[str], str],
    hash_of_source: Callable[[Placement], str],
    *,
    there: Container[str] = (),
) -> Found:
    """Compare the class folders with what was recorded.

    Args:
        tree: base_dir as it is.
        placements: where images stood when labelkit last looked.
        hash_of: SHA-256 of a file by its path in base_dir; asked only for files of the right size.
        hash_of_source: SHA-256 of the source of a link whose content was never read; empty when the source is not the
            file any more that was linked. Asked only where no file of base_dir is that very file.
        there: paths of recorded files that stand in base_dir and are not in the tree.

    """
    extra = {f.path: f for f in tree.files if _in_class_folder(f)}
    recorded = list(placements)
    missed = sorted([p for p in recorded if p.target not in there and p.target not in extra], key=attrgetter("target"))
    for p in recorded if extra else ():
        extra.pop(p.target, None)
    dragged: dict[ImageKey, str] = {}
    candidates = _by_size(extra.values())
    for is_it in (_is_the_file, _holds_its_content(hash_of, hash_of_source)):
        for p in missed:
            path = None if p.image in dragged else _refound(p, candidates[p.source_stamp[0]], is_it)
            if path is not None:
                dragged[p.image] = path
                candidates[p.source_stamp[0]] = [f for f in candidates[p.source_stamp[0]] if f.path != path]
    gone = frozenset(p.image for p in missed if p.image not in dragged)
    return Found(dragged, gone, tuple(sorted(set(extra) - set(dragged.values()))))


def _in_class_folder(f: FileEntry) -> bool:
    head, _, name = f.path.partition("/")
    return bool(name) and not head.startswith(".") and f.kind is FileKind.FILE and not is_own_file(f.path)


def _by_size(files: Iterable[FileEntry]) -> defaultdict[int, list[FileEntry]]:
    out: defaultdict[int, list[FileEntry]] = defaultdict(list)
    for f in files:
        out[f.size].append(f)
    return out


_IsIt = Callable[[Placement, FileEntry], bool]


def _refound(p: Placement, candidates: list[FileEntry], is_it: _IsIt) -> str | None:
    """The path of the candidate that is the image; one that kept its name is looked at first."""
    name = posixpath.basename(p.target)
    for f in sorted(candidates, key=lambda f: (posixpath.basename(f.path) != name, f.path)):
        if is_it(p, f):
            return f.path
    return None


def _is_the_file(p: Placement, f: FileEntry) -> bool:
    """Whether a file is the very one that a link was made to; only asked where its content was never read."""
    size, mtime, _, inode = p.source_stamp
    return not p.sha256 and (f.size, f.mtime_ns, f.inode) == (size, mtime, inode)


def _holds_its_content(hash_of: Callable[[str], str], hash_of_source: Callable[[Placement], str]) -> _IsIt:
    def holds(p: Placement, f: FileEntry) -> bool:
        wanted = p.sha256 or hash_of_source(p)
        return bool(wanted) and hash_of(f.path) == wanted

    return holds
