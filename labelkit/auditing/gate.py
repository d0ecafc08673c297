"""The gate: whether the findings let a folder pass."""

from __future__ import annotations

from collections.abc import Iterable

from labelkit.domain.audit import Gate
from labelkit.domain.findings import FailOn, Finding, Severity

_LIMIT = {FailOn.ERROR: Severity.ERROR, FailOn.WARNING: Severity.WARNING}


def judge(findings: Iterable[Finding], fail_on: FailOn) -> Gate:
    """Passed unless a finding is as grave as `fail_on` or graver; `never` always passes."""
    limit = _LIMIT.get(fail_on)
    return Gate(fail_on, limit is None or all(f.severity.rank > limit.rank for f in findings))
