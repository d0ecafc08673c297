"""What a sort did, or would do: the value that `labelkit.sort` returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from labelkit.domain.decisions import State
from labelkit.domain.placing import Action, Plan
from labelkit.domain.results import Readable


@dataclass(frozen=True, slots=True)
class Problem:
    """One image or row that needs a person: where, its state, and why."""

    file: str
    row: str
    state: str
    why: str


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What one source of votes did, in Snorkel's terms.

    Attributes:
        name: the source.
        polarity: the labels it voted for.
        coverage: share of images it voted on, 0 to 1.
        overlaps: share of images where it and another voted.
        conflicts: share of images where another voted differently.
        decided: images whose label it decided.
        no_value: images it could not judge, for want of a value.
        errors: images it failed on.

    """

    name: str
    polarity: tuple[str, ...]
    coverage: float
    overlaps: float
    conflicts: float
    decided: int
    no_value: int
    errors: int


@dataclass(frozen=True, slots=True)
class SortResult(Readable):
    """What a sort did, or, after a dry run, would do.

    Attributes:
        run: the run's id; empty for a dry run.
        base_dir: absolute path.
        plan: every step.
        seen: images seen; always the sum of the five states.
        not_image: files in the sources that are no images.
        skipped: (path, reason) of what was left out.
        states: images in each state.
        missing: rows whose file is not there.
        labels: images a label, classes without any too.
        done, already, relocated, withdrawn: steps done, by kind.
        failed: steps that could not be done.
        sources: statistics of each source of votes.
        problems: held images, missing rows and failures.
        stays: (file, label) of images that stay where a person put them against the rules.
        moves: (from, to) class to number of images whose decision changed.
        said: what was settled while reading, one line each.
        bytes_needed, bytes_free: of storage, in bytes.
        dry_run: whether nothing was done.
        seconds: by step.
        workers: worker process to how many images rules were asked about there; empty when all was done in one process.

    """

    run: str
    base_dir: str
    plan: Plan
    seen: int
    not_image: int
    skipped: tuple[tuple[str, str], ...]
    states: Mapping[State, int]
    missing: int
    labels: Mapping[str, int]
    done: int
    already: int
    relocated: int
    withdrawn: int
    failed: int
    sources: tuple[SourceReport, ...]
    problems: tuple[Problem, ...]
    stays: tuple[tuple[str, str], ...]
    moves: Mapping[tuple[str, str], int]
    said: tuple[str, ...]
    bytes_needed: int
    bytes_free: int
    dry_run: bool
    seconds: Mapping[str, float] = field(default_factory=dict)
    workers: Mapping[int, int] = field(default_factory=dict)

    @property
    def planned(self) -> int:
        """Steps planned: done + already + relocated + withdrawn + failed, once it ran."""
        return len(self.plan.steps)

    @property
    def held(self) -> int:
        """Images in any state but labeled."""
        return self.seen - self.states[State.LABELED]

    def equation(self) -> str:
        """The sum that always holds, in words."""
        held = [f"{n:,} {s}" for s, n in self.states.items() if n and s is not State.LABELED]
        return f"{self.seen:,} images seen = " + " + ".join([f"{self.states[State.LABELED]:,} labeled", *held])

    def lines(self) -> list[str]:
        """Labels, the sum, and what was placed."""
        labels = ", ".join(f"{name} {n:,}" for name, n in self.labels.items())
        return [labels or "no labels", self.equation(), self.placed()]

    def placed(self) -> str:
        """What was, or would be, placed."""
        if self.dry_run:
            n = {a: len(self.plan.of(a)) for a in Action}
            return (
                f"dry run: {n[Action.PLACE]:,} to place, {n[Action.RELOCATE]:,} to relocate, "
                f"{n[Action.WITHDRAW]:,} to withdraw, {n[Action.KEEP]:,} already there; nothing was moved"
            )
        return f"{self.done:,} placed, {self.already:,} already there, {self.relocated:,} relocated"
