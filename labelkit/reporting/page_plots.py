"""Plots of a page as plain geometry: where each line, dot and tick stands; the template draws them as SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from labelkit.domain.units import told_share

WIDTH, HEIGHT = 440.0, 250.0
"""Of one plot, in the units of its SVG."""

LEFT, RIGHT, TOP, BOTTOM = 52.0, 428.0, 12.0, 208.0
"""Of the frame in it."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis.

    Attributes:
        title: what is measured.
        low, high: values at its ends; `high` is above `low`.
        ticks: values, and how each is written.
        place: from a value to where it stands, 0 at `low` to 1 at `high`; None: in proportion.

    """

    title: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    place: Callable[[float], float] | None = None

    def share(self, value: float) -> float:
        """Where a value stands, 0 to 1; what lies beyond an end stands at the end."""
        at = self.place(value) if self.place else (value - self.low) / (self.high - self.low)
        return min(1.0, max(0.0, at))


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its kind (a class of the style sheet), its name, and points of each unbroken piece as SVG has them."""

    kind: str
    name: str
    pieces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dot:
    """A dot, with the ends of its interval where it has one, and what it says."""

    kind: str
    x: float
    y: float
    told: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar that stands on the axis: middle, width, top, and what it says."""

    x: float
    width: float
    y: float
    told: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A straight line through the whole frame: upright at x, or level at y."""

    kind: str
    name: str
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot.

    Attributes:
        title: what it shows.
        told: the whole in a sentence, for those who cannot see it.
        x_title, y_title: what the axes measure.
        x_ticks, y_ticks: where each tick stands, and what it says.
        lines, marks, bars, dots: what is drawn.

    """

    title: str
    told: str
    x_title: str
    y_title: str
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    lines: tuple[Line, ...] = ()
    marks: tuple[Mark, ...] = ()
    bars: tuple[Bar, ...] = ()
    dots: tuple[Dot, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """Two axes: turns values into places."""

    x_axis: Axis
    y_axis: Axis

    def x(self, value: float) -> float:
        """Where a value stands from the left."""
        return round(LEFT + self.x_axis.share(value) * (RIGHT - LEFT), 1)

    def y(self, value: float) -> float:
        """Where a value stands from the top."""
        return round(BOTTOM - self.y_axis.share(value) * (BOTTOM - TOP), 1)

    def line(self, kind: str, name: str, points: Iterable[tuple[float, float]]) -> Line:
        """A line through points; it breaks where a value is not finite, and one alone is a line to itself: a dot."""
        pieces: list[list[str]] = [[]]
        for x, y in points:
            if math.isfinite(y):
                pieces[-1].append(f"{self.x(x)},{self.y(y)}")
            elif pieces[-1]:
                pieces.append([])
        return Line(kind, name, tuple(" ".join(piece if len(piece) > 1 else 2 * piece) for piece in pieces if piece))

    def plot(self, title: str, told: str) -> Plot:
        """An empty plot with these axes."""
        return Plot(
            title=title,
            told=told,
            x_title=self.x_axis.title,
            y_title=self.y_axis.title,
            x_ticks=tuple((self.x(value), text) for value, text in self.x_axis.ticks),
            y_ticks=tuple((self.y(value), text) for value, text in self.y_axis.ticks),
        )


def even_ticks(low: float, high: float, *, about: int = 5) -> tuple[float, ...]:
    """Round values between two ends, a step of 1, 2 or 5 times a power of ten apart; some `about` of them."""
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(n * step for n in range(first, last + 1))


def percents(values: Sequence[float]) -> tuple[tuple[float, str], ...]:
    """Ticks of shares: '40 %'."""
    return tuple((value, told_share(value, 0)) for value in values)
