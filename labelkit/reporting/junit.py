"""An audit as JUnit XML, the way CI systems read it: a test case for each check."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files

from labelkit.domain.audit import AuditReport
from labelkit.domain.findings import FailOn, Finding, Severity
from labelkit.domain.names import shown
from labelkit.reporting.audit_words import accepted_told, counted_findings, group_line

_FILES = 50
"""So many files (groups) of a finding are listed."""


@dataclass(frozen=True, slots=True)
class Case:
    """One check: its findings at the gate or above as one failure, the others as output, all harmless.

    Attributes:
        name: the check.
        skipped: why it was not run; empty when it was.
        headline: first words of the failure; empty when the check passes.
        failure: everything that fails it.
        output: what does not.

    """

    name: str
    skipped: str
    headline: str
    failure: str
    output: str


@dataclass(frozen=True, slots=True)
class Suite:
    """One audited folder."""

    name: str
    summary: str
    seconds: str
    cases: tuple[Case, ...]

    @property
    def failures(self) -> int:
        """Checks that fail."""
        return sum(bool(case.headline) for case in self.cases)

    @property
    def skipped(self) -> int:
        """Checks that were not run."""
        return sum(bool(case.skipped) for case in self.cases)


def junit_xml(reports: Sequence[AuditReport]) -> bytes:
    """The document, UTF-8. Names are written as harmless text: XML 1.0 has no way to write control characters.

    A check fails where one of its findings is at the gate (`--fail-on`) or above; what a baseline accepts does not.
    """
    from jinja2 import Environment, StrictUndefined

    source = (files("labelkit.reporting") / "templates" / "junit.xml").read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source).render(suites=[_suite(r) for r in reports]).encode("utf-8")


def _suite(report: AuditReport) -> Suite:
    return Suite(
        name=shown(report.base_dir),
        summary=counted_findings(report),
        seconds=f"{report.seconds:.3f}",
        cases=tuple(_case(report, run.name, run.skipped) for run in report.checks),
    )


def _case(report: AuditReport, name: str, skipped: str) -> Case:
    own = [finding for finding in report.findings if finding.check == name]
    failing = [finding for finding in own if _fails(finding, report.gate.fail_on)]
    others = [finding for finding in own if finding not in failing]
    accepted = [finding for finding in report.accepted if finding.check == name]
    return Case(
        name=name,
        skipped=skipped,
        headline=shown("; ".join(finding.message for finding in failing)),
        failure=_told(failing),
        output=_told(others) + "".join(f"accepted by the baseline: {shown(f.message)}\n" for f in accepted),
    )


def _fails(finding: Finding, fail_on: FailOn) -> bool:
    return fail_on is not FailOn.NEVER and finding.severity.rank <= Severity(str(fail_on)).rank


def _told(findings: Iterable[Finding]) -> str:
    return "".join(f"{line}\n" for finding in findings for line in _lines(finding))


def _lines(finding: Finding) -> list[str]:
    items = [group_line(finding.check, group, most=_FILES) for group in finding.groups] or list(finding.files)
    more = [f"  and {len(items) - _FILES:,} more"] if len(items) > _FILES else []
    head = [f"{finding.severity}: {finding.message}", accepted_told(finding), finding.remedy]
    return [shown(line) for line in head if line] + [f"  {shown(item)}" for item in items[:_FILES]] + more
