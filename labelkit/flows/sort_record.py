"""Carry out the plan of a sort, and record what was decided and done."""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial

from labelkit.domain.decisions import Decision, State, digest_of, told_rows, told_votes
from labelkit.domain.placing import Action, Placement, Plan, RunRecord, StepReceipt
from labelkit.domain.predicted import PredictionsFile
from labelkit.domain.table import Table
from labelkit.domain.votes import VoteColumn
from labelkit.flows.run import Run
from labelkit.flows.sort_arguments import arguments_of
from labelkit.flows.sort_judge import Judged
from labelkit.flows.sort_options import SortOptions
from labelkit.sorting.matching import Matches
from labelkit.sorting.policy import votes_of
from labelkit.storage.ledger import Ledger
from labelkit.storage.transfer import execute

_TOLD = 32
"""Images between two looks of the progress bar, which takes as long over one as placing a link does."""

_Votes = tuple[tuple[str, str], ...]


def carry_out(options: SortOptions, run: Run, judged: Judged, plan: Plan, ledger: Ledger) -> list[StepReceipt]:
    """Record the decisions, do every step, and record the counts; a step that fails does not stop the others."""
    ledger.begin_run(RunRecord(run.id, run.started, options.mode, arguments_of(options, judged).to_json()))
    found = judged.standing.found
    ledger.forget_placements(found.gone)
    ledger.record_placements(_moved_on(judged))
    classes = options.classes or _classes_of_model(options, judged)
    if classes:
        ledger.set_classes(classes)
    record = partial(ledger.record_decisions, run.id, _news(judged))
    todo = sum(s.action is not Action.KEEP for s in plan.steps)
    run.progress.start("placing", todo)
    receipts = []
    records = judged.standing.placements
    with closing(execute(plan, ledger, run_id=run.id, records=records, jobs=run.workers, beforehand=record)) as done:
        for receipt in done:
            receipts.append(receipt)
            if len(receipts) <= todo and len(receipts) % _TOLD == 0:
                run.progress.advance(_TOLD)
    run.progress.finish()
    decided = [c.state for c in judged.choices]
    states = {str(s): decided.count(s) for s in State}
    ledger.end_run(run.id, json.dumps({"seen": len(judged.choices), "states": states}))
    return receipts


def _classes_of_model(options: SortOptions, judged: Judged) -> tuple[str, ...]:
    """The bundle's class order, for a base_dir in which nothing is decided yet: it travels on with the images."""
    given = options.from_predictions
    if not isinstance(given, PredictionsFile) or judged.before.decisions:
        return ()
    return given.classes if {c.label for c in judged.choices} - {None} <= set(given.classes) else ()


def _moved_on(judged: Judged) -> list[Placement]:
    """Placements that are not as recorded: dragged by a person, or with a new stamp on the same content."""
    before = judged.before.placements
    return [p for key, p in judged.standing.placements.items() if before.get(key) != p]


def _news(judged: Judged) -> Iterator[Decision]:
    """Decisions that differ from what is recorded; of the others only the digest is made, and no more is built."""
    inputs = _Inputs(judged)
    before = judged.before.decisions
    for i, (image, c) in enumerate(zip(judged.scene.images, judged.choices, strict=True)):
        if c.kept:
            continue
        was, digest = before.get(image.key), inputs.digest(i)
        if was is None or was != (c.state, c.label, c.by, c.name, c.why, digest):
            yield inputs.decision(i, digest)


class _Inputs:
    """What the decisions of a sort rest on, image by image."""

    def __init__(self, judged: Judged) -> None:
        self._judged = judged
        self._columns = judged.columns
        self._table = judged.matches.table if judged.matches else Table((), (), {}, (), ())
        self._rows = _rows_of(judged.matches)
        self._features = _features_of(judged.columns)
        self._told_rows = told_rows(self._table.columns)
        self._codes = list(zip(*(c.codes for c in judged.columns), strict=True))
        self._reasoned = {i for c in judged.columns for i in c.reasons}
        self._shared_votes: dict[tuple[int, ...], tuple[_Votes, str]] = {}

    def decision(self, i: int, digest: bytes) -> Decision:
        """The decision about one image; with the `digest` of what it rests on."""
        c, rows = self._judged.choices[i], self._rows.get(i, ())
        cells = [self._table.row(row) for row in rows]
        return Decision(
            *(self._judged.scene.images[i].key, c.state, c.label, c.by, c.name, c.why, self._votes(i)[0]),
            row=cells[0] if cells else {},
            features=self._numbers(i) if self._features else {},
            more_rows=tuple(cells[1:]),
            places=tuple([self._table.place(row) for row in rows]),
            digest=digest,
        )

    def digest(self, i: int) -> bytes:
        """The `Decided.rests_on` of that decision."""
        rows = [self._told_rows(row) for row in self._rows.get(i, ())]
        return digest_of(self._votes(i)[1], rows, self._numbers(i) if self._features else {})

    def _votes(self, i: int) -> tuple[_Votes, str]:
        """The votes on one image, and as they are digested; images with the same votes and no reasons share both."""
        codes = self._codes[i] if self._codes else ()
        known = None if i in self._reasoned else self._shared_votes.get(codes)
        if known is None:
            votes = votes_of(self._columns, i)
            known = (votes, told_votes(votes))
            if i not in self._reasoned:
                self._shared_votes[codes] = known
        return known

    def _numbers(self, i: int) -> dict[str, float]:
        return {name: values[i] for name, values in self._features.items() if not math.isnan(values[i])}


def _rows_of(matches: Matches | None) -> dict[int, tuple[int, ...]]:
    """Image index to the rows that speak of it, in the order of the table."""
    rows: dict[int, tuple[int, ...]] = {}
    for image, row in matches.records if matches else ():
        rows[image] = (*rows[image], row) if image in rows else (row,)
    return rows


def _features_of(columns: Sequence[VoteColumn]) -> dict[str, array[float]]:
    """The numbers that rules asked images for, by their recorded names."""
    return {name: values for c in columns for name, values in c.inputs.features.items()}
