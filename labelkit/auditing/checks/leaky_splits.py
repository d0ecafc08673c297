"""Is what validates also what was trained on? The same files, pixels, shots and groups on both sides of a split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.leaks import TRAIN, Group, Leaks, Split, Whose, held_in, leaks, splits_of
from labelkit.auditing.moments import moment, written_moment
from labelkit.auditing.nearest_group import nearest_group
from labelkit.auditing.shots_told import shot_numbers, shots_told
from labelkit.auditing.verdict import Verdict, counted, listed
from labelkit.domain.findings import Severity
from labelkit.domain.loaders import FLOW_FROM_DIRECTORY
from labelkit.domain.units import told_share

_MOSTLY = 0.9
"""Share of the images of each side whose time must be known, and of pairs that must stand in one order."""


def leaky_splits(evidence: Evidence) -> Iterator[Verdict]:
    """Part folders, else the recorded split, else the split that `flow_from_directory` would make."""
    for split in splits_of(evidence):
        found = leaks(split, evidence)
        if split.whose is Whose.KERAS:
            yield from _keras(split, found, evidence)
        else:
            yield from _copies(split, found, evidence)
            yield from _groups(split, found, evidence)
            yield from _unknown(split, evidence)
            yield from _times(split, evidence)


def _copies(split: Split, found: Leaks, evidence: Evidence) -> Iterator[Verdict]:
    grave = Severity.ERROR
    pixels = grave if found.proven else Severity.WARNING
    across = [p for p in evidence.near.pairs if split.part_of.get(p.first) != split.part_of.get(p.second)]
    told = shots_told(evidence.near, across)
    same = "the same pixels" if found.proven else "the same picture, compared at reduced size,"
    for groups, what, severity in (
        (found.files, "the same file", grave),
        (found.pixels, f"{same} in other files", pixels),
        (found.near, "near-duplicates", None),
    ):
        if groups:
            files = tuple(sorted({path for group in groups for path in group}))
            yield Verdict(
                f"{what} on several sides of {_name(split)}: {_share(split, groups)}"
                f"{told if groups is found.near else ''}",
                remedy=_remedy(split),
                files=files,
                groups=groups,
                numbers=_numbers(split, groups) | (shot_numbers(evidence.near, across) if groups is found.near else {}),
                severity=severity,
            )


def _groups(split: Split, found: Leaks, evidence: Evidence) -> Iterator[Verdict]:
    if not found.groups:
        return
    torn = tuple(found.groups.values())
    whole = len({evidence.group_of[p] for p in split.part_of if p in evidence.group_of})
    nearest = nearest_group(split.held, _trained(split), evidence.facts, evidence.group_of)
    told, numbers = "", {"torn": len(torn), "of": whole, **_numbers(split, torn)}
    if nearest is not None:
        alike = f"{told_share(nearest.seen, 0)} (by chance {told_share(nearest.by_chance, 0)})"
        told = f"; for {alike} the nearest training image is of the same group"
        numbers |= {"nearest_of_group": nearest.seen, "by_chance": nearest.by_chance}
    yield Verdict(
        f"{len(torn):,} of {counted(whole, 'group')} on several sides of {_name(split)} "
        f"({listed(list(found.groups))}): {_share(split, torn)}{told}{_guess(evidence)}",
        remedy=_remedy(split),
        files=tuple(sorted(chain.from_iterable(torn))),
        groups=torn,
        numbers=numbers,
        severity=Severity.INFO if evidence.group_note else None,
    )


def _unknown(split: Split, evidence: Evidence) -> Iterator[Verdict]:
    """Images that came, were renamed or were altered since the split was recorded."""
    images = chain.from_iterable(evidence.images.values())
    new = tuple(sorted(p for p in images if p not in evidence.split_of and evidence.facts[p].readable))
    if split.whose is Whose.RECORDED and new:
        yield Verdict(
            f"{counted(len(new), 'image')} not in the recorded split: {listed(new)}",
            remedy="labelkit split BASE_DIR gives them a part; recorded images keep theirs",
            files=new,
            numbers={"images": len(new)},
        )


def _keras(split: Split, found: Leaks, evidence: Evidence) -> Iterator[Verdict]:
    """One finding for a split that nobody has made yet: it matters to who uses that loader by himself."""
    copies = [*found.files, *found.pixels, *found.near]
    everything = [*copies, *found.groups.values()]
    if not everything:
        return
    seen = [f"{counted(len(held_in(split, copies)), 'image')} with copies in training"] if copies else []
    if found.groups:
        held = held_in(split, found.groups.values())
        seen.append(f"{len(held):,} of groups that are trained on ({listed(list(found.groups))}){_guess(evidence)}")
    named = evidence.loader == FLOW_FROM_DIRECTORY
    yield Verdict(
        f"flow_from_directory(validation_split={evidence.validation_split:g}) would validate on the first images of "
        f"each class by name: of these {len(split.held):,}, {' and '.join(seen)}",
        remedy="labelkit split BASE_DIR --to DIR makes train and validation folders that keep these together",
        files=tuple(sorted({path for group in copies for path in group})),
        groups=tuple(everything),
        numbers=_numbers(split, everything),
        severity=None if named and copies else Severity.INFO,
    )


def _times(split: Split, evidence: Evidence) -> Iterator[Verdict]:
    """Whether all of one side was taken before the other."""
    times = _taken(evidence)
    train, held = (sorted(times[p] for p in side if p in times) for side in (_trained(split), split.held))
    if len(train) < _MOSTLY * len(_trained(split)) or len(held) < _MOSTLY * len(split.held) or not (train and held):
        return
    later = _share_later(held, train)
    if _MOSTLY > later > 1 - _MOSTLY:
        return
    newer = later >= _MOSTLY
    side = "after" if newer else "before"
    yield Verdict(
        f"what validates was taken {side} what is trained on: {_span(held)} against {_span(train)}",
        remedy="" if newer else "a score on older parts says little of those to come: validate on the newest",
        numbers={"later": later},
        severity=Severity.INFO,
    )


def _taken(evidence: Evidence) -> dict[str, float]:
    """When each image was taken: by the column of the line's table that holds times, else by EXIF."""
    exif = {p: f.exif.taken for p, f in evidence.facts.items() if f.exif is not None}
    best: dict[str, float] = {}
    for cells in (*evidence.columns.values(), exif):
        told = {p: m.order for p, cell in cells.items() if (m := moment(cell)) is not None}
        if len(told) > len(best):
            best = told
    return best


