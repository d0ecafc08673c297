"""A sort as the contract's JSON object."""

from __future__ import annotations

from dataclasses import asdict

from labelkit.domain.placing import Step
from labelkit.domain.sort_result import SortResult


def sort_json(result: SortResult) -> dict[str, object]:
    """The object that `labelkit sort --json` prints; a dry run also holds the plan."""
    out: dict[str, object] = {
        "schema": 1,
        "run": result.run or None,
        "base_dir": result.base_dir,
        "files": {"seen": result.seen, "not_image": result.not_image, "skipped": len(result.skipped)},
        "planned": result.planned,
        "done": result.done,
        "already": result.already,
        "relocated": result.relocated,
        "withdrawn": result.withdrawn,
        "failed": result.failed,
        "states": {**{str(s): n for s, n in result.states.items()}, "missing": result.missing},
        "labels": dict(result.labels),
        "rules": [{**asdict(s), "polarity": list(s.polarity)} for s in result.sources],
        "problems": [asdict(p) for p in result.problems],
        "skipped": [{"path": path, "reason": reason} for path, reason in result.skipped],
        "kept_by_person": [{"file": file, "label": label} for file, label in result.stays],
        "moves": [{"from": a, "to": b, "images": n} for (a, b), n in result.moves.items()],
        "workers": [{"process": process, "images": n} for process, n in result.workers.items()],
        "dry_run": result.dry_run,
        "timing": dict(result.seconds),
    }
    if result.dry_run:
        out["plan"] = [_step(s) for s in result.plan.steps]
    return out


def _step(step: Step) -> dict[str, object]:
    return {
        "action": str(step.action),
        "source": step.image.root,
        "file": step.image.path,
        "from": step.before or None,
        "to": step.target or None,
    }
