"""What an evaluation says of a model: every figure by name, what it costs, where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from html import escape

from labelkit.domain.bundle import BundleCard
from labelkit.domain.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Costs:
    """What one mistake costs, in any unit; both above 0."""

    escape: float
    overkill: float


@dataclass(frozen=True, slots=True)
class ErrorCounts:
    """Mistakes at one threshold: counts, out of how many, and the exact 95 % interval of each share."""

    escapes: int
    rejects: int
    escape_interval: tuple[float, float]
    overkills: int
    goods: int
    overkill_interval: tuple[float, float]

    def cost(self, costs: Costs) -> float:
        """What they cost an image, in the unit of `costs`."""
        return (costs.escape * self.escapes + costs.overkill * self.overkills) / (self.rejects + self.goods)

    def as_json(self, costs: Costs | None = None) -> dict[str, object]:
        """Counts, shares and intervals; and the cost, where costs are known."""
        spent = {} if costs is None else {"cost_per_image": self.cost(costs)}
        return {
            "escapes": self.escapes,
            "escape": self.escapes / self.rejects,
            "escape_interval": list(self.escape_interval),
            "overkills": self.overkills,
            "overkill": self.overkills / self.goods,
            "overkill_interval": list(self.overkill_interval),
            **spent,
        }


@dataclass(frozen=True, slots=True)
class CostThreshold:
    """The cheapest line on the probability of the reject class, beside the one at one half."""

    costs: Costs
    threshold: float
    at_threshold: ErrorCounts
    at_half: ErrorCounts


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far probabilities can be taken at their word.

    Attributes:
        error: expected calibration error, 0 to 1.
        temperature: what the logits should be divided by; None where the images do not determine it.
        error_after, cross_entropy_after: with that temperature, on the same images.

    """

    error: float
    temperature: float | None
    error_after: float | None
    cross_entropy_after: float | None


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Images that the model was about equally sure of: how sure, and how often right.

    Attributes:
        low, high: ends of the bin, 0 to 1, on the probability of the class that was said.
        images: how many; never 0.
        sure: mean probability of the class that was said.
        right: how many were said rightly.
        interval: exact 95 % interval of the share said rightly.

    """

    low: float
    high: float
    images: int
    sure: float
    right: int
    interval: tuple[float, float]

    @property
    def accuracy(self) -> float:
        """Share said rightly, 0 to 1."""
        return self.right / self.images


class LineKind(StrEnum):
    """Why a line on the probability of the reject class is told."""

    NO_ESCAPE = "no_escape"
    """The highest that lets no true reject through on these images."""
    HALF = "half"
    """Where two classes are told apart unless a person moves it."""
    NO_OVERKILL = "no_overkill"
    """The lowest that rejects no good image."""


@dataclass(frozen=True, slots=True)
class RejectLine:
    """An image is rejected where the reject class gets more than `threshold`; and the mistakes that follow."""

    kind: LineKind
    threshold: float
    counts: ErrorCounts


@dataclass(frozen=True, slots=True)
class RejectCurve:
    """What each line on the probability of the reject class lets through and throws away.

    Attributes:
        reject: the class.
        lines: those worth a name, from the lowest threshold on.
        points: (threshold, escapes, overkills) from the lowest threshold on, where the counts change; some hundred of
            them at most, and between two that are told the counts lie between theirs.

    """

    reject: str
    lines: tuple[RejectLine, ...]
    points: tuple[tuple[float, int, int], ...]


@dataclass(frozen=True, slots=True)
class Reversal:
    """Two classes that a model ranks the wrong way round.

    Attributes:
        first, second: the classes.
        roc_auc: of the second against the first, 0 to 1; below one half.
        p: chance of such an order by luck, corrected for the number of pairs.
        fitting: the class names, in the order of the outputs, under which the images would be most likely.

    """

    first: str
    second: str
    roc_auc: float
    p: float
    fitting: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"the model ranks {self.first} and {self.second} the wrong way round "
            f"(ROC-AUC {self.roc_auc:.2f} where luck gives 0.50, p = {self.p:.1g})"
        )


@dataclass(frozen=True, slots=True)
class ScoreErrors:
    """Classes that are numbers: how far off, in their own unit.

    Attributes:
        mean_absolute_error: of the class that was said.
        expected_absolute_error: of the mean over the classes weighted by their probabilities.
        guess_absolute_error: of always saying the median class of these images.

    """

    mean_absolute_error: float
    expected_absolute_error: float
    guess_absolute_error: float


@dataclass(frozen=True, slots=True)
class GroupScore:
    """One group of images (a lot, a station, a day): how many, how many said rightly, and the exact 95 % interval."""

    group: str
    images: int
    right: int
    interval: tuple[float, float]
    cross_entropy: float

    @property
    def accuracy(self) -> float:
        """Share said rightly, 0 to 1."""
        return self.right / self.images


@dataclass(frozen=True, slots=True)
class Mistake:
    """An image that was said to be another class.

    Attributes:
        path: relative to the folder that was evaluated.
        really, said: class names.
        probability: what the model gave to the class it really is, 0 to 1.

    """

    path: str
    really: str
    said: str
    probability: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A model judged on a labeled set.

    Attributes:
        bundle: path of the bundle.
        base_dir: the folder, as given.
        root: absolute path that the mistakes' paths are relative to.
        card: classes, recipe and image size of the model.
        counts: images of each class, in class order.
        metrics: the figures.
        calibration: how far its probabilities can be taken at their word.
        reliability: how often it is right when it is so sure; from the least sure on.
        reject_curve: every line on the reject class, where one is known and both it and others occur.
        threshold: the cheapest line, where costs were given.
        scores: errors in score units, where the classes are numbers.
        groups: per group, worst first; empty without groups.
        mistakes: the surest mistakes first.
        reversal: classes read the wrong way round, when a person asked to go on all the same.
        seconds: wall time.

    """

    bundle: str
    base_dir: str
    root: str
    card: BundleCard
    counts: Mapping[str, int]
    metrics: Metrics
    calibration: Calibration
    reliability: tuple[ReliabilityBin, ...] = ()
    reject_curve: RejectCurve | None = None
    threshold: CostThreshold | None = None
    scores: ScoreErrors | None = None
    groups: tuple[GroupScore, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    reversal: Reversal | None = None
    seconds: float = field(default=0.0, compare=False)

    def __str__(self) -> str:
        m = self.metrics
        return (
            f"{self.bundle} on {self.base_dir}: {m.images:,} images, accuracy {100 * m.accuracy:.1f} %, "
            f"balanced {100 * m.balanced_accuracy:.1f} %, cross-entropy {m.cross_entropy:.3f} "
            f"(class shares alone {m.prior_cross_entropy:.3f}), {len(self.mistakes):,} mistakes"
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(m.path)}</td><td>{escape(m.really)}</td><td>{escape(m.said)}</td></tr>"
            for m in self.mistakes[:20]
        )
        return f"<p>{escape(str(self))}</p><table><tr><th>image</th><th>really</th><th>said</th></tr>{rows}</table>"
