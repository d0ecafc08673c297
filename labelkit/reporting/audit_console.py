"""An audit for a person: what each index means first, then what is there, then what is wrong."""

from __future__ import annotations

from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from labelkit.domain.audit import AuditReport
from labelkit.domain.findings import Finding, Severity
from labelkit.domain.loaders import LOADER_TITLES
from labelkit.domain.names import shown
from labelkit.reporting.audit_words import (
    FEW_CLASSES,
    accepted_told,
    agree,
    baseline_told,
    closing,
    for_own_script,
    group_line,
    meaning,
    order_told,
    remark,
    unrun,
)
from labelkit.reporting.console import Column, bar, count, cut_middle, percent, plain, print_table, say

_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "dim"}
_FILES_SHOWN = 3
_FILES_VERBOSE = 50
_SENTENCE = 48
"""Columns that a sentence needs to be read."""

_SPLITTING = "flow_from_directory"


def show_audit(report: AuditReport, console: Console, *, verbose: bool = False) -> None:
    """Print one audit.

    Args:
        report: what was found.
        console: where to.
        verbose: the table of loaders and long lists of files in any case.

    """
    if report.originals:
        say(console, f"{report.base_dir}: nothing is placed (--mode none); judged are the originals, as if they were")
    _show_indices(report, console)
    _show_classes(report, console)
    _show_split(report, console)
    if report.classes and (verbose or not agree(report)):
        say(console)
        _show_loaders(report, console)
    say(console)
    _show_findings(report, console, verbose=verbose)
    for line in unrun(report) if verbose else ():
        say(console, f"not run: {line}")
    if report.baseline is not None:
        say(console, baseline_told(report.baseline))
    say(console, closing(report))


def _show_indices(report: AuditReport, console: Console) -> None:
    names = report.class_map.classes
    if not names:
        say(console, f"{report.base_dir}: no class folders", style="bold")
        return
    told = ", ".join(f"index {i} = {name}" for i, name in enumerate(names[:FEW_CLASSES]))
    more = f", … {len(names):,} classes" if len(names) > FEW_CLASSES else ""
    say(console, f"{told}{more} ({order_told(report)}): {meaning(report)}", style="bold")
    say(console, f"in your own script: {for_own_script(report)}")


def _show_classes(report: AuditReport, console: Console) -> None:
    files = report.files
    where = f" in {' + '.join(report.parts)}" if report.parts else ""
    beside = f", {count(files.not_image, 'other file')}" if files.not_image else ""
    say(console)
    say(
        console,
        f"{report.base_dir}: {count(files.seen, 'image')} in {count(len(report.classes), 'class', 'classes')}{where},"
        f" {files.readable:,} read, {files.unreadable:,} broken{beside} ({report.seconds:.1f} s)",
    )
    columns = [Column(""), Column("images", right=True), Column("share", right=True)]
    columns += [*(Column(part, right=True) for part in report.parts), Column("")]
    rows = [
        [
            *(cut_middle(shown(c.name), 24), f"{c.images:,}", percent(c.share, 1.0)),
            *(f"{c.parts[part]:,}" for part in report.parts),
            bar(console, c.share),
        ]
        for c in report.classes
    ]
    if rows:
        print_table(console, columns, rows)


def _show_split(report: AuditReport, console: Console) -> None:
    """The split that Keras' own loader would make, which goes by file name; class by class where there are two."""
    for s in report.loaders:
        if s.loader == _SPLITTING and s.train and s.validation and any(s.validation.values()):
            of = {name: n + s.train.get(name, 0) for name, n in s.validation.items()}
            told = [f"{cut_middle(name, 10)} {n:,} of {of[name]:,}" for name, n in s.validation.items()]
            if len(told) != 2:  # noqa: PLR2004 - two classes fit the line
                told = [f"{sum(s.validation.values()):,} of {count(sum(of.values()), 'image')}"]
            say(console, f"{s.loader} validates on the first by name: {', '.join(told)}")


def _show_loaders(report: AuditReport, console: Console) -> None:
    """One row a loader: the index of each class (up to four), how many files it reads and passes over."""
    names = report.class_map.classes[:4]
    columns = [Column("loader"), *(Column(cut_middle(shown(n), 10), right=True) for n in names)]
    columns += [Column("reads", right=True), Column("skips", right=True), Column("")]
    rows = []
    for s in report.loaders:
        cells = [str(s.class_indices[n]) if n in s.class_indices else "-" for n in names]
        rows.append([LOADER_TITLES[s.loader], *cells, f"{s.reads:,}", f"{s.skips:,}", remark(report, s)])
    print_table(console, columns, rows)


def _show_findings(report: AuditReport, console: Console, *, verbose: bool) -> None:
    """Three columns; where these leave too little for sentences, what was found stands below the check's name."""
    if not report.findings:
        return
    named = max(len(finding.check) for finding in report.findings) + len("warning") + 2
    beside = console.width - named >= _SENTENCE
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), show_header=False)
    for _ in range(2 if beside else 0):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in report.findings:
        severity, told = Text(finding.severity, style=_STYLE[finding.severity]), _told(finding, verbose=verbose)
        if beside:
            table.add_row(severity, Text(finding.check), _lines(told, console))
        else:
            head = Text.assemble(severity, " ", finding.check)
            table.add_row(Group(head, Padding(_lines(told, console), (0, 0, 0, 2))))
    console.print(table)


def _lines(told: list[str], console: Console) -> Text:
    return Text("\n".join(plain(console, shown(line)) for line in told))


def _told(finding: Finding, *, verbose: bool) -> list[str]:
    lines = [line for line in (finding.message, accepted_told(finding)) if line]
    if finding.remedy:
        lines.append(f"→ {finding.remedy}")
    limit = _FILES_VERBOSE if verbose else _FILES_SHOWN
    if finding.groups:
        lines += [group_line(finding.check, group, most=limit + 1) for group in finding.groups[:limit]]
        lines += _and_more(len(finding.groups), limit)
    elif finding.files:
        lines += finding.files[:limit]
        lines += _and_more(len(finding.files), limit)
    return lines


def _and_more(total: int, limit: int) -> list[str]:
    return [f"and {total - limit:,} more"] if total > limit else []
