"""What `rules tune` tells: what becomes of the images at each value of a parameter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from labelkit.domain.labeling import Parameter
from labelkit.domain.results import Readable
from labelkit.domain.rules_gold import GoldCounts


@dataclass(frozen=True, slots=True)
class Weights:
    """What a mistake costs, in any unit: an escape, an overkill, and an image that a person has to look at."""

    escape: float = 50.0
    overkill: float = 1.0
    held: float = 1.0


@dataclass(frozen=True, slots=True)
class TunedPoint:
    """The decisions at one value of each parameter.

    Attributes:
        values: by parameter, as given.
        labels: images a label.
        held: images without one.
        changed: images decided otherwise than with the files' own values.
        is_default: whether these are the values without any `--param`.
        gold: beside true labels; None where none were named.
        cost: by the weights; None where no true labels were named.

    """

    values: Mapping[str, Parameter]
    labels: Mapping[str, int]
    held: int
    changed: int
    is_default: bool
    gold: GoldCounts | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class RulesTuning(Readable):
    """What becomes of the images at each point of a grid of parameters.

    Attributes:
        images: how many were voted on.
        parameters: names, in the order given.
        points: in the order of the grid, the last parameter running fastest.
        best: index of the point of least cost; None without true labels.
        weights: what a mistake costs.
        reject: the class that escape and overkill speak of, or None.
        said: what was settled while reading, one line each.

    """

    images: int
    parameters: tuple[str, ...]
    points: tuple[TunedPoint, ...]
    best: int | None
    weights: Weights
    reject: str | None = None
    said: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """One line a point."""
        return [
            f"{', '.join(f'{k} = {v}' for k, v in p.values.items())}: "
            f"{', '.join(f'{k} {n:,}' for k, n in p.labels.items())}, {p.held:,} held"
            + (" (best)" if i == self.best else "")
            for i, p in enumerate(self.points)
        ]
