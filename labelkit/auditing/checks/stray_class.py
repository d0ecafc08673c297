"""Folders that a loader takes for a class, or for a part of one, though nobody meant them so."""

from __future__ import annotations

from collections.abc import Iterator

from labelkit.auditing.evidence import Evidence, PartView, titles
from labelkit.auditing.verdict import Verdict, counted, listed
from labelkit.domain.findings import Severity
from labelkit.domain.parts import class_of, is_hidden
from labelkit.domain.tree import Tree


def stray_class(evidence: Evidence) -> Iterator[Verdict]:
    """Hidden and system folders, folders without images, folders beside the parts, links that lead back."""
    for part in evidence.parts:
        yield from _hidden(part)
        yield from _no_images(part)
        yield from _hidden_inside(part)
    if evidence.parted:
        yield from _beside_parts(evidence)
    yield from _links_back(evidence.tree)


def _hidden(part: PartView) -> Iterator[Verdict]:
    for name in part.tree.top_folders():
        takers = [v.loader for v in part.views if name in v.classes]
        if is_hidden(name) and takers:
            yield Verdict(
                f"{titles(takers)} would take the folder {part.part.prefixed(name)} for a class"
                " and give the others new indices",
                remedy="move or delete it, or pass the list of classes",
                files=(part.part.prefixed(name),),
            )


def _no_images(part: PartView) -> Iterator[Verdict]:
    holding = {class_of(f.path) for f in part.images}
    others = {class_of(f.path) for f in part.tree.files} - holding
    for name in part.classes():
        if name in others:
            yield Verdict(
                f"the folder {part.part.prefixed(name)} holds files, but no image: it takes an index all the same",
                remedy="move it out of the folder of classes",
                files=(part.part.prefixed(name),),
            )


def _hidden_inside(part: PartView) -> Iterator[Verdict]:
    hidden = [f.path for f in part.images if any(is_hidden(step) for step in f.path.split("/")[1:-1])]
    hidden = [path for path in hidden if not is_hidden(class_of(path))]
    if hidden:
        yield Verdict(
            f"{counted(len(hidden), 'image')} in hidden folders inside classes; Keras reads them as any other",
            remedy="delete those folders if they are copies (as .ipynb_checkpoints are)",
            files=tuple(part.part.prefixed(path) for path in hidden),
            severity=Severity.WARNING,
        )


def _beside_parts(evidence: Evidence) -> Iterator[Verdict]:
    folders = {p.part.folder for p in evidence.parts}
    others = [n for n in evidence.tree.top_folders() if n not in folders and not is_hidden(n)]
    if others:
        yield Verdict(
            f"beside the parts stand folders that are in none of them: {listed(others)}",
            remedy="move their images into a part, or use --no-parts if the parts are classes",
            files=tuple(others),
            severity=Severity.WARNING,
        )
    roles = [p.part.role for p in evidence.parts]
    for role in sorted({r for r in roles if roles.count(r) > 1}):
        twins = [p.part.folder for p in evidence.parts if p.part.role == role]
        yield Verdict(
            f"several folders are the {role} part: {', '.join(twins)}; the first one counts",
            remedy="keep one of them",
            files=tuple(twins),
            severity=Severity.WARNING,
        )


def _links_back(tree: Tree) -> Iterator[Verdict]:
    back = [s.path for s in tree.skipped if s.reason.startswith(("a link", "more than"))]
    if back:
        yield Verdict(
            f"{counted(len(back), 'linked folder')} leading back or in circles: {listed(back)}",
            remedy="remove the links; some loaders follow them without end",
            files=tuple(back),
            severity=Severity.WARNING,
        )
