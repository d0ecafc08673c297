"""A ledger that lives as long as its process: for dry runs on a new base_dir, and for tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from labelkit.domain.decisions import Decided, DecidedBy, Decision, ImageKey
from labelkit.domain.errors import LedgerError
from labelkit.domain.placing import Change, Placement, RunRecord, StepReceipt, change_of
from labelkit.domain.split import Assigned
from labelkit.storage.ledger import Intent


class MemoryLedger:
    """The in-memory twin of the SQLite ledger: same answers, nothing on disk."""

    def __init__(self) -> None:
        self._runs: dict[str, RunRecord] = {}
        self._decisions: list[tuple[str, Decision]] = []
        self._placements: dict[ImageKey, Placement] = {}
        self._intents: list[Intent] = []
        self._changes: list[Change] = []
        self._parts: list[Assigned] = []
        self._classes: tuple[str, ...] = ()

    def begin_run(self, run: RunRecord) -> None:
        """Record that a run begins."""
        if run.id in self._runs:
            raise LedgerError(f"the ledger has a run {run.id} already")
        self._runs[run.id] = run

    def end_run(self, run_id: str, counts: str) -> None:
        """Record a run's counts (JSON)."""
        self._runs[run_id] = replace(self._known(run_id), counts=counts)

    def runs(self) -> list[RunRecord]:
        """All runs, oldest first."""
        return list(self._runs.values())

    def decisions(self) -> dict[ImageKey, Decision]:
        """The latest decision about each image that was not taken back."""
        back = {r.takes_back for r in self._runs.values() if r.counts}
        return {d.image: d for run, d in self._decisions if run not in back or d.by is DecidedBy.PERSON}

    def decided(self) -> dict[ImageKey, Decided]:
        """What `decisions` say, without what they rest on."""
        return {image: d.decided for image, d in self.decisions().items()}

    def record_decisions(self, run_id: str, decisions: Iterable[Decision]) -> None:
        """Append decisions; a later one supersedes an earlier one of the same image."""
        self._known(run_id)
        self._decisions.extend([(run_id, d) for d in decisions])

    def history(self, image: ImageKey) -> list[tuple[str, Decision]]:
        """Every decision about an image with its run id, oldest first."""
        return [(run, d) for run, d in self._decisions if d.image == image]

    def placements(self) -> dict[ImageKey, Placement]:
        """Where each image stands."""
        return dict(self._placements)

    def placement(self, image: ImageKey) -> Placement | None:
        """Where one image stands; None for nowhere."""
        return self._placements.get(image)

    def placed_at(self, target: str) -> ImageKey | None:
        """The image that stands at a path; None where none does."""
        return next((key for key, p in self._placements.items() if p.target == target), None)

    def record_placements(self, placements: Iterable[Placement]) -> None:
        """Set where images stand, without a step."""
        self._placements.update({p.image: p for p in placements})

    def forget_placements(self, images: Iterable[ImageKey]) -> None:
        """Record that images stand nowhere in base_dir any more."""
        for image in images:
            self._placements.pop(image, None)

    def intend(self, *batches: Sequence[Intent]) -> None:
        """Write ahead: these steps, and no others, are under way."""
        self._intents = [i for batch in batches for i in batch]

    def settle(self, run_id: str, receipts: Iterable[StepReceipt], *then: Sequence[Intent]) -> None:
        """Record what became of steps, and what they changed; `then` is what is under way."""
        self._known(run_id)
        for r in receipts:
            change = change_of(run_id, r, self._placements.get(r.step.image))
            if change is not None:
                self._changes.append(change)
            if r.placement is not None:
                self._placements[r.step.image] = r.placement
            elif not r.failure:
                self._placements.pop(r.step.image, None)
        self._intents = [i for batch in then for i in batch]

    def intents(self) -> list[Intent]:
        """Steps that are under way, or were when an earlier run ended."""
        return list(self._intents)

    def changes(self) -> list[Change]:
        """Every step that was done, oldest first."""
        return list(self._changes)

    def record_parts(self, assigned: Iterable[Assigned]) -> None:
        """Append assignments to parts."""
        self._parts.extend(assigned)

    def parts(self) -> list[Assigned]:
        """Every assignment to a part, oldest first."""
        return list(self._parts)

    def set_classes(self, classes: Iterable[str]) -> None:
        """Record the ordered class names."""
        self._classes = tuple(classes)

    def classes(self) -> tuple[str, ...]:
        """The ordered class names as recorded; empty when none were."""
        return self._classes

    def close(self) -> None:
        """Nothing to let go of."""

    def _known(self, run_id: str) -> RunRecord:
        if run_id not in self._runs:
            raise LedgerError(f"the ledger knows no run {run_id}")
        return self._runs[run_id]
