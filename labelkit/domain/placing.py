"""Where images go: modes, steps, the plan, and what was recorded of earlier runs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from labelkit.domain.decisions import ImageKey

LEDGER_NAME = "labelkit.db"
"""The ledger's file in base_dir: a file, so that no loader takes it for a class."""

LOCK_NAME = "labelkit.lock"
"""The note in base_dir that tells who is at work there."""

PART_PREFIX, PART_SUFFIX = ".labelkit-", ".part"
"""Temporary files stand in the class folder under names that no loader reads."""


def is_own_file(path: str) -> bool:
    """Whether labelkit itself put the file (a path in base_dir) there: its ledger, its note, or a temporary file."""
    name = path.rpartition("/")[2]
    if path == name and name.startswith((LOCK_NAME, LEDGER_NAME)):
        return True
    return name.startswith(PART_PREFIX) and name.endswith(PART_SUFFIX)


Stamp = tuple[int, int, int, int]
"""Size in bytes, mtime and ctime in ns, inode: a file with the same four is taken as unchanged."""


class Mode(StrEnum):
    """How an image gets into its class folder."""

    COPY = "copy"
    HARDLINK = "hardlink"
    SYMLINK = "symlink"
    MOVE = "move"
    NONE = "none"
    """Decisions are recorded, nothing is placed."""


class Action(StrEnum):
    """What one step does."""

    PLACE = "place"
    RELOCATE = "relocate"
    """From one class folder to another, because the decision changed."""
    WITHDRAW = "withdraw"
    """Out of its class folder, because the image is no longer labeled (move mode: back to its source)."""
    KEEP = "keep"
    """Already where it belongs."""


class Step(NamedTuple):
    """One thing to do for one image; a tuple, because a plan has one for every image.

    Attributes:
        action: what.
        image: for which image.
        stamp: of the file read (the source; for relocate and withdraw the placed file), as it was when planned.
        target: POSIX path relative to base_dir where it shall stand; for withdraw empty.
        before: POSIX path relative to base_dir where it stands now; for place empty.
        sha256: of the content where already known, 64 hexadecimal digits; else empty.

    """

    action: Action
    image: ImageKey
    stamp: Stamp
    target: str = ""
    before: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done: a dry run shows the very plan that a run executes.

    Attributes:
        base_dir: absolute path.
        mode: how images are placed.
        steps: in the order of execution: withdraw, relocate, place, keep; each sorted by image.

    """

    base_dir: str
    mode: Mode
    steps: tuple[Step, ...]

    def of(self, action: Action) -> list[Step]:
        """The steps of one kind."""
        return [s for s in self.steps if s.action is action]


class Placement(NamedTuple):
    """Where an image stands, as recorded; a tuple, because a sort reads one for every image.

    Attributes:
        image: which image.
        target: POSIX path relative to base_dir.
        mode: how it was placed.
        sha256: of its content, 64 hexadecimal digits; of a link also empty, for its content has not been read yet.
        source_stamp: of the source when it was placed; for a moved image, of the source before the move.
        placed_stamp: of the file in the class folder (of the link itself for symlinks).

    """

    image: ImageKey
    target: str
    mode: Mode
    sha256: str
    source_stamp: Stamp
    placed_stamp: Stamp


class StepReceipt(NamedTuple):
    """What became of one step.

    Attributes:
        step: the step.
        placement: where the image stands now; None when it stands nowhere in base_dir any more.
        failure: why it could not be done; empty when it was.

    """

    step: Step
    placement: Placement | None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One step that was done, as the ledger remembers it: what undo goes back along.

    Attributes:
        run: the id of the run that did it.
        image: of which image.
        action: place, relocate or withdraw.
        before: where the image stood in base_dir; empty for place.
        target: where it stands since; empty for withdraw.
        mode: how it was placed.
        sha256: of its content, 64 hexadecimal digits; of a link also empty.

    """

    run: str
    image: ImageKey
    action: Action
    before: str
    target: str
    mode: Mode
    sha256: str


def change_of(run: str, receipt: StepReceipt, record: Placement | None) -> Change | None:
    """What a step changed; None when it changed nothing.

    Args:
        run: the id of the run.
        receipt: what became of the step.
        record: the image's placement until then.

    """
    step, now = receipt.step, receipt.placement
    stands = now or record
    gone = now is None and not receipt.failure
    if stands is None or not (gone or (now is not None and now.target != step.before)):
        return None
    target = "" if now is None else now.target
    return Change(run, step.image, step.action, step.before, target, stands.mode, stands.sha256)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run as the ledger remembers it.

    Attributes:
        id: the run's name.
        started: UTC, ISO 8601.
        mode: how images were placed.
        arguments: JSON: rules files with their SHA-256, expressions, parameters, policy, metadata files.
        counts: JSON: the counts of the result; empty while the run has not ended.
        takes_back: the id of the run that this one takes back; empty for a sort.

    """

    id: str
    started: str
    mode: Mode
    arguments: str
    counts: str = ""
    takes_back: str = ""
