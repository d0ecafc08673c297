"""The checks that there are: each once, with its default severity; all else is derived from this list."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from labelkit.auditing.checks.class_imbalance import class_imbalance
from labelkit.auditing.checks.class_order import class_order
from labelkit.auditing.checks.damaged import damaged
from labelkit.auditing.checks.dark import dark
from labelkit.auditing.checks.downscale import downscale
from labelkit.auditing.checks.empty_class import empty_class
from labelkit.auditing.checks.exact_duplicates import exact_duplicates
from labelkit.auditing.checks.light import light
from labelkit.auditing.checks.mixed_modes import mixed_modes
from labelkit.auditing.checks.no_validation import no_validation
from labelkit.auditing.checks.odd_aspect_ratio import odd_aspect_ratio
from labelkit.auditing.checks.odd_size import odd_size
from labelkit.auditing.checks.skipped_by_loader import skipped_by_loader
from labelkit.auditing.checks.stray_class import stray_class
from labelkit.auditing.checks.twin_classes import twin_classes
from labelkit.auditing.checks.unreadable import unreadable
from labelkit.auditing.checks.wrong_extension import wrong_extension
from labelkit.auditing.evidence import Evidence
from labelkit.auditing.verdict import Verdict
from labelkit.domain.errors import UsageError
from labelkit.domain.findings import Finding, Severity
from labelkit.domain.names import did_you_mean


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, its default severity (a verdict may carry its own), and how it judges."""

    name: str
    severity: Severity
    judge: Callable[[Evidence], Iterable[Verdict]]


CHECKS: tuple[Check, ...] = (
    Check("class_order", Severity.WARNING, class_order),
    Check("stray_class", Severity.ERROR, stray_class),
    Check("empty_class", Severity.ERROR, empty_class),
    Check("twin_classes", Severity.ERROR, twin_classes),
    Check("unreadable", Severity.ERROR, unreadable),
    Check("damaged", Severity.ERROR, damaged),
    Check("exact_duplicates", Severity.WARNING, exact_duplicates),
    Check("no_validation", Severity.WARNING, no_validation),
    Check("skipped_by_loader", Severity.WARNING, skipped_by_loader),
    Check("wrong_extension", Severity.WARNING, wrong_extension),
    Check("mixed_modes", Severity.WARNING, mixed_modes),
    Check("downscale", Severity.WARNING, downscale),
    Check("dark", Severity.WARNING, dark),
    Check("light", Severity.WARNING, light),
    Check("odd_size", Severity.WARNING, odd_size),
    Check("odd_aspect_ratio", Severity.WARNING, odd_aspect_ratio),
    Check("class_imbalance", Severity.INFO, class_imbalance),
)
"""Every check, in the order in which findings of one severity are told."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which checks run, and how grave their findings are.

    Attributes:
        select: names of the checks to run; empty for all.
        ignore: names of checks to leave out.
        severity: check name to the severity of all its findings, as settings have it.

    """

    select: Collection[str] = ()
    ignore: Collection[str] = ()
    severity: Mapping[str, str] | None = None

    def check_names(self) -> None:
        """Refuse names and severities that do not exist.

        Raises:
            UsageError: a check or severity that there is none of, with the nearest one.

        """
        known = [check.name for check in CHECKS]
        for name in [*self.select, *self.ignore, *(self.severity or {})]:
            if name not in known:
                raise UsageError(f"no check '{name}'", remedy=did_you_mean(name, known))
        for name, value in (self.severity or {}).items():
            if value not in list(Severity):
                raise UsageError(f"'{value}' is no severity for {name}", remedy=f"known: {', '.join(Severity)}")

    def __contains__(self, check: Check) -> bool:
        return (not self.select or check.name in self.select) and check.name not in self.ignore


def find(evidence: Evidence, choice: Choice) -> tuple[Finding, ...]:
    """Run the chosen checks; the gravest findings first, else in the order of the catalog."""
    own = choice.severity or {}
    found = [
        _finding(check, verdict, own.get(check.name))
        for check in CHECKS
        if check in choice
        for verdict in check.judge(evidence)
    ]
    return tuple(sorted(found, key=lambda f: f.severity.rank))


def _finding(check: Check, verdict: Verdict, overridden: str | None) -> Finding:
    severity = Severity(overridden) if overridden else verdict.severity or check.severity
    return Finding(
        check=check.name,
        severity=severity,
        message=verdict.message,
        remedy=verdict.remedy,
        files=verdict.files,
        groups=verdict.groups,
        numbers=verdict.numbers,
    )
