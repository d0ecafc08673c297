"""An evaluation as the JSON object of `labelkit evaluate --json`, and its mistakes as a table."""

from __future__ import annotations

import csv
from dataclasses import asdict
from pathlib import Path

from labelkit.domain.evaluation import CostThreshold, Evaluation, GroupScore, RejectCurve, Reversal
from labelkit.domain.spreadsheet import cell


def evaluation_json(found: Evaluation) -> dict[str, object]:
    """The object; seconds only under `timing`."""
    return {
        "schema": 1,
        "bundle": found.bundle,
        "base_dir": found.base_dir,
        "class_map": found.card.class_map.as_json(),
        "images": found.metrics.images,
        "classes": [{"name": name, "images": n} for name, n in found.counts.items()],
        "metrics": found.metrics.as_json(),
        "calibration": asdict(found.calibration),
        "reliability": [{**asdict(b), "accuracy": b.accuracy} for b in found.reliability],
        "reject_curve": _reject_curve(found.reject_curve),
        "threshold": _threshold(found.threshold),
        "scores": asdict(found.scores) if found.scores else None,
        "groups": [_group(g) for g in found.groups],
        "mistakes": [asdict(m) for m in found.mistakes],
        "reversal": _reversal(found.reversal),
        "timing": {"seconds": round(found.seconds, 3)},
    }


def write_mistakes(path: Path, found: Evaluation) -> None:
    """Write every mistake, the surest first, as a table which Excel opens rightly: UTF-8 with BOM, no cell a formula.

    Raises:
        OSError: the file cannot be written.

    """
    with path.open("w", encoding="utf-8-sig", newline="") as f:
        table = csv.writer(f)
        table.writerow(["file", "really", "said", "probability of its own class", "verdict"])
        table.writerows(
            [cell(m.path), cell(m.really), cell(m.said), f"{m.probability:.6g}", ""] for m in found.mistakes
        )


def _threshold(found: CostThreshold | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {
        "costs": asdict(found.costs),
        "threshold": found.threshold,
        "at_threshold": found.at_threshold.as_json(found.costs),
        "at_half": found.at_half.as_json(found.costs),
    }


def _reject_curve(found: RejectCurve | None) -> dict[str, object] | None:
    """Every line on the reject class; `points` are (threshold, escapes, overkills)."""
    if found is None:
        return None
    return {
        "reject": found.reject,
        "lines": [
            {"kind": str(line.kind), "threshold": line.threshold, **line.counts.as_json()} for line in found.lines
        ],
        "points": [list(point) for point in found.points],
    }


def _group(g: GroupScore) -> dict[str, object]:
    return {**asdict(g), "accuracy": g.accuracy}


def _reversal(found: Reversal | None) -> dict[str, object] | None:
    return {**asdict(found), "classes": [found.first, found.second]} if found else None
