"""Values far below what is usual: judged within the class, and within the group where there is one."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.verdict import Verdict, counted, listed

_FEWEST = 20
"""Fewer images have no usual value."""

_AS_DEVIATION = 1.4826
_DEVIATIONS = 3.5
"""Of the median absolute deviation, scaled to a normal deviation (Iglewicz and Hoaglin, "How to Detect and Handle
Outliers", 1993, who call |z| > 3.5 an outlier)."""

_MOST = 0.5
"""A group of which more than this share is far from its class is told as a group."""


@dataclass(frozen=True, slots=True)
class Quality:
    """One quality that images of a class have alike.

    Attributes:
        told: what is said of an image far below: "far darker".
        measured: what the value is: "mean brightness".
        shown: a value in words.
        least: an image must lie this far from the median whatever the spread is, in the quality's own steps.
        remedy: what to do.

    """

    told: str
    measured: str
    shown: Callable[[float], str]
    least: float
    remedy: str


@dataclass(frozen=True, slots=True)
class _Population:
    """What is usual of some images."""

    middle: float
    limit: float


@dataclass(slots=True)
class _Found:
    """Images far below their class: alone, or because their whole group is."""

    alone: dict[str, float]
    by_group: dict[str, list[str]]


def far_below(evidence: Evidence, values: Mapping[str, float], quality: Quality) -> Iterator[Verdict]:
    """A verdict about single images, and one about each group that is so as a whole.

    Below the median of its class by more than 3.5 scaled median absolute deviations and by more than `quality.least`;
    with a group of twenty images or more, below that of its group too. A value that is far above is told by handing in
    negative ones.

    Args:
        evidence: its classes and groups.
        values: path to value; images that are not in it are not judged.
        quality: what is measured.

    """
    groups = {name: paths for name, paths in _grouped(evidence, values).items() if len(paths) >= _FEWEST}
    found = _found(evidence, values, quality, {n: _usual(values, p, quality) for n, p in groups.items()})
    whole = {name: paths for name, paths in found.by_group.items() if len(paths) > _MOST * len(groups[name])}
    for name, paths in sorted(whole.items()):
        yield Verdict(
            f"{len(paths):,} of the {counted(len(groups[name]), 'image')} of {name} {quality.told} than the others of "
            "their class, as the whole group is",
            remedy=quality.remedy,
            files=tuple(sorted(paths)),
            numbers={"images": len(paths), "group": len(groups[name])},
        )
    if found.alone:
        yield _single(found.alone, values, quality)


def _single(alone: Mapping[str, float], values: Mapping[str, float], quality: Quality) -> Verdict:
    paths = sorted(alone, key=lambda path: (values[path] - alone[path], path))
    seen = [f"{path} {quality.shown(values[path])}, usual {quality.shown(alone[path])}" for path in paths]
    return Verdict(
        f"{counted(len(paths), 'image')} {quality.told} than the others of the same class ({quality.measured}: "
        f"{listed(seen, 2)})",
        remedy=quality.remedy,
        files=tuple(sorted(paths)),
        numbers={"images": len(paths), "deviations": _DEVIATIONS},
    )


def _found(
    evidence: Evidence, values: Mapping[str, float], quality: Quality, groups: Mapping[str, _Population]
) -> _Found:
    found = _Found({}, {})
    for paths in evidence.images.values():
        here = [path for path in paths if path in values]
        if len(here) < _FEWEST:
            continue
        usual = _usual(values, here, quality)
        for path in here:
            if values[path] >= usual.limit:
                continue
            group = evidence.group_of.get(path, "")
            if group not in groups or values[path] < groups[group].limit:
                found.alone[path] = usual.middle
            else:
                found.by_group.setdefault(group, []).append(path)
    return found


def _grouped(evidence: Evidence, values: Mapping[str, float]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for path in values:
        name = evidence.group_of.get(path)
        if name is not None:
            out.setdefault(name, []).append(path)
    return out


def _usual(values: Mapping[str, float], paths: Iterable[str], quality: Quality) -> _Population:
    numbers = array("d", (values[path] for path in paths))
    middle = median(numbers)
    deviation = _AS_DEVIATION * median(array("d", (abs(number - middle) for number in numbers)))
    return _Population(middle, middle - max(quality.least, _DEVIATIONS * deviation))
