"""What an undo did, or would do: the value that `labelkit.undo` returns; and the runs that there are to take back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from labelkit.domain.placing import Action, Mode, Step
from labelkit.domain.results import Readable


@dataclass(frozen=True, slots=True)
class Left:
    """One image that stays as it is: its path below its source, and why."""

    file: str
    why: str


@dataclass(frozen=True, slots=True)
class UndoResult(Readable):
    """What an undo did, or, after a dry run, would do.

    Attributes:
        run: the id of the undo run; empty when nothing was recorded.
        takes_back: the id of the run that is taken back; empty when there is none.
        started: when that run began: UTC, ISO 8601.
        mode: how that run placed images.
        killed: ids of runs that never ended and that it went on from: they are taken back with it.
        base_dir: absolute path.
        steps: what is, or was to be, done.
        done: steps that were done, by kind.
        left: images that stay as they are.
        already: whether the run had been taken back before, and there was nothing more to do.
        before: the id of the newest sort before it that is not taken back; empty when there is none.
        dry_run: whether nothing was done.
        seconds: by step.

    """

    run: str
    takes_back: str
    base_dir: str
    started: str = ""
    mode: Mode = Mode.NONE
    killed: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    done: Mapping[Action, int] = field(default_factory=dict)
    left: tuple[Left, ...] = ()
    already: bool = False
    before: str = ""
    dry_run: bool = False
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def planned(self) -> int:
        """Steps planned: done + failed, once it ran."""
        return len(self.steps)

    @property
    def exit_code(self) -> int:
        """4 when images were left in an undo that was at work, else 0."""
        return 4 if self.left and not self.already else 0

    def lines(self) -> list[str]:
        """What was taken back, and what was left."""
        return [self.told(), *(f"left: {x.file}: {x.why}" for x in self.left)]

    def told(self) -> str:
        """The whole undo in one sentence."""
        if not self.takes_back:
            return "nothing to take back: the ledger knows no sort"
        head = f"run {self.takes_back}"
        if self.already:
            return f"{head} is taken back already: nothing was done"
        if self.dry_run:
            return f"dry run: {head} would be taken back: {self.counted()}; nothing was moved"
        return f"{head} is taken back: {self.counted()}"

    def counted(self) -> str:
        """How many images went, or would go, which way."""
        n = Counter(s.action for s in self.steps) if self.dry_run else self.done
        parts = [f"{_images(n[a])} {way}" for a, way in _WAYS if n.get(a, 0)]
        return ", ".join(parts) or "no file had to be moved"


_WAYS = (
    (Action.WITHDRAW, "out of the class folders"),
    (Action.RELOCATE, "back to the class before"),
    (Action.PLACE, "placed again"),
)


def _images(n: int) -> str:
    return "1 image" if n == 1 else f"{n:,} images"


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run as a list of runs tells it.

    Attributes:
        run: its id.
        started: UTC, ISO 8601.
        mode: how it placed images.
        ended: whether it got to its end.
        placed, relocated, withdrawn: images that it changed.
        takes_back: the run that it takes back; empty for a sort.
        taken_back_by: the undo run that took it back; empty when none did.
        part_of: the run that went on from it; empty when it ended itself, or nothing did.

    """

    run: str
    started: str
    mode: Mode
    ended: bool
    placed: int
    relocated: int
    withdrawn: int
    takes_back: str = ""
    taken_back_by: str = ""
    part_of: str = ""


@dataclass(frozen=True, slots=True)
class RunList(Readable):
    """Every run that a ledger knows.

    Attributes:
        base_dir: absolute path.
        runs: oldest first.

    """

    base_dir: str
    runs: tuple[RunLine, ...]

    def lines(self) -> list[str]:
        """One line a run."""
        return [
            f"{r.run}: {r.placed:,} placed, {r.relocated:,} relocated, {r.withdrawn:,} withdrawn" for r in self.runs
        ]
