"""Why an image is where it is, and what is held: the values that `labelkit.why` and `labelkit.held` return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from labelkit.domain.decisions import DecidedBy, State
from labelkit.domain.labeling import Parameter
from labelkit.domain.placing import Mode
from labelkit.domain.recorded_run import RecordedFile
from labelkit.domain.results import Readable


@dataclass(frozen=True, slots=True)
class ExplainedVote:
    """One vote, and everything that it rests on.

    Attributes:
        source: the name of what voted.
        said: its label, or why there is none.
        decided: whether this vote decided.
        kind: a `VoteKind`; empty where the run did not record it.
        place: `file:line`, or the option that gave it.
        priority: a higher number decides over lower ones.
        columns: metadata column that it names to its cells, one a row.
        features: image feature (a number) that it takes to the value at that time.
        parameters: name to value.
        text: an expression as written; else empty.
        mapping: of a label column, cell to label.
        file: the file that it stood in; None without one.

    """

    source: str
    said: str
    decided: bool = False
    kind: str = ""
    place: str = ""
    priority: int = 0
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    features: Mapping[str, float] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    text: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    file: RecordedFile | None = None

    def inputs(self) -> tuple[str, ...]:
        """What it rests on, in words: `score = 71`, `threshold = 80`."""
        columns = [f"{name} = {' / '.join(c or '(empty)' for c in cells)}" for name, cells in self.columns.items()]
        values = [*self.features.items(), *self.parameters.items()]
        return (*columns, *(f"{name} = {_told(value)}" for name, value in values))


def _told(value: Parameter) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'" if isinstance(value, str) else f"{value:.6g}"


@dataclass(frozen=True, slots=True)
class PastDecision:
    """An earlier decision about the same image.

    Attributes:
        run: the run that recorded it.
        started: when that began: UTC, ISO 8601.
        state, label, by, name, why: as in `Decision`.
        taken_back_by: the run that took that run back; empty when none did.

    """

    run: str
    started: str
    state: State
    label: str | None
    by: DecidedBy
    name: str
    why: str
    taken_back_by: str = ""

    @property
    def outcome(self) -> str:
        """The label, or the state of an image that is held."""
        return self.label if self.label is not None else str(self.state)


@dataclass(frozen=True, slots=True)
class ChangedVote:
    """A vote that is another when its source is asked again."""

    source: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """What the rules of a decision say when they are asked again.

    Attributes:
        said: one sentence for a person: the answer, or why nothing was asked.
        same: whether state and label are the recorded ones; None when nothing was asked.
        state, label: the answer; None when nothing was asked, or when held.
        changed: the votes that differ.
        notes: what else is not as it was: rules files, image features.

    """

    said: str
    same: bool | None = None
    state: State | None = None
    label: str | None = None
    changed: tuple[ChangedVote, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation(Readable):
    """Why one image is where it is.

    Attributes:
        image: POSIX path below its source; of a file that labelkit did not place, below base_dir.
        source: absolute path of its source; empty for such a file.
        base_dir: absolute path.
        placed: POSIX path below base_dir where it stands now; empty when it stands nowhere there.
        mode: how it was placed; None when it was not.
        stands: one sentence: where it stands.
        state, label, by, name: the decision in force; state and by are None when there is none.
        why: one sentence: the deciding step.
        votes: every vote that was cast.
        run: the run that decided; empty when none did.
        started: when it began: UTC, ISO 8601.
        policy: how its votes became a label.
        rows: where the image's rows stood (`metadata.csv:41`).
        earlier: other decisions about it, newest first.
        again: what its rules say now; None where no rule had a say.

    """

    image: str
    source: str
    base_dir: str
    placed: str
    mode: Mode | None
    stands: str
    state: State | None
    label: str | None
    by: DecidedBy | None
    name: str
    why: str
    votes: tuple[ExplainedVote, ...] = ()
    run: str = ""
    started: str = ""
    policy: str = ""
    rows: tuple[str, ...] = ()
    earlier: tuple[PastDecision, ...] = ()
    again: AskedAgain | None = None

    @property
    def outcome(self) -> str:
        """The label, else the state of an image that is held, else that nothing is decided."""
        if self.label is not None:
            return self.label
        return "not decided" if self.state is None else str(self.state)

    def lines(self) -> list[str]:
        """Where it is, why, each vote, and what the rules say now."""
        votes = [f"  {v.source}: {v.said.splitlines()[0] if v.said else ''}" for v in self.votes]
        again = [self.again.said] if self.again else []
        return [f"{self.image}: {self.outcome}", self.stands, self.why, *votes, *again]


@dataclass(frozen=True, slots=True)
class HeldImage:
    """One image that is held.

    Attributes:
        file: POSIX path below its source.
        source: absolute path of its source.
        rows: where its rows stood (`metadata.csv:41`).
        gone: whether the file is in its source no more.
        why: the reason with what is of this image alone, where that says more than its group's; else empty.

    """

    file: str
    source: str
    rows: tuple[str, ...] = ()
    gone: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class HeldGroup:
    """The images held in one state for one reason, sorted by source and file."""

    state: State
    why: str
    images: tuple[HeldImage, ...]


@dataclass(frozen=True, slots=True)
class HeldReport(Readable):
    """Every image whose decision in force is not labeled, by state and reason, most frequent first."""

    base_dir: str
    groups: tuple[HeldGroup, ...]

    @property
    def held(self) -> int:
        """How many images are held."""
        return sum(len(g.images) for g in self.groups)

    @property
    def gone(self) -> int:
        """How many of them are in their source no more."""
        return sum(i.gone for g in self.groups for i in g.images)

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that they are in, sorted."""
        return tuple(sorted({i.source for g in self.groups for i in g.images}))

    def lines(self) -> list[str]:
        """The sum, then one line a group."""
        told = [f"  {len(g.images):,} {g.state}: {g.why}" for g in self.groups]
        return [f"{self.held:,} images are held", *told] if told else ["no image is held"]
