"""The held images, for programs."""

from __future__ import annotations

from labelkit.domain.explanation import HeldGroup, HeldReport


def held_json(report: HeldReport) -> dict[str, object]:
    """The object of `labelkit why --held --json`."""
    return {
        "schema": 1,
        "base_dir": report.base_dir,
        "held": report.held,
        "groups": [_group(g) for g in report.groups],
    }


def _group(group: HeldGroup) -> dict[str, object]:
    files = [
        {"file": i.file, "source": i.source, "rows": list(i.rows), "gone": i.gone, "why": i.why or group.why}
        for i in group.images
    ]
    return {"state": str(group.state), "why": group.why, "count": len(files), "files": files}
