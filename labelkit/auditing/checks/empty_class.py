"""Classes without images: a classifier needs at least two classes that hold some."""

from __future__ import annotations

from collections.abc import Iterator

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.verdict import Verdict, counted

_ENOUGH = 2
"""Fewer classes with images leave nothing to tell apart."""


def empty_class(evidence: Evidence) -> Iterator[Verdict]:
    """Class folders with nothing in them, declared classes without a folder, and fewer than two classes in all."""
    images = evidence.images
    full = [name for name, paths in images.items() if paths]
    if len(full) < _ENOUGH:
        yield _too_few(evidence, full)
    for part in evidence.parts:
        used = {f.path.partition("/")[0] for f in part.tree.files} | {s.path for s in part.tree.skipped}
        for name in part.classes():
            if name not in used:
                path = part.part.prefixed(name)
                yield Verdict(
                    f"the class folder {path} is empty; it takes an index all the same, but not for every loader",
                    remedy="remove the folder, or put its images there",
                    files=(path,),
                )
    there = {name for part in evidence.parts for name in part.classes()}
    for name in images:
        if name not in there:
            yield Verdict(f"the class {name} is declared, but has no folder", remedy="check the name of the class")


def _too_few(evidence: Evidence, full: list[str]) -> Verdict:
    beside = sum(1 for f in evidence.tree.images() if "/" not in f.path)
    if full:
        message = f"only one class holds images: {full[0]}; there is nothing to tell apart"
    elif beside:
        message = f"{counted(beside, 'image')} lie directly in the folder, in no class folder"
    else:
        message = "no images in class folders"
    return Verdict(
        message, remedy="make one folder for each class, with its images in it", numbers={"classes": len(full)}
    )
