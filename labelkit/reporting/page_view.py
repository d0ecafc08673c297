"""What a page says of one audit: every text harmless, every list bounded; the template only sets it out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from labelkit.domain.audit import AuditReport, ClassCount
from labelkit.domain.facts import ImageFacts
from labelkit.domain.findings import Severity
from labelkit.domain.loaders import LOADER_TITLES, LoaderSummary
from labelkit.domain.names import shown
from labelkit.domain.parts import class_of
from labelkit.domain.units import told_bytes
from labelkit.reporting.audit_words import (
    FEW_CLASSES,
    baseline_told,
    counted_findings,
    for_own_script,
    meaning,
    order_told,
    remark,
    unrun,
)
from labelkit.reporting.console import count, cut_middle, percent
from labelkit.reporting.page_charts import Chart, charts
from labelkit.reporting.page_findings import Shooter, Told, told
from labelkit.reporting.page_shortcuts import Shortcut, shortcuts

_FIRST = 6
"""So many findings stand in the first screen."""

_ROWS = 30
"""So many classes have a row of their own."""

_COLUMNS = 6
"""So many classes have a column in the table of loaders."""

_UNREAD = 500
"""So many files that were not read are listed."""


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class: name, index, images and share as written, the length of its bar (0 to 100), images in each part."""

    name: str
    index: int
    images: str
    share: str
    filled: float
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoaderRow:
    """One loader: its title, the index of each of the first classes, what it reads and skips, how it differs."""

    title: str
    indices: tuple[str, ...]
    reads: str
    skips: str
    split: str
    remark: str


@dataclass(frozen=True, slots=True)
class View:
    """One audit as the template takes it; every text is harmless, every list bounded.

    Attributes:
        title: the folder.
        mood: "error", "warning" or "fine".
        headline: the answer to "may I train on this?".
        summary: what was found, and whether the gate is passed.
        remarks: what else must be known before anything is believed.
        class_map: class names, index 0 first, the first few.
        more_classes: how many more there are.
        meaning: what the output says.
        order: where the order comes from.
        script: Python for a person's own script.
        tiles: a number and what it counts.
        first: the gravest findings.
        parts: folders of the parts.
        classes: one row each; unshown_classes says how many have none.
        unshown_classes: how many classes have no row.
        columns: class names of the loaders' table.
        loaders: one row each.
        findings: all of them, the gravest first.
        accepted: what a baseline accepts in whole: check, message, and how many files.
        baseline: what became of the baseline; empty without one.
        charts: histograms by class.
        shortcuts: what tells the class without the part; empty where it was not looked for.
        unread: path, reason and size of files that were not read; unlisted_unread says how many are not listed.
        unlisted_unread: how many are not listed.
        quiet: checks that ran and found nothing.
        unrun: checks that were not run, and why.

    """

    title: str
    mood: str
    headline: str
    summary: str
    remarks: tuple[str, ...]
    class_map: tuple[str, ...]
    more_classes: int
    meaning: str
    order: str
    script: str
    tiles: tuple[tuple[str, str], ...]
    first: tuple[Told, ...]
    parts: tuple[str, ...]
    classes: tuple[ClassRow, ...]
    unshown_classes: int
    columns: tuple[str, ...]
    loaders: tuple[LoaderRow, ...]
    findings: tuple[Told, ...]
    accepted: tuple[tuple[str, str, str], ...]
    baseline: str
    charts: tuple[Chart, ...]
    shortcuts: tuple[Shortcut, ...]
    unread: tuple[tuple[str, str, str], ...]
    unlisted_unread: int
    quiet: tuple[str, ...]
    unrun: tuple[str, ...]


