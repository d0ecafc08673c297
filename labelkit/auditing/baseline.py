"""Hold an audit against the findings that a person has accepted: what is left is new.

A file is known by its SHA-256: renamed or moved it stays accepted, and with another content it is new. A group (copies
of one image) is known by the contents of all its files: fewer of them stay accepted; one more, or the same ones across
classes where they lay within one, are new. What is said about the whole set is known by what is said, numbers taken
out: a finding without files, or with files that are mere examples, or a warning or info about more than half of the
images. It is new when it says something else, and when the share of the images has grown by more than a tenth.
Whatever has become graver is new. Errors are accepted file by file, however many they are: one more broken file is
never swallowed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from labelkit.auditing.gate import judge
from labelkit.domain.audit import AuditReport
from labelkit.domain.baseline import Baseline, BaselineCount, Known
from labelkit.domain.findings import Finding, Severity

_MOST = 0.5
"""From this share of the images on a warning or info is about the set."""

_GROWN = 1.1
"""A share that has grown by more than this factor is new."""

_WITH_EXAMPLES = frozenset(["spurious_correlations", "drift"])
"""Checks that judge the whole set, and whose files only show it; what they say first is what they found."""

_NUMBER = re.compile(r"""(?<!['"\w])\d[\d.,]*(?!['"\w])""")
"""A number, but for one in quotes, which is a name: of a class, mostly."""

_AMOUNT = re.compile(r"(?:\ball )?#(?: of #)? (?:image|file|group)s?\b")


@dataclass(frozen=True, slots=True)
class _Unit:
    """One thing in a finding that is accepted or not: a file, a group, or the whole."""

    known: Known
    files: tuple[str, ...] = ()


def baseline_of(report: AuditReport) -> Baseline:
    """Everything that an audit found, to be accepted from now on; each thing once, sorted."""
    look = _Look(report)
    known = {unit.known for finding in report.findings for unit in look.units(finding)}
    return Baseline(tuple(sorted(known, key=_order)))


def hold_against(report: AuditReport, baseline: Baseline) -> AuditReport:
    """The report with new findings only; accepted ones stand in `accepted`, and do not count at the gate."""
    look, accepted = _Look(report), _Accepted(baseline)
    new, old = [], []
    for finding in report.findings:
        rest = accepted.rest_of(finding, look)
        if rest is None:
            old.append(finding)
        else:
            new.append(rest)
    ran = {run.name for run in report.checks if not run.skipped}
    return replace(
        report,
        findings=tuple(new),
        accepted=tuple(old),
        baseline=accepted.count(ran),
        gate=judge(new, report.gate.fail_on),
    )


class _Look:
    """What the files of a report hold, and where they lie."""

    def __init__(self, report: AuditReport) -> None:
        self._sha256: Mapping[str, str] = {fact.path: fact.sha256 for fact in report.facts}
        self._parts = frozenset(report.parts)
        self._images = report.files.seen

    def units(self, finding: Finding) -> list[_Unit]:
        """Its groups, else its files, else the finding itself."""
        if finding.groups:
            return [self._group(finding, group) for group in finding.groups]
        if self._is_about_the_set(finding):
            return [self.whole(finding)]
        return self.each(finding)

    def each(self, finding: Finding) -> list[_Unit]:
        """One for each of its files."""
        return [
            _Unit(Known(finding.check, finding.severity, (self._content(path),), told=(path,)), (path,))
            for path in finding.files
        ]

    def whole(self, finding: Finding) -> _Unit:
        """The finding as something about the set."""
        known = Known(
            finding.check,
            finding.severity,
            kind=_kind(finding),
            share=0.0 if finding.check in _WITH_EXAMPLES else self._share(finding),
            told=(finding.message,),
        )
        return _Unit(known, finding.files)

    def _group(self, finding: Finding, group: tuple[str, ...]) -> _Unit:
        known = Known(
            finding.check,
            finding.severity,
            contents=tuple(sorted(self._content(path) for path in group)),
            across=self._across(group),
            told=group,
        )
        return _Unit(known, group)

    def _is_about_the_set(self, finding: Finding) -> bool:
        if not finding.files or finding.check in _WITH_EXAMPLES:
            return True
        return finding.severity is not Severity.ERROR and self._share(finding) > _MOST

    def _share(self, finding: Finding) -> float:
        images = sum(path in self._sha256 for path in finding.files)
        return round(images / self._images, 4) if self._images else 0.0

    def _content(self, path: str) -> str:
        return self._sha256.get(path) or f"name:{path}"

    def _across(self, group: Iterable[str]) -> str:
        places = [self._place(path) for path in group]
        classes, parts = {label for _, label in places}, {part for part, _ in places}
        return ", ".join(["classes"] * (len(classes) > 1) + ["parts"] * (len(parts) > 1))

    def _place(self, path: str) -> tuple[str, str]:
        """(part, class); empty for none."""
        first, _, rest = path.partition("/")
        part = first if first in self._parts else ""
        inside = rest if part else path
        return part, inside.partition("/")[0] if "/" in inside else ""


class _Accepted:
    """The entries of a baseline, found by what they speak of, and which of them were met."""

    def __init__(self, baseline: Baseline) -> None:
        self._all = baseline.known
        self._met: set[Known] = set()
        self._files: dict[tuple[str, str], list[Known]] = {}
        self._groups: dict[tuple[str, str], list[Known]] = {}
        self._wholes: dict[tuple[str, str], list[Known]] = {}
        for known in baseline.known:
            self._file(known)

    def _file(self, known: Known) -> None:
        if not known.contents:
            self._wholes.setdefault((known.check, known.kind), []).append(known)
        elif len(known.contents) == 1:
            self._files.setdefault((known.check, known.contents[0]), []).append(known)
        else:
            for content in set(known.contents):
                self._groups.setdefault((known.check, content), []).append(known)

    def rest_of(self, finding: Finding, look: _Look) -> Finding | None:
        """The finding with what is new of it; None when nothing is."""
        if not finding.groups and self._meets_whole(look.whole(finding).known):
            return None
        by_file = finding.files and not finding.groups and finding.check not in _WITH_EXAMPLES
        units = look.each(finding) if by_file else look.units(finding)
        new = [unit for unit in units if not self._meets(unit.known)]
        if not new:
            return None
        if len(new) == len(units):
            return finding
        return replace(
            finding,
            files=tuple(sorted({path for unit in new for path in unit.files})),
            groups=tuple(unit.files for unit in new) if finding.groups else (),
            accepted=len(units) - len(new),
        )

    def count(self, ran: set[str]) -> BaselineCount:
        """How many entries were met, and how many of checks that ran were not."""
        gone = sum(known.check in ran and known not in self._met for known in self._all)
        return BaselineCount(len(self._met), gone)

    def _meets_whole(self, now: Known) -> bool:
        hits = [k for k in self._wholes.get((now.check, now.kind), ()) if now.share <= k.share * _GROWN]
        return self._note(now, hits)

    def _meets(self, now: Known) -> bool:
        if len(now.contents) == 1:
            return self._note(now, self._files.get((now.check, now.contents[0]), []))
        if not now.contents:
            return False  # asked for as a whole already
        candidates = self._groups.get((now.check, now.contents[0]), [])
        return self._note(now, [known for known in candidates if _holds(known, now)])

    def _note(self, now: Known, hits: Iterable[Known]) -> bool:
        fitting = [known for known in hits if now.severity.rank >= known.severity.rank]
        self._met.update(fitting)
        return bool(fitting)


def _holds(known: Known, now: Known) -> bool:
    """Whether an accepted group holds all of this one, and lies across no less."""
    within = Counter(now.contents) <= Counter(known.contents)
    return within and set(now.across.split(", ")) <= {"", *known.across.split(", ")}


def kind_of(message: str) -> str:
    """What a message says without its numbers: 'all 93 images are dark' and '61 of 90 images are dark' say the same."""
    return _AMOUNT.sub("#", _NUMBER.sub("#", message))


def _kind(finding: Finding) -> str:
    kind = kind_of(finding.message)
    return re.split(r" ?[(,;]", kind, maxsplit=1)[0] if finding.check in _WITH_EXAMPLES else kind


def _order(known: Known) -> tuple[str, int, str, tuple[str, ...], tuple[str, ...]]:
    return (known.check, known.severity.rank, known.kind, known.told, known.contents)
