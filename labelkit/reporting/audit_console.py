"""An audit for a person: what each index means first, then what is there, then what is wrong."""

from __future__ import annotations

import json

from rich.console import Console
from rich.table import Table
from rich.text import Text

from labelkit.domain.audit import AuditReport
from labelkit.domain.classes import OrderSource
from labelkit.domain.findings import Finding, Severity
from labelkit.domain.loaders import LOADER_TITLES, LoaderSummary
from labelkit.domain.names import shown
from labelkit.reporting.console import Column, bar, count, cut_middle, percent, plain, print_table, say

_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "dim"}
_FILES_SHOWN = 3
_FILES_VERBOSE = 50
_SPLITTING = "flow_from_directory"
_FEW_CLASSES = 12
"""More classes than this do not fit one line; a table shows them."""

_ORDER = {
    OrderSource.DECLARED: "declared order",
    OrderSource.LEDGER: "order recorded by sort",
    OrderSource.NUMERIC: "numeric order",
    OrderSource.TEXT: "text order",
}


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
    if report.classes and (verbose or not _agree(report)):
        say(console)
        _show_loaders(report, console)
    say(console)
    _show_findings(report, console, verbose=verbose)
    say(console, _closing(report))


def _agree(report: AuditReport) -> bool:
    return all(s.class_indices == report.class_map.indices for s in report.loaders)


def _show_indices(report: AuditReport, console: Console) -> None:
    names = report.class_map.classes
    if not names:
        say(console, f"{report.base_dir}: no class folders", style="bold")
        return
    told = ", ".join(f"index {i} = {name}" for i, name in enumerate(names[:_FEW_CLASSES]))
    more = f", … {len(names):,} classes" if len(names) > _FEW_CLASSES else ""
    say(
        console,
        f"{told}{more} ({_ORDER[report.class_map.source]}{_agreement(report)}): {_meaning(report)}",
        style="bold",
    )
    listed = "[" + ", ".join(json.dumps(name, ensure_ascii=False) for name in names) + "]"
    say(console, f"in your own script: classes={listed}{_name_of(report, listed)}")


def _agreement(report: AuditReport) -> str:
    if not _agree(report):
        return "; not every loader's" if len(report.loaders) > 1 else "; not this loader's"
    return "; all five loaders agree" if len(report.loaders) == len(LOADER_TITLES) else "; the loader agrees"


def _meaning(report: AuditReport) -> str:
    if report.class_map.positive is not None:
        return f"one output near 1 means {report.class_map.positive}"
    return "the largest of the outputs, in this order, names the class"


def _name_of(report: AuditReport, listed: str) -> str:
    return f";  name = {listed}[int(p > 0.5)]" if report.class_map.positive is not None else ""


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
        rows.append([LOADER_TITLES[s.loader], *cells, f"{s.reads:,}", f"{s.skips:,}", _remark(report, s)])
    print_table(console, columns, rows)


def _remark(report: AuditReport, summary: LoaderSummary) -> str:
    ours = report.class_map.indices
    if summary.note:
        return summary.note
    if summary.class_indices == ours:
        return ""
    if set(summary.class_indices) != set(ours):
        return "other classes"
    order = "text order: " if list(summary.class_indices) == sorted(summary.class_indices) else ""
    return order + ("the other way round" if len(ours) == 2 else "another order")  # noqa: PLR2004 - two have but one other


def _show_findings(report: AuditReport, console: Console, *, verbose: bool) -> None:
    if not report.findings:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in report.findings:
        style = _STYLE[finding.severity]
        table.add_row(
            Text(finding.severity, style=style), Text(finding.check), _told(finding, console, verbose=verbose)
        )
    console.print(table)


def _told(finding: Finding, console: Console, *, verbose: bool) -> Text:
    lines = [finding.message]
    if finding.remedy:
        lines.append(finding.remedy)
    limit = _FILES_VERBOSE if verbose else _FILES_SHOWN
    if finding.groups:
        lines += [" = ".join(group) for group in finding.groups[:limit]]
        lines += _and_more(len(finding.groups), limit)
    elif finding.files:
        lines += finding.files[:limit]
        lines += _and_more(len(finding.files), limit)
    return Text("\n".join(plain(console, shown(line)) for line in lines))


def _and_more(total: int, limit: int) -> list[str]:
    return [f"and {total - limit:,} more"] if total > limit else []


def _closing(report: AuditReport) -> str:
    errors, warnings = report.count(Severity.ERROR), report.count(Severity.WARNING)
    grave = count(errors, "error") if errors else "no errors"
    told = f"{grave}, {count(warnings, 'warning') if warnings else 'no warnings'}"
    return told if report.gate.passed else f"{told}: not passed (--fail-on {report.gate.fail_on})"
