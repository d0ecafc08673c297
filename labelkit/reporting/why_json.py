"""Why images are where they are, for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from labelkit.domain.explanation import AskedAgain, ExplainedVote, Explanation, PastDecision


def why_json(explanations: Sequence[Explanation]) -> dict[str, object]:
    """The object of `labelkit why --json`."""
    return {"schema": 1, "images": [_image(e) for e in explanations]}


def _image(e: Explanation) -> dict[str, object]:
    return {
        "image": e.image,
        "source": e.source or None,
        "base_dir": e.base_dir,
        "placed": e.placed or None,
        "mode": str(e.mode) if e.mode else None,
        "stands": e.stands,
        "state": str(e.state) if e.state else None,
        "label": e.label,
        "by": str(e.by) if e.by else None,
        "name": e.name or None,
        "why": e.why,
        "votes": [_vote(v) for v in e.votes],
        "run": {"id": e.run, "started": e.started, "policy": e.policy} if e.run else None,
        "rows": list(e.rows),
        "earlier": [_past(p) for p in e.earlier],
        "again": _again(e.again) if e.again else None,
    }


def _vote(v: ExplainedVote) -> dict[str, object]:
    return {
        "source": v.source,
        "vote": v.said,
        "decided": v.decided,
        "kind": v.kind or None,
        "place": v.place,
        "priority": v.priority,
        "columns": {name: list(cells) for name, cells in v.columns.items()},
        "features": dict(v.features),
        "parameters": dict(v.parameters),
        "text": v.text or None,
        "mapping": dict(v.mapping),
        "file": {"path": v.file.file, "sha256": v.file.sha256} if v.file else None,
    }


def _past(p: PastDecision) -> dict[str, object]:
    return {
        "run": p.run,
        "started": p.started,
        "state": str(p.state),
        "label": p.label,
        "by": str(p.by),
        "name": p.name or None,
        "why": p.why,
        "taken_back_by": p.taken_back_by or None,
    }


def _again(a: AskedAgain) -> dict[str, object]:
    return {
        "said": a.said,
        "same": a.same,
        "state": str(a.state) if a.state else None,
        "label": a.label,
        "changed": [asdict(c) for c in a.changed],
        "notes": list(a.notes),
    }
