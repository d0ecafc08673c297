"""How a foreign model reads its images and which way round its outputs are: every reading that was tried."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from html import escape

from labelkit.domain.bundle import BundleCard
from labelkit.domain.metrics import Metrics

LEAST = 20
"""Labeled images below which no reading can be told from another with any certainty."""

SURE = 0.01
"""Chance of an error that is accepted where two readings are told apart."""


class Scale(StrEnum):
    """The range of numbers that a model was fed."""

    UNIT = "0-1"
    BYTES = "0-255"
    SIGNED = "-1-1"

    @property
    def usual(self) -> bool:
        """Whether it is tried unasked: a range only a little off another one may fit as well by chance."""
        return self is not Scale.SIGNED

    @property
    def factor(self) -> float:
        """What a byte is multiplied by."""
        return {Scale.UNIT: 1 / 255, Scale.BYTES: 1.0, Scale.SIGNED: 1 / 127.5}[self]

    @property
    def offset(self) -> float:
        """What is added then."""
        return -1.0 if self is Scale.SIGNED else 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a model.

    Attributes:
        classes: class names in the order of the outputs.
        scale: the range of numbers that it is fed.
        recipe: how images are resized to it.

    """

    classes: tuple[str, ...]
    scale: Scale
    recipe: str

    def __str__(self) -> str:
        order = ", ".join(f"index {i} = {name}" for i, name in enumerate(self.classes))
        return f"{order}; pixels {self.scale}; {self.recipe}"


@dataclass(frozen=True, slots=True)
class Scored:
    """A reading and how well it fits labeled images.

    Attributes:
        reading: which.
        cross_entropy: mean over the images, in nats; the lower the better.
        accuracy: share said rightly, 0 to 1.
        worse: chance that this one fits as well as the best, by the differences image by image; 1 for the best itself.

    """

    reading: Reading
    cross_entropy: float
    accuracy: float
    worse: float

    def as_json(self) -> dict[str, object]:
        """Flat."""
        return {
            "classes": list(self.reading.classes),
            "pixels": str(self.reading.scale),
            "recipe": self.reading.recipe,
            "cross_entropy": self.cross_entropy if math.isfinite(self.cross_entropy) else None,
            "accuracy": self.accuracy,
            "p": self.worse,
        }


@dataclass(frozen=True, slots=True)
class Adoption:
    """A foreign model with the class map and the recipe that fit it.

    Attributes:
        model: path of the model file.
        base_dir: the labeled folder, as given.
        bundle: path of the bundle that was written.
        latest: path that names the latest bundle from now on.
        card: classes, recipe and image size.
        readings: all that were tried, the best first.
        prior_cross_entropy: of the class shares of these images alone.
        metrics: of the best reading on these images.
        looked_at: images that were looked at, and how many there were.
        seconds: wall time.

    """

    model: str
    base_dir: str
    bundle: str
    latest: str
    card: BundleCard
    readings: tuple[Scored, ...]
    prior_cross_entropy: float
    metrics: Metrics
    looked_at: tuple[int, int]
    seconds: float = field(default=0.0, compare=False)

    def __str__(self) -> str:
        best = self.readings[0]
        return (
            f"{self.model} reads {best.reading}: cross-entropy {best.cross_entropy:.3f} "
            f"(class shares alone {self.prior_cross_entropy:.3f}); {self.bundle}"
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(str(s.reading))}</td><td>{s.cross_entropy:.3f}</td></tr>" for s in self.readings
        )
        return f"<p>{escape(str(self))}</p><table>{rows}</table>"
