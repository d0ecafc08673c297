"""The findings of a page: which files are shown with a picture, which by name only, and how many are not listed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from labelkit.domain.audit import AuditReport
from labelkit.domain.facts import ImageFacts
from labelkit.domain.findings import Finding, Severity
from labelkit.domain.names import shown
from labelkit.reporting.audit_words import accepted_told, group_line
from labelkit.reporting.html_file import data_uri
from labelkit.reporting.page_shortcuts import told_in_table

PICTURES, FEWER = 24, 12
"""So many thumbnails a finding has at most, and one that is only worth knowing."""

_OF_A_GROUP = 6
"""So many of one group, so that several groups can be seen."""

_OF_A_LINE = 20
"""So many files of a group are named."""

_RANKED = ("label",)
"""Checks that name the worst file first."""

_NAMES = 500
"""So many file names a finding lists at most."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One file on the page.

    Attributes:
        path: from the base folder, harmless.
        label: its class, harmless; empty for a file outside of all classes.
        index: of its class, for its colour; -1 for none.
        part: train, validation or test, where the set has parts.
        picture: a data: URI; empty where there is none.
        note: what is wrong with the file itself; empty for nothing.

    """

    path: str
    label: str
    index: int
    part: str
    picture: str
    note: str


@dataclass(frozen=True, slots=True)
class Group:
    """Files that are shown side by side, and how many more belong to them."""

    shots: tuple[Shot, ...]
    more: int = 0

    @property
    def pictured(self) -> bool:
        """Whether there is a picture of any."""
        return any(shot.picture for shot in self.shots)


@dataclass(frozen=True, slots=True)
class Told:
    """One finding as the page shows it.

    Attributes:
        anchor: its place in the page.
        check, severity, message, remedy: as in `Finding`, harmless.
        accepted: how much of it a baseline accepts; empty for nothing.
        numbers: names and written values.
        groups: shown side by side; for a finding without groups one group, or none.
        grouped: whether the groups are groups.
        left_out: how many files (groups) are not shown by picture.
        names: file names, harmless, bounded; a group is one line; none where all are shown already.
        unlisted: how many are not in `names`.

    """

    anchor: str
    check: str
    severity: str
    message: str
    remedy: str
    accepted: str
    numbers: tuple[tuple[str, str], ...]
    groups: tuple[Group, ...]
    grouped: bool
    left_out: int
    names: tuple[str, ...]
    unlisted: int


@dataclass(frozen=True, slots=True)
class Shooter:
    """What is needed to show the files of one report.

    Attributes:
        facts: of the images that are shown, by path.
        classes: class name to index.
        parts: folders of the parts.
        pictures: path to data: URI, of those that have one.

    """

    facts: Mapping[str, ImageFacts]
    classes: Mapping[str, int]
    parts: frozenset[str]
    pictures: Mapping[str, str]

    @classmethod
    def of(cls, report: AuditReport) -> Shooter:
        """For the files of one report: of a million facts only those of the files that are shown are held."""
        chosen = {path for finding in report.findings for group in _chosen(finding) for path in group}
        facts = {fact.path: fact for fact in report.facts if fact.path in chosen}
        readable = [path for path, fact in facts.items() if fact.readable]
        pictures = {path: data_uri(data) for path, data in report.thumbnails.pictures(readable) if data}
        return cls(facts, report.class_map.indices, frozenset(report.parts), pictures)

    def shot(self, path: str) -> Shot:
        """One file."""
        first, _, rest = path.partition("/")
        part, inside = (first, rest) if first in self.parts else ("", path)
        label = inside.partition("/")[0] if "/" in inside else ""
        fact = self.facts.get(path)
        note = "" if fact is None else fact.fault or fact.damage or fact.suspected
        return Shot(
            path=shown(path),
            label=shown(label),
            index=self.classes.get(label, -1),
            part=shown(part),
            picture=self.pictures.get(path, ""),
            note=shown(note),
        )


def told(finding: Finding, anchor: str, shooter: Shooter) -> Told:
    """One finding with its files."""
    groups = _groups(finding, shooter)
    whole = len(finding.groups or finding.files)
    seen = len(groups) if finding.groups else sum(len(group.shots) for group in groups)
    whole_is_shown = bool(groups) and seen == whole and not any(group.more for group in groups)
    names = [] if whole_is_shown else _names(finding)
    return Told(
        anchor=anchor,
        check=shown(finding.check),
        severity=str(finding.severity),
        message=shown(finding.message),
        remedy=shown(finding.remedy),
        accepted=accepted_told(finding),
        numbers=tuple(_numbers(finding)),
        groups=groups,
        grouped=bool(finding.groups),
        left_out=whole - seen if groups else 0,
        names=tuple(names),
        unlisted=whole - len(names) if names else 0,
    )


def _groups(finding: Finding, shooter: Shooter) -> tuple[Group, ...]:
    """The files to be shown; names that are no images (folders) are only listed."""
    if finding.groups:
        chosen = _chosen(finding)
        return tuple(
            Group(tuple(shooter.shot(path) for path in some), len(whole) - len(some))
            for some, whole in zip(chosen, finding.groups, strict=False)
        )
    images = [path for path in _chosen(finding)[0] if path in shooter.facts]
    return (Group(tuple(shooter.shot(path) for path in images)),) if images else ()


def _names(finding: Finding) -> list[str]:
    lines = [shown(group_line(finding.check, group, most=_OF_A_LINE)) for group in finding.groups[:_NAMES]]
    return lines or [shown(path) for path in finding.files[:_NAMES]]


def _numbers(finding: Finding) -> Iterator[tuple[str, str]]:
    """Names and values, without those that the message says or a table shows."""
    for name, value in finding.numbers.items():
        written = _number(value)
        said = re.search(rf"(?<![\d.,]){re.escape(written)}(?![\d]|[.,]\d)", finding.message)
        if not said and not told_in_table(finding, name):
            yield shown(name.replace("_", " ")), written


def _chosen(finding: Finding) -> list[list[str]]:
    """The files to be shown: the first groups; of files without groups the first if ranked, else some, evenly."""
    if not finding.groups:
        room = _room(finding)
        return [list(finding.files[:room]) if finding.check in _RANKED else evenly(finding.files, room)]
    out: list[list[str]] = []
    room = _room(finding)
    for group in finding.groups:
        shown_of_it = list(group[:_OF_A_GROUP])
        if len(shown_of_it) > room:
            break
        out.append(shown_of_it)
        room -= len(shown_of_it)
    return out


def _room(finding: Finding) -> int:
    return FEWER if finding.severity is Severity.INFO else PICTURES


def evenly(items: Sequence[str], most: int) -> list[str]:
    """At most `most` of them, spread over the whole, first and last among them."""
    if len(items) <= most:
        return list(items)
    return [items[i * (len(items) - 1) // (most - 1)] for i in range(most)]


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"
