"""The checks that there are: each once, with its default severity; all else is derived from this list."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from labelkit.auditing.checks.blurry import blurry
from labelkit.auditing.checks.class_imbalance import class_imbalance
from labelkit.auditing.checks.class_order import class_order
from labelkit.auditing.checks.damaged import damaged
from labelkit.auditing.checks.dark import dark
from labelkit.auditing.checks.decoders import decoders, why_no_decoders
from labelkit.auditing.checks.downscale import downscale
from labelkit.auditing.checks.drift import drift, why_no_drift
from labelkit.auditing.checks.empty_class import empty_class
from labelkit.auditing.checks.exact_duplicates import exact_duplicates
from labelkit.auditing.checks.label import label, why_no_labels
from labelkit.auditing.checks.leaky_splits import leaky_splits
from labelkit.auditing.checks.light import light
from labelkit.auditing.checks.low_information import low_information
from labelkit.auditing.checks.mixed_modes import mixed_modes
from labelkit.auditing.checks.near_duplicates import near_duplicates
from labelkit.auditing.checks.no_validation import no_validation
from labelkit.auditing.checks.odd_aspect_ratio import odd_aspect_ratio
from labelkit.auditing.checks.odd_size import odd_size
from labelkit.auditing.checks.outlier import outlier, why_no_outliers
from labelkit.auditing.checks.skipped_by_loader import skipped_by_loader
from labelkit.auditing.checks.spurious_correlations import spurious_correlations
from labelkit.auditing.checks.stray_class import stray_class
from labelkit.auditing.checks.twin_classes import twin_classes
from labelkit.auditing.checks.unreadable import unreadable
from labelkit.auditing.checks.wrong_extension import wrong_extension
from labelkit.auditing.evidence import Evidence
from labelkit.auditing.shortcut_subject import why_no_shortcuts
from labelkit.auditing.verdict import Verdict
from labelkit.domain.audit import CheckRun
from labelkit.domain.errors import UsageError
from labelkit.domain.findings import Finding, Severity
from labelkit.domain.names import did_you_mean


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, its default severity (a verdict may carry its own), and how it judges.

    Attributes:
        cannot: why it cannot judge this evidence; empty when it can.

    """

    name: str
    severity: Severity
    judge: Callable[[Evidence], Iterable[Verdict]]
    cannot: Callable[[Evidence], str] = lambda _: ""


CHECKS: tuple[Check, ...] = (
    Check("class_order", Severity.WARNING, class_order),
    Check("stray_class", Severity.ERROR, stray_class),
    Check("empty_class", Severity.ERROR, empty_class),
    Check("twin_classes", Severity.ERROR, twin_classes),
    Check("unreadable", Severity.ERROR, unreadable),
    Check("damaged", Severity.ERROR, damaged),
    Check("exact_duplicates", Severity.WARNING, exact_duplicates),
    Check("near_duplicates", Severity.WARNING, near_duplicates),
    Check("label", Severity.WARNING, label, why_no_labels),
    Check("leaky_splits", Severity.WARNING, leaky_splits),
    Check("no_validation", Severity.WARNING, no_validation),
    Check("skipped_by_loader", Severity.WARNING, skipped_by_loader),
    Check("wrong_extension", Severity.WARNING, wrong_extension),
    Check("mixed_modes", Severity.WARNING, mixed_modes),
    Check("decoders", Severity.WARNING, decoders, why_no_decoders),
    Check("downscale", Severity.WARNING, downscale),
    Check("dark", Severity.WARNING, dark),
    Check("light", Severity.WARNING, light),
    Check("blurry", Severity.WARNING, blurry),
    Check("low_information", Severity.WARNING, low_information),
    Check("odd_size", Severity.WARNING, odd_size),
    Check("odd_aspect_ratio", Severity.WARNING, odd_aspect_ratio),
    Check("spurious_correlations", Severity.WARNING, spurious_correlations, why_no_shortcuts),
    Check("outlier", Severity.INFO, outlier, why_no_outliers),
    Check("drift", Severity.WARNING, drift, why_no_drift),
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
                raise UsageError(f"'{value}' is no severity for {name}", remedy=did_you_mean(value, list(Severity)))

    def __contains__(self, check: Check) -> bool:
        return not self.why_not(check)

    def why_not(self, check: Check) -> str:
        """Why a check is not run; empty when it is."""
        if check.name in self.ignore:
            return "left out (--ignore)"
        return "" if not self.select or check.name in self.select else "not chosen (--select)"

    def needs(self, names: Collection[str]) -> bool:
        """Whether one of these checks is run."""
        return any(check in self for check in CHECKS if check.name in names)

    def asks_for(self, name: str, *, said: bool) -> bool:
        """Whether a check that runs only when it is asked for is to run: by its own option, or by its name."""
        return (name in self.select or (said and not self.select)) and name not in self.ignore

    def runs(self, evidence: Evidence) -> tuple[CheckRun, ...]:
        """Every check there is, and why it is not run where it is not."""
        return tuple(CheckRun(check.name, self.why_not(check) or check.cannot(evidence)) for check in CHECKS)


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