def _share_later(held: Sequence[float], train: Sequence[float]) -> float:
    """Of all pairs of a held-out and a training image, the share in which the former is later; ties count half."""
    from bisect import bisect_left, bisect_right

    wins = sum(bisect_left(train, t) + bisect_right(train, t) for t in held)
    return wins / (2 * len(held) * len(train))


def _span(times: Sequence[float]) -> str:
    return f"{written_moment(times[0])} to {written_moment(times[-1])}"


def _trained(split: Split) -> list[str]:
    return sorted(path for path, part in split.part_of.items() if part == TRAIN)


def _name(split: Split) -> str:
    return "the parts" if split.whose is Whose.FOLDERS else "the recorded split"


def _share(split: Split, groups: Sequence[Group]) -> str:
    held, whole = len(held_in(split, groups)), len(split.held)
    return f"{held:,} of {counted(whole, 'image')} that should be new to the model ({told_share(held / whole, 0)})"


def _numbers(split: Split, groups: Sequence[Group]) -> dict[str, float]:
    held = len(held_in(split, groups))
    return {"leaking": held, "held_out": len(split.held), "share": held / len(split.held)}


def _guess(evidence: Evidence) -> str:
    return f"; groups are guessed: {evidence.group_note}" if evidence.group_note else ""


def _remedy(split: Split) -> str:
    if split.whose is Whose.FOLDERS:
        return "split the set that these parts were made of anew: labelkit split BASE_DIR --to DIR keeps them together"
    return "a recorded split is kept: take these images out of one side, or split a copy of the folder by these groups"
