"""What an audit says in words, the same on the console and on the page."""

from __future__ import annotations

import json
from collections.abc import Sequence

from labelkit.domain.audit import AuditReport
from labelkit.domain.baseline import BaselineCount
from labelkit.domain.classes import OrderSource
from labelkit.domain.findings import Finding, Severity
from labelkit.domain.loaders import LOADER_TITLES, LoaderSummary
from labelkit.reporting.console import count

FEW_CLASSES = 12
"""More classes than this do not fit one line; a table shows them."""

_ORDER = {
    OrderSource.DECLARED: "declared order",
    OrderSource.LEDGER: "order recorded by sort",
    OrderSource.NUMERIC: "numeric order",
    OrderSource.TEXT: "text order",
}


def agree(report: AuditReport) -> bool:
    """Whether every loader numbers the classes as the class map does."""
    return all(s.class_indices == report.class_map.indices for s in report.loaders)


def order_told(report: AuditReport) -> str:
    """Where the order comes from, and who shares it: 'text order; all five loaders agree'."""
    return f"{_ORDER[report.class_map.source]}; {_agreement(report)}"


def _agreement(report: AuditReport) -> str:
    if not agree(report):
        return "not every loader's" if len(report.loaders) > 1 else "not this loader's"
    return "all five loaders agree" if len(report.loaders) == len(LOADER_TITLES) else "the loader agrees"


def meaning(report: AuditReport) -> str:
    """What the network's output says of a class."""
    if report.class_map.positive is not None:
        return f"one output near 1 means {report.class_map.positive}"
    return "the largest of the outputs, in this order, names the class"


def for_own_script(report: AuditReport) -> str:
    """Python for a person's own script: the order to hand to a loader, and how to read one output."""
    listed = "[" + ", ".join(json.dumps(name, ensure_ascii=False) for name in report.class_map.classes) + "]"
    named = f";  name = {listed}[int(p > 0.5)]" if report.class_map.positive is not None else ""
    return f"classes={listed}{named}"


def remark(report: AuditReport, summary: LoaderSummary) -> str:
    """How one loader's numbering differs; empty when it does not."""
    ours = report.class_map.indices
    if summary.note:
        return summary.note
    if summary.class_indices == ours:
        return ""
    if set(summary.class_indices) != set(ours):
        return "other classes"
    order = "text order: " if list(summary.class_indices) == sorted(summary.class_indices) else ""
    return order + ("the other way round" if len(ours) == 2 else "another order")  # noqa: PLR2004 - two have but one other


def counted_findings(report: AuditReport) -> str:
    """'1 error, 2 warnings', 'no errors, no warnings'; accepted ones are not counted."""
    errors, warnings = report.count(Severity.ERROR), report.count(Severity.WARNING)
    grave = count(errors, "error") if errors else "no errors"
    return f"{grave}, {count(warnings, 'warning') if warnings else 'no warnings'}"


def closing(report: AuditReport) -> str:
    """The last line: what was found, and whether the gate is passed."""
    told = counted_findings(report)
    return told if report.gate.passed else f"{told}: not passed (--fail-on {report.gate.fail_on})"


def baseline_told(held: BaselineCount) -> str:
    """What became of the accepted findings."""
    told = f"baseline: {count(held.accepted, 'entry', 'entries')} accepted"
    if not held.gone:
        return told
    return f"{told}, {held.gone:,} gone (write it again, to be told when such a thing comes back)"


def accepted_told(finding: Finding) -> str:
    """How much of one finding the baseline accepts; empty for nothing."""
    if not finding.accepted:
        return ""
    noun = "group" if finding.groups else "file"
    return f"new: {count(len(finding.groups or finding.files), noun)}; the baseline accepts {finding.accepted:,} more"


def group_line(check: str, group: Sequence[str], *, most: int) -> str:
    """Files that belong together, as one line: 'a.png = b.png and 4 more'; only the same bytes are equal."""
    more = f" and {len(group) - most:,} more" if len(group) > most else ""
    return (" = " if check == "exact_duplicates" else ", ").join(group[:most]) + more


def unrun(report: AuditReport) -> list[str]:
    """The checks that were not run, each with the reason."""
    return [f"{run.name}: {run.skipped}" for run in report.checks if run.skipped]
