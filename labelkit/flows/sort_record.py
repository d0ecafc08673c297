"""Carry out the plan of a sort, and record what was decided and done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from labelkit.domain.decisions import DecidedBy, Decision, State
from labelkit.domain.placing import Action, Placement, Plan, RunRecord, StepReceipt
from labelkit.domain.table import Table
from labelkit.flows.run import Run
from labelkit.flows.sort_judge import Judged, policy_of
from labelkit.flows.sort_options import SortOptions
from labelkit.plugins.sources import Sources
from labelkit.sorting.policy import votes_of, why
from labelkit.storage.ledger import Ledger
from labelkit.storage.transfer import execute


def carry_out(options: SortOptions, run: Run, judged: Judged, plan: Plan, ledger: Ledger) -> list[StepReceipt]:
    """Record the decisions, do every step, and record the counts; a step that fails does not stop the others."""
    ledger.begin_run(RunRecord(run.id, run.started, options.mode, _arguments(options, judged.sources)))
    found = judged.standing.found
    ledger.forget_placements(found.gone)
    ledger.record_placements(_moved_on(judged))
    ledger.record_decisions(run.id, _news(judged))
    if options.classes:
        ledger.set_classes(options.classes)
    todo = sum(s.action is not Action.KEEP for s in plan.steps)
    run.progress.start("placing", todo)
    receipts = []
    for receipt in execute(plan, ledger, run_id=run.id):
        receipts.append(receipt)
        run.progress.advance(receipt.step.action is not Action.KEEP)
    run.progress.finish()
    states = {str(s): sum(c.state is s for c in judged.choices) for s in State}
    ledger.end_run(run.id, json.dumps({"seen": len(judged.choices), "states": states}))
    return receipts


def _named(metadata: tuple[Path, ...] | Table) -> list[str]:
    return list(metadata.files) if isinstance(metadata, Table) else [str(m) for m in metadata]


def _moved_on(judged: Judged) -> list[Placement]:
    """Placements that are not as recorded: dragged by a person, or with a new stamp on the same content."""
    before = judged.before.placements
    return [p for key, p in judged.standing.placements.items() if before.get(key) != p]


def _arguments(options: SortOptions, sources: Sources) -> str:
    """What the run was asked for, as JSON for the ledger."""
    return json.dumps(
        {
            "sources": [str(s) for s in options.sources],
            "metadata": _named(options.metadata),
            "rules": [{"file": f.path, "sha256": f.sha256} for f in sources.files],
            "expressions": list(options.expressions),
            "label_column": options.label_column,
            "map": dict(options.mapping),
            "parameters": dict(sources.parameters),
            "policy": str(policy_of(options, sources)),
        },
        sort_keys=True,
    )


def _news(judged: Judged) -> Iterator[Decision]:
    """Decisions that differ from what is recorded."""
    rows = dict(judged.matches.records) if judged.matches else {}
    for i, (image, c) in enumerate(zip(judged.scene.images, judged.choices, strict=True)):
        reason = "a person put it there" if c.by is DecidedBy.PERSON else why(judged.columns, i, c.state)
        row = judged.matches.table.row(rows[i]) if judged.matches and i in rows else {}
        decision = Decision(image.key, c.state, c.label, c.by, c.name, reason, votes_of(judged.columns, i), row)
        before = judged.before.decisions.get(image.key)
        if before is None or not before.says_as(decision):
            yield decision
