"""A split as the contract's JSON object."""

from __future__ import annotations

from labelkit.domain.split import Placed, Side, SplitResult


def split_json(result: SplitResult) -> dict[str, object]:
    """The object that `labelkit split --json` prints."""
    whole = sum(s.images for s in result.sides)
    grouping = result.grouping
    return {
        "schema": 1,
        "base_dir": result.base_dir,
        "recorded_in": result.recorded_in,
        "dry_run": result.dry_run,
        "ratio": dict(result.ratio.shares),
        "groups": {
            "by": grouping.by or None,
            "source": str(grouping.source),
            "count": len(grouping.sizes),
            "images": len(grouping.group_of),
            "torn": list(result.torn),
        },
        "near_duplicates": result.near_duplicates,
        "wholes": result.wholes,
        "images": whole,
        "new": len(result.new),
        "sides": [_side(s, whole) for s in result.sides],
        "left_out": list(result.left_out),
        "unreadable": list(result.unreadable),
        "parts": [{"path": a.path, "part": a.part, "group": a.group or None} for a in result.assigned],
        "placed": None if result.placed is None else _placed(result.placed),
        "timing": {"split": result.seconds},
    }


def _side(side: Side, whole: int) -> dict[str, object]:
    share = side.images / whole if whole else 0.0
    return {
        "part": side.part,
        "images": side.images,
        "share": share,
        "aim": side.aim,
        "classes": dict(side.classes),
    }


def _placed(placed: Placed) -> dict[str, object]:
    return {
        "to": placed.to,
        "mode": placed.mode,
        "why": placed.why or None,
        "planned": placed.planned,
        "done": placed.done,
        "already": placed.already,
        "stale": list(placed.stale),
        "failed": [{"file": file, "why": why} for file, why in placed.failed],
    }