def view(report: AuditReport, shooter: Shooter, *, number: int) -> View:
    """One audit, ready for the template.

    Args:
        report: what was found.
        shooter: shows its files.
        number: of the report in its page; keeps the places of findings apart.

    """
    findings = tuple(told(f, f"finding-{number}-{i}", shooter) for i, f in enumerate(report.findings, 1))
    names = [shown(name) for name in report.class_map.classes]
    unread = [(fact.path, fact.fault, fact.size) for fact in report.facts if not fact.readable]
    return View(
        title=shown(report.base_dir),
        mood=_mood(report),
        headline=_headline(report),
        summary=_summary(report),
        remarks=tuple(_remarks(report)),
        class_map=tuple(names[:FEW_CLASSES]),
        more_classes=max(0, len(names) - FEW_CLASSES),
        meaning=shown(meaning(report)),
        order=order_told(report),
        script=shown(for_own_script(report)).replace(";  name", "\nname"),
        tiles=tuple(_tiles(report)),
        first=findings[:_FIRST],
        parts=tuple(map(shown, report.parts)),
        classes=tuple(_class_row(report, i, c) for i, c in enumerate(report.classes[:_ROWS])),
        unshown_classes=max(0, len(report.classes) - _ROWS),
        columns=tuple(cut_middle(name, 12) for name in names[:_COLUMNS]),
        loaders=tuple(_loader_row(report, summary) for summary in report.loaders),
        findings=findings,
        accepted=tuple((shown(f.check), shown(f.message), f"{len(f.groups or f.files):,}") for f in report.accepted),
        baseline="" if report.baseline is None else baseline_told(report.baseline),
        charts=charts(report.class_map.classes, _with_class(report)),
        shortcuts=shortcuts((*report.findings, *report.accepted)),
        unread=tuple((shown(path), shown(fault), told_bytes(size)) for path, fault, size in unread[:_UNREAD]),
        unlisted_unread=max(0, len(unread) - _UNREAD),
        quiet=tuple(_quiet(report)),
        unrun=tuple(unrun(report)),
    )


def _mood(report: AuditReport) -> str:
    if report.count(Severity.ERROR):
        return "error"
    return "warning" if report.count(Severity.WARNING) else "fine"


def _headline(report: AuditReport) -> str:
    """The answer to the question that the page is opened with."""
    told_by_mood = {
        "error": "Do not train on this yet",
        "warning": "Look at the warnings, then train",
        "fine": "Nothing stands in the way of training",
    }
    return told_by_mood[_mood(report)]


def _summary(report: AuditReport) -> str:
    infos = report.count(Severity.INFO)
    notes = f", {count(infos, 'note')}" if infos else ""
    gate = "passed" if report.gate.passed else "not passed"
    return f"{counted_findings(report)}{notes}; the gate (--fail-on {report.gate.fail_on}) is {gate}"


def _remarks(report: AuditReport) -> list[str]:
    out = []
    if report.originals:
        out.append("Nothing is placed yet (--mode none): judged are the originals, as if they were.")
    skipped = sum(bool(run.skipped) for run in report.checks)
    if skipped:
        out.append(f"{skipped} of {count(len(report.checks), 'check')} were not run; the end of the page says which.")
    if report.baseline is not None:
        out.append(f"{baseline_told(report.baseline)}.")
    return out


def _tiles(report: AuditReport) -> list[tuple[str, str]]:
    files = report.files
    return [
        (f"{files.seen:,}", "image" if files.seen == 1 else "images"),
        (f"{len(report.classes):,}", "class" if len(report.classes) == 1 else "classes"),
        (f"{files.unreadable:,}", "not read"),
        (f"{files.not_image:,}", "other file" if files.not_image == 1 else "other files"),
    ]


def _class_row(report: AuditReport, index: int, c: ClassCount) -> ClassRow:
    largest = max(other.share for other in report.classes) or 1.0
    return ClassRow(
        name=shown(c.name),
        index=index,
        images=f"{c.images:,}",
        share=percent(c.share, 1.0),
        filled=round(100 * c.share / largest, 2),
        parts=tuple(f"{c.parts.get(part, 0):,}" for part in report.parts),
    )


def _loader_row(report: AuditReport, summary: LoaderSummary) -> LoaderRow:
    names = report.class_map.classes[:_COLUMNS]
    held_out = sum((summary.validation or {}).values())
    return LoaderRow(
        title=LOADER_TITLES[summary.loader],
        indices=tuple(str(summary.class_indices.get(name, "-")) for name in names),
        reads=f"{summary.reads:,}",
        skips=f"{summary.skips:,}",
        split=f"trains on {sum((summary.train or {}).values()):,}, validates on {held_out:,}" if held_out else "",
        remark=shown(remark(report, summary)),
    )


def _with_class(report: AuditReport) -> Iterator[tuple[str, ImageFacts]]:
    """Each image with the name of the folder that it lies in, its part taken off."""
    parts = frozenset(report.parts)
    for fact in report.facts:
        first, _, rest = fact.path.partition("/")
        yield class_of(rest if first in parts else fact.path), fact


def _quiet(report: AuditReport) -> list[str]:
    loud = {finding.check for finding in (*report.findings, *report.accepted)}
    return [run.name for run in report.checks if not run.skipped and run.name not in loud]
