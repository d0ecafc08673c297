"""The same bytes, or the same pixels in other bytes, more than once: in a class, across classes, across parts."""

from __future__ import annotations

from collections.abc import Iterator

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.population import copied
from labelkit.auditing.same_pixels import same_pixels
from labelkit.auditing.verdict import Verdict, counted
from labelkit.domain.findings import Severity
from labelkit.domain.parts import class_of

_Groups = list[tuple[str, ...]]


def exact_duplicates(evidence: Evidence) -> Iterator[Verdict]:
    """Groups of images with the same bytes, the gravest first; a group is told once, as the gravest thing it is."""
    labels, parts, inside = _sorted_out(evidence)
    if labels:
        yield _verdict(
            "in different classes",
            labels,
            "decide which class is right and delete the others: a model cannot learn two labels for one image",
            Severity.ERROR,
        )
    if parts:
        yield _verdict(
            "in different parts",
            parts,
            "delete them from all parts but one: the model is tested on what it was trained on",
            Severity.ERROR,
        )
    if inside:
        yield _verdict("within a class", inside, "keep one of each: a copy counts twice", None)
    yield from _pixels(evidence)


def _pixels(evidence: Evidence) -> Iterator[Verdict]:
    """Groups of the same pixels, seen upright, in files of other bytes: an error where they have two labels.

    What was compared at a fraction of its size is likely the same and not proven: a warning at most.
    """
    label = {path: name for name, paths in evidence.images.items() for path in paths}
    groups = [(tuple(p for p in paths if p in label), proven) for paths, proven in same_pixels(evidence)]
    for proven in (True, False):
        how = "the same pixels" if proven else "most likely the same pixels (compared at reduced size)"
        for several in (True, False):
            held = [
                g for g, sure in groups if len(g) > 1 and sure is proven and (len({label[p] for p in g}) > 1) is several
            ]
            if held:
                where = "in different classes" if several else "within a class"
                files = tuple(sorted(path for group in held for path in group))
                yield Verdict(
                    f"{how} in other bytes {where}: {counted(len(held), 'image')} ({counted(len(files), 'file')})",
                    remedy="decide which class is right" if several else "keep one of each: a copy counts twice",
                    files=files,
                    groups=tuple(held),
                    numbers={"groups": len(held), "files": len(files), "proven": float(proven)},
                    severity=Severity.ERROR if several and proven else None,
                )


def _sorted_out(evidence: Evidence) -> tuple[_Groups, _Groups, _Groups]:
    labels, parts, inside = [], [], []
    for group in _groups(evidence):
        paths = tuple(sorted(path for path, _, _ in group))
        if len({label for _, label, _ in group}) > 1:
            labels.append(paths)
        elif len({part for _, _, part in group}) > 1:
            parts.append(paths)
        else:
            inside.append(paths)
    return labels, parts, inside


def _groups(evidence: Evidence) -> list[list[tuple[str, str, str]]]:
    """Files of the same bytes: each its path, class and part folder."""
    by_content: dict[str, list[tuple[str, str, str]]] = {}
    sha256_of = copied(evidence)
    for part in evidence.parts if sha256_of else ():
        for image in part.images:
            path, label = part.part.prefixed(image.path), class_of(image.path)
            if path in sha256_of and label in evidence.class_map.classes:
                by_content.setdefault(sha256_of[path], []).append((path, label, part.part.folder))
    return sorted(group for group in by_content.values() if len(group) > 1)


def _verdict(where: str, groups: _Groups, remedy: str, severity: Severity | None) -> Verdict:
    files = tuple(sorted(path for group in groups for path in group))
    return Verdict(
        f"{counted(len(groups), 'image')} more than once {where} ({counted(len(files), 'file')})",
        remedy=remedy,
        files=files,
        groups=tuple(groups),
        numbers={"groups": len(groups), "files": len(files)},
        severity=severity,
    )
