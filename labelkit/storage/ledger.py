"""What was done and why: the protocol of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from labelkit.domain.decisions import Decision, ImageKey
from labelkit.domain.placing import Placement, RunRecord, Step, StepReceipt


class Ledger(Protocol):
    """The record of one base_dir. Each method that writes is one durable transaction."""

    def begin_run(self, run: RunRecord) -> None:
        """Record that a run begins."""

    def end_run(self, run_id: str, counts: str) -> None:
        """Record a run's counts (JSON)."""

    def runs(self) -> list[RunRecord]:
        """All runs, oldest first."""

    def decisions(self) -> dict[ImageKey, Decision]:
        """The latest decision about each image."""

    def record_decisions(self, run_id: str, decisions: Iterable[Decision]) -> None:
        """Append decisions; a later one supersedes an earlier one of the same image."""

    def history(self, image: ImageKey) -> list[tuple[str, Decision]]:
        """Every decision about an image with its run id, oldest first."""

    def placements(self) -> dict[ImageKey, Placement]:
        """Where each image stands."""

    def record_placements(self, placements: Iterable[Placement]) -> None:
        """Set where images stand, without a step: a person dragged them, or an image was found in place."""

    def forget_placements(self, images: Iterable[ImageKey]) -> None:
        """Record that images stand nowhere in base_dir any more."""

    def intend(self, run_id: str, steps: Iterable[tuple[Step, str]]) -> None:
        """Write ahead: these steps, each with the name of its temporary file, are about to be done."""

    def settle(self, receipts: Iterable[StepReceipt]) -> None:
        """Record what became of steps; their intents are gone."""

    def intents(self) -> list[tuple[Step, str]]:
        """Steps that were about to be done when an earlier run ended, with their temporary names."""

    def drop_intents(self) -> None:
        """Forget all intents, once recovery has seen to them."""

    def set_classes(self, classes: Iterable[str]) -> None:
        """Record the ordered class names."""

    def classes(self) -> tuple[str, ...]:
        """The ordered class names as recorded; empty when none were."""

    def set_parts(self, parts: Iterable[tuple[str, str]]) -> None:
        """Record parts of the data set: (target path, part name)."""

    def parts(self) -> dict[str, str]:
        """Target path to part name."""

    def close(self) -> None:
        """Let go of the ledger; nothing is left beside its file."""

    def __iter__(self) -> Iterator[Placement]:
        """The placements, sorted by target."""
