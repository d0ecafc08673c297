"""The same picture in other bytes: saved again, resized, brightened, mirrored or turned; never chains of them."""

from __future__ import annotations

from collections.abc import Iterator

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.shots_told import shot_numbers, shots_told
from labelkit.auditing.verdict import Verdict, counted
from labelkit.domain.findings import Severity
from labelkit.domain.loaders import FLOW_FROM_DIRECTORY

_Sets = list[tuple[str, ...]]


def near_duplicates(evidence: Evidence) -> Iterator[Verdict]:
    """Sets of near-duplicates, the gravest first; a set is told once, as the gravest thing it is.

    Perceptual hashes nominate (64 bits, 3 may differ, eight ways to lay a picture), the pixels decide
    (`imaging/likeness.py`): a distance of 0.1 at most, and where the set shows one scene again and again (a fixed
    camera) less than its own random pairs let expect (`auditing/near_sets.py`). In different classes it is a
    warning and no error as it is for exact duplicates: likeness is strong evidence and no proof, and two parts may
    be as like as two shots of one. In different parts, or on both sides of the split that `flow_from_directory`
    would make, it is a warning too; within a class it is information.
    Of a fixed camera the sensor's noise is asked as well (`auditing/shots.py`): another shot is no near-duplicate.
    """
    labels, parts, halves, inside = _sorted_out(evidence)
    yield from _verdicts(
        evidence, "in different classes", labels, "look at them: where they show one part, one label is wrong", None
    )
    yield from _verdicts(
        evidence, "in different parts", parts, "keep them in one part: the model is tested on what it has seen", None
    )
    yield from _verdicts(
        evidence,
        f"on both sides of flow_from_directory's split at {evidence.validation_split:g}",
        halves,
        "delete all but one of each: the model is validated on what it has seen",
        None,
    )
    yield from _verdicts(evidence, "within a class", inside, "keep one of each if they are copies", Severity.INFO)
    yield from _left_out(evidence)


def _sorted_out(evidence: Evidence) -> tuple[_Sets, _Sets, _Sets, _Sets]:
    label = {path: name for name, paths in evidence.images.items() for path in paths}
    part = {p.part.prefixed(f.path): p.part.folder for p in evidence.parts for f in p.images}
    view = None if evidence.parted else evidence.main.view(FLOW_FROM_DIRECTORY)
    half = {} if view is None else dict.fromkeys(view.training or (), 0) | dict.fromkeys(view.validation or (), 1)
    labels: _Sets = []
    parts: _Sets = []
    halves: _Sets = []
    inside: _Sets = []
    for group in evidence.near.sets:
        known = tuple(path for path in group if path in label)
        if len({_pixels(evidence, path) for path in known}) <= 1:
            continue  # told by exact_duplicates
        if len({label[path] for path in known}) > 1:
            labels.append(known)
        elif len({part.get(path) for path in known}) > 1:
            parts.append(known)
        elif len({half[path] for path in known if path in half}) > 1:
            halves.append(known)
        else:
            inside.append(known)
    return labels, parts, halves, inside


def _pixels(evidence: Evidence, path: str) -> str:
    pixels = evidence.facts[path].pixels
    return path if pixels is None else pixels.digest


def _verdicts(
    evidence: Evidence, where: str, groups: _Sets, remedy: str, severity: Severity | None
) -> Iterator[Verdict]:
    if not groups:
        return
    files = tuple(sorted(path for group in groups for path in group))
    among = set(files)
    pairs = [p for p in evidence.near.pairs if p.first in among and p.second in among]
    cut = evidence.near.cut
    learned = f", learned from {counted(cut.drawn, 'random pair')} of one scene" if cut.fixed_camera else ""
    turned = sum(bool(pair.turn) for pair in pairs)
    some = f", {counted(turned, 'pair')} mirrored or turned" if turned else ""
    shots = shots_told(evidence.near, pairs)
    yield Verdict(
        f"{counted(len(groups), 'picture')} in several versions {where} ({counted(len(files), 'file')}{some}; "
        f"cut {cut.distance:.3g}{learned}){shots}",
        remedy=remedy,
        files=files,
        groups=tuple(groups),
        numbers={
            "groups": len(groups),
            "files": len(files),
            "turned": turned,
            "nearest": min((p.distance for p in pairs), default=0.0),
            "farthest": max((p.distance for p in pairs), default=0.0),
            "cut": cut.distance,
            "typical": cut.typical,
            **shot_numbers(evidence.near, pairs),
        },
        severity=severity,
    )


def _left_out(evidence: Evidence) -> Iterator[Verdict]:
    """What was not compared, and why: never in silence."""
    near = evidence.near
    if near.others:
        yield Verdict(
            f"{counted(len(near.others), 'pair')} nearer than the cut: the same scene, another shot by the sensor's "
            "noise, so no near-duplicates (a copy that was cropped, rotated a little or shifted by more than an eighth "
            "of the side would not be known)",
            remedy="look whether it is one part, taken twice: then keep it in one part of the split",
            files=tuple(sorted({path for pair in near.others for path in (pair.first, pair.second)})),
            groups=tuple((pair.first, pair.second) for pair in near.others),
            numbers={"others": len(near.others), **shot_numbers(near, near.others)},
            severity=Severity.INFO,
        )
    if near.shots.unread:
        yield Verdict(
            f"the noise of {counted(near.shots.unread, 'pair')} was not looked at: of that many only the "
            f"{near.shots.read:,} most similar are, so the others went by their pixels alone",
            numbers={"unread": near.shots.unread, "read": near.shots.read},
            severity=Severity.INFO,
        )
    if near.crowded or near.unseen:
        yield Verdict(
            f"{counted(near.crowded, 'image')} look like more others than are compared: up to "
            f"{counted(near.unseen, 'pair')} with like hashes were not compared, the nearest were",
            numbers={"crowded": near.crowded, "unseen": near.unseen, "reach": near.reach},
            severity=Severity.INFO,
        )
    if near.plain:
        yield Verdict(
            f"{counted(near.plain, 'image')} with too little in them to tell a copy from another shot",
            numbers={"plain": near.plain},
            severity=Severity.INFO,
        )
