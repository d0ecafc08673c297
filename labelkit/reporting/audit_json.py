"""An audit for other programs: the contract's object, key by key."""

from __future__ import annotations

from collections.abc import Sequence

from labelkit.domain.audit import AuditReport, ClassCount


def audit_json(report: AuditReport) -> dict[str, object]:
    """The contract's object for one folder."""
    return {
        "schema": 1,
        "base_dir": report.base_dir,
        "files": {
            "seen": report.files.seen,
            "readable": report.files.readable,
            "unreadable": report.files.unreadable,
            "not_image": report.files.not_image,
        },
        "classes": [_class(c) for c in report.classes],
        "class_map": report.class_map.as_json(),
        "parts": list(report.parts),
        "originals": report.originals,
        "loaders": {summary.loader: summary.as_json() for summary in report.loaders},
        "findings": [finding.as_json() for finding in report.findings],
        "checks": [{"check": run.name, "skipped": run.skipped} for run in report.checks],
        "accepted": [finding.as_json() for finding in report.accepted],
        "baseline": _baseline(report),
        "gate": {"fail_on": str(report.gate.fail_on), "passed": report.gate.passed},
        "timing": {"seconds": round(report.seconds, 3)},
    }


def _baseline(report: AuditReport) -> dict[str, object] | None:
    held = report.baseline
    return None if held is None else {"accepted": held.accepted, "gone": held.gone}


def _class(c: ClassCount) -> dict[str, object]:
    return {"name": c.name, "images": c.images, "share": round(c.share, 6), "parts": dict(c.parts)}


def audits_json(reports: Sequence[AuditReport]) -> dict[str, object]:
    """One folder: its object. Several: an object with a list of them."""
    if len(reports) == 1:
        return audit_json(reports[0])
    return {"schema": 1, "audits": [audit_json(report) for report in reports]}
