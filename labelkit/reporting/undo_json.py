"""An undo, and the list of runs, as the contract's JSON objects."""

from __future__ import annotations

from dataclasses import asdict

from labelkit.domain.placing import Action, Step
from labelkit.domain.undo_result import RunLine, RunList, UndoResult

_DONE = {"withdrawn": Action.WITHDRAW, "relocated": Action.RELOCATE, "placed": Action.PLACE}


def undo_json(result: UndoResult) -> dict[str, object]:
    """The object that `labelkit undo --json` prints; a dry run also holds the plan."""
    out: dict[str, object] = {
        "schema": 1,
        "run": result.run or None,
        "takes_back": result.takes_back or None,
        "killed": list(result.killed),
        "already": result.already,
        "base_dir": result.base_dir,
        "planned": result.planned,
        "done": {name: result.done.get(action, 0) for name, action in _DONE.items()},
        "left": [asdict(x) for x in result.left],
        "dry_run": result.dry_run,
        "timing": dict(result.seconds),
    }
    if result.dry_run:
        out["plan"] = [_step(s) for s in result.steps]
    return out


def _step(step: Step) -> dict[str, object]:
    return {
        "action": str(step.action),
        "source": step.image.root,
        "file": step.image.path,
        "from": step.before or None,
        "to": step.target or None,
    }


def runs_json(runs: RunList) -> dict[str, object]:
    """The object that `labelkit undo --list --json` prints."""
    return {"schema": 1, "base_dir": runs.base_dir, "runs": [_run(r) for r in runs.runs]}


def _run(r: RunLine) -> dict[str, object]:
    return {
        "run": r.run,
        "started": r.started,
        "mode": str(r.mode),
        "ended": r.ended,
        "placed": r.placed,
        "relocated": r.relocated,
        "withdrawn": r.withdrawn,
        "takes_back": r.takes_back or None,
        "taken_back_by": r.taken_back_by or None,
        "part_of": r.part_of or None,
    }
