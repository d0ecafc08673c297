"""What was done and why: the protocol of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from labelkit.domain.decisions import Decided, Decision, ImageKey
from labelkit.domain.placing import Change, Mode, Placement, RunRecord, Step, StepReceipt
from labelkit.domain.split import Assigned


class Intent(NamedTuple):
    """One step that is about to be done, written down before anything is touched; a tuple, for each image has some.

    Attributes:
        step: the step; with the SHA-256 of the content once that has been read. As long as it is empty in a step that
            copies or moves an image into place, nothing stands under the step's target yet; one that links it there may
            be done without it, and what stands there then tells by itself.
        mode: how the image is placed.
        temporary: the name of its temporary file, in the folder of the step's target (for withdraw: of the source).
        run: the id of the run that is about to do it.

    """

    step: Step
    mode: Mode
    temporary: str
    run: str


class Ledger(Protocol):
    """The record of one base_dir. Each method that writes is one durable transaction.

    Every method raises LedgerError when the ledger cannot be read or written.
    """

    def begin_run(self, run: RunRecord) -> None:
        """Record that a run begins."""

    def end_run(self, run_id: str, counts: str) -> None:
        """Record a run's counts (JSON)."""

    def runs(self) -> list[RunRecord]:
        """All runs, oldest first."""

    def decisions(self) -> dict[ImageKey, Decision]:
        """The latest decision about each image. Those of a run that was taken back do not count, but a person's do."""

    def decided(self) -> dict[ImageKey, Decided]:
        """What `decisions` say, without what they rest on: far less to read."""

    def record_decisions(self, run_id: str, decisions: Iterable[Decision]) -> None:
        """Append decisions; a later one supersedes an earlier one of the same image."""

    def history(self, image: ImageKey) -> list[tuple[str, Decision]]:
        """Every decision about an image with its run id, oldest first."""

    def placements(self) -> dict[ImageKey, Placement]:
        """Where each image stands."""

    def placement(self, image: ImageKey) -> Placement | None:
        """Where one image stands; None for nowhere."""

    def placed_at(self, target: str) -> ImageKey | None:
        """The image that stands at a path (POSIX, relative to base_dir); None where none does."""

    def record_placements(self, placements: Iterable[Placement]) -> None:
        """Set where images stand, without a step: a person dragged them, or an image was found in place."""

    def forget_placements(self, images: Iterable[ImageKey]) -> None:
        """Record that images stand nowhere in base_dir any more."""

    def intend(self, *batches: Sequence[Intent]) -> None:
        """Write ahead: these batches of steps, and no others, are under way from now on.

        A batch that was handed over before, the very same object, is not written again: it must not have been changed.
        """

    def settle(self, run_id: str, receipts: Iterable[StepReceipt], *then: Sequence[Intent]) -> None:
        """Record what became of steps, and what they changed; `then` is what is under way from now on, as in `intend`.

        A receipt's placement is recorded; without one and without a failure the image's placement is forgotten.
        """

    def intents(self) -> list[Intent]:
        """Steps that are under way, or were when an earlier run ended."""

    def changes(self) -> list[Change]:
        """Every step that was done, oldest first."""

    def record_parts(self, assigned: Iterable[Assigned]) -> None:
        """Append assignments of images to train, validation and test."""

    def parts(self) -> list[Assigned]:
        """Every such assignment, oldest first; they outlive the images they speak of."""

    def set_classes(self, classes: Iterable[str]) -> None:
        """Record the ordered class names."""

    def classes(self) -> tuple[str, ...]:
        """The ordered class names as recorded; empty when none were."""

    def close(self) -> None:
        """Let go of the ledger; nothing is left beside its file."""
