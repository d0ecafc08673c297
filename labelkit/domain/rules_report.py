"""What `rules show` and `rules analyze` tell: what rules are, and how they get on with each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from labelkit.domain.decisions import State
from labelkit.domain.labeling import Parameter
from labelkit.domain.results import Readable
from labelkit.domain.rules import RuleFile
from labelkit.domain.rules_gold import GoldReport
from labelkit.domain.sort_result import SourceReport
from labelkit.domain.units import told_share


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column that a rule names, and whether the table has it; None where no table was given."""

    name: str
    there: bool | None


@dataclass(frozen=True, slots=True)
class ShownRule:
    """One rule as it was loaded.

    Attributes:
        name: unique in a run.
        kind: `function`, `expression` or `column`.
        place: `file:line`, or the option that gave it.
        about: the first line of its docstring; empty for none.
        labels: the labels it may vote for; empty for any.
        columns: the metadata columns that it names.
        features: the image features that it takes.
        parameters: by name, with the values of this run.
        priority: a higher number decides over lower ones.
        text: an expression in its normal form, or what a label column maps; empty for a function.

    """

    name: str
    kind: str
    place: str
    about: str
    labels: tuple[str, ...]
    columns: tuple[ShownColumn, ...]
    features: tuple[str, ...]
    parameters: Mapping[str, Parameter]
    priority: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class ShownFeature:
    """An image feature that a rules file adds: its name, where it stands, what it says, and what it is made of."""

    name: str
    place: str
    about: str
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RulesShown(Readable):
    """Everything that would vote, without a vote.

    Attributes:
        rules: in the order given.
        features: the rules files' own.
        files: with their SHA-256.
        policy: how votes become a label.
        table: the table that was looked at; empty for none.

    """

    rules: tuple[ShownRule, ...]
    features: tuple[ShownFeature, ...]
    files: tuple[RuleFile, ...]
    policy: str
    table: str = ""

    def lines(self) -> list[str]:
        """One line a rule."""
        return [f"{r.name} ({r.place}): {r.about or r.text or r.kind}" for r in self.rules]


@dataclass(frozen=True, slots=True)
class RulePair:
    """Two rules that voted differently on the same images: how many, and the first of them."""

    first: str
    second: str
    images: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a number line, from one bound to the other; None reaches to infinity.

    Attributes:
        name: the column or image feature.
        low, high: its bounds.
        low_in, high_in: whether the bound itself belongs to it.

    """

    name: str
    low: float | None
    high: float | None
    low_in: bool
    high_in: bool

    def __str__(self) -> str:
        if self.low is not None and self.low == self.high:
            return f"{self.name} = {self.low:.12g}"
        if self.low is None and self.high is None:
            return f"every {self.name}"
        if self.low is None:
            return f"{self.name} {'<=' if self.high_in else '<'} {self.high:.12g}"
        if self.high is None:
            return f"{self.name} {'>=' if self.low_in else '>'} {self.low:.12g}"
        opening, closing = "[" if self.low_in else "(", "]" if self.high_in else ")"
        return f"{self.name} in {opening}{self.low:.12g}, {self.high:.12g}{closing}"


@dataclass(frozen=True, slots=True)
class LineFinding:
    """A gap, which no rule of this number covers, or a stretch that rules cover with different labels.

    Attributes:
        stretch: where.
        says: (rule, label) of those that cover it; empty for a gap.
        images: how many images lie there.
        unvoted: how many of them no rule at all votes on.

    """

    stretch: Stretch
    says: tuple[tuple[str, str], ...]
    images: int
    unvoted: int

    @property
    def is_gap(self) -> bool:
        """Whether nothing covers it."""
        return not self.says

    @property
    def matters(self) -> bool:
        """Whether a person should look: a double cover, a gap with images that nothing votes on, or one in between."""
        open_ends = (self.stretch.low is None) + (self.stretch.high is None)
        whole_line = open_ends == 2  # noqa: PLR2004 - both: no rule of this number ever votes, as its row tells
        return bool(self.says or (self.unvoted and not whole_line) or (not open_ends and not self.images))


@dataclass(frozen=True, slots=True)
class RuleCost:
    """What asking one rule took: seconds in all, and how many images it was asked about."""

    name: str
    seconds: float
    asked: int

    @property
    def ms_per_image(self) -> float | None:
        """Milliseconds an image, without reading and decoding it; None where it was asked about none."""
        return 1000 * self.seconds / self.asked if self.asked else None


@dataclass(frozen=True, slots=True)
class RulesAnalysis(Readable):
    """How rules get on with each other, and with the images.

    Attributes:
        images: how many were voted on.
        states: images in each state.
        labels: images a label.
        policy: how votes became labels.
        rules: Snorkel's columns and more, one a rule.
        pairs: rules that voted differently on the same images.
        line: gaps and double cover, in the order of columns and numbers.
        left_out: (rule, why) of rules that compare numbers and could not be laid on a line.
        gold: beside true labels; None where none were named.
        costs: one a rule.
        said: what was settled while reading, one line each.
        workers: process id to images done there; empty when all was done in this process.

    """

    images: int
    states: Mapping[State, int]
    labels: Mapping[str, int]
    policy: str
    rules: tuple[SourceReport, ...]
    pairs: tuple[RulePair, ...]
    line: tuple[LineFinding, ...]
    left_out: tuple[tuple[str, str], ...]
    gold: GoldReport | None
    costs: tuple[RuleCost, ...]
    said: tuple[str, ...] = ()
    workers: Mapping[int, int] = field(default_factory=dict)

    @property
    def held(self) -> int:
        """Images in any state but labeled."""
        return self.images - self.states[State.LABELED]

    def lines(self) -> list[str]:
        """Labels, and what each rule did."""
        labels = ", ".join(f"{name} {n:,}" for name, n in self.labels.items())
        head = f"{self.images:,} images: {labels or 'no labels'}, {self.held:,} held"
        return [head, *(f"{r.name}: votes on {told_share(r.coverage)}, decided {r.decided:,}" for r in self.rules)]
