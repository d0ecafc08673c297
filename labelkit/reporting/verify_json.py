"""A verification as the contract's JSON object."""

from __future__ import annotations

from dataclasses import asdict

from labelkit.domain.verify_report import VerifyReport


def verify_json(report: VerifyReport) -> dict[str, object]:
    """The object that `labelkit verify --json` prints."""
    return {
        "schema": 1,
        "base_dir": report.base_dir,
        "recorded": report.recorded,
        "as_recorded": report.as_recorded,
        "read": report.read,
        "bytes_read": report.bytes_read,
        "missing": [asdict(d) for d in report.missing],
        "extra": [asdict(x) for x in report.extra],
        "altered": [asdict(d) for d in report.altered],
        "moved": [{"from": m.before, "to": m.now} for m in report.moved],
        "unfinished": [asdict(d) for d in report.unfinished],
        "remarks": [asdict(d) for d in report.remarks],
        "at_work": report.at_work or None,
        "under_way": report.under_way,
        "quick": report.quick,
        "timing": dict(report.seconds),
    }
