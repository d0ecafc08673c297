"""What a person means by one sort: the run that ended, and the killed runs of the same folders that it went on from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labelkit.domain.placing import RunRecord


@dataclass(frozen=True, slots=True)
class RunGroup:
    """One sort.

    Attributes:
        run: the run that ended, or the last one when none did.
        killed: the runs before it that never ended, oldest first.
        undone_by: the undo run that ended and took it back; empty when none did.

    """

    run: RunRecord
    killed: tuple[RunRecord, ...] = ()
    undone_by: str = ""

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all its runs, oldest first."""
        return (*(r.id for r in self.killed), self.run.id)


def group_runs(runs: Sequence[RunRecord]) -> list[RunGroup]:
    """Every sort that the ledger knows, oldest first.

    A run that never ended is no state that anybody asked for; the run that follows it goes on from it, and nearly all
    of its decisions are recorded under the killed run's id. So both are one sort, if they sort the same folders and no
    undo stands between them.

    Args:
        runs: all runs, oldest first.

    """
    undone_by = {r.takes_back: r.id for r in runs if r.takes_back and r.counts}
    groups: list[RunGroup] = []
    waiting: list[RunRecord] = []
    for run in runs:
        if waiting and (run.takes_back or _folders(run) != _folders(waiting[-1])):
            groups.append(_group(waiting, undone_by))
            waiting = []
        if run.takes_back:
            continue
        waiting.append(run)
        if run.counts:
            groups.append(_group(waiting, undone_by))
            waiting = []
    if waiting:
        groups.append(_group(waiting, undone_by))
    return groups


def _group(runs: Sequence[RunRecord], undone_by: Mapping[str, str]) -> RunGroup:
    return RunGroup(runs[-1], tuple(runs[:-1]), undone_by.get(runs[-1].id, ""))


def _folders(run: RunRecord) -> object:
    """The source folders that a run was given."""
    try:
        told = json.loads(run.arguments)
    except ValueError:
        return None
    return told.get("sources") if isinstance(told, dict) else None
