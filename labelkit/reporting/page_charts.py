"""Histograms of a page as plain geometry: where each bar stands and what it says; the template draws them as SVG."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from labelkit.domain.facts import ImageFacts
from labelkit.domain.names import shown
from labelkit.reporting.console import count

BINS = 40
WIDTH, HEIGHT = 400.0, 44.0
"""Of one histogram, in the units of its SVG."""

CLASSES = 12
"""So many classes have histograms; the page says how many more there are."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: left edge, top, width and height in the units of the SVG, and what it says."""

    x: float
    y: float
    width: float
    height: float
    told: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """The values of one class.

    Attributes:
        name: the class.
        index: its place in the class map; settles its colour.
        bars: the tallest fills the height; empty bins have none.
        middle: the median, in the units of the SVG.
        told: the whole in a sentence, for those who cannot see it.

    """

    name: str
    index: int
    bars: tuple[Bar, ...]
    middle: float
    told: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One measure, a histogram for each class on one common scale.

    Attributes:
        title: what is measured.
        note: how it is measured.
        low, centre, high: what the ends and the middle of the scale say.
        classes: one histogram each, in class order.

    """

    title: str
    note: str
    low: str
    centre: str
    high: str
    classes: tuple[Histogram, ...]


@dataclass(frozen=True, slots=True)
class _Measure:
    """What is measured: of an image, on which scale (linear from 0 to 1, or by factors), and how it is written."""

    title: str
    note: str
    of: Callable[[ImageFacts], float | None]
    written: Callable[[float], str]
    by_factors: bool


def _brightness(fact: ImageFacts) -> float | None:
    return None if fact.pixels is None else fact.pixels.brightness


def _sharpness(fact: ImageFacts) -> float | None:
    return None if fact.pixels is None else math.sqrt(fact.pixels.sharpness)


def _side(fact: ImageFacts) -> float | None:
    return math.sqrt(fact.width * fact.height) if fact.width and fact.height else None


_MEASURES = (
    _Measure("brightness", "perceived, 0 black to 1 white", _brightness, "{:.2f}".format, by_factors=False),
    _Measure("sharpness", "spread of the Laplacian, by factors", _sharpness, "{:.3g}".format, by_factors=True),
    _Measure("size", "root of width × height, by factors", _side, "{:,.0f}".format, by_factors=True),  # noqa: RUF001 - the sign for times
)


def charts(classes: Sequence[str], images: Iterable[tuple[str, ImageFacts]]) -> tuple[Chart, ...]:
    """A chart for each measure that any image has.

    Args:
        classes: in the order of the class map; the first `CLASSES` of them are drawn.
        images: each with its class; gone through once, and of each three numbers are held.

    """
    held = {name: tuple(array("d") for _ in _MEASURES) for name in classes[:CLASSES]}
    for name, fact in images:
        for measure, values in zip(_MEASURES, held.get(name, ()), strict=False):
            value = measure.of(fact) if fact.readable else None
            if value is not None and (value > 0 or not measure.by_factors):
                values.append(value)
    made = (_chart(m, [(name, values[i]) for name, values in held.items()]) for i, m in enumerate(_MEASURES))
    return tuple(chart for chart in made if chart is not None)


def _chart(measure: _Measure, values: Sequence[tuple[str, array[float]]]) -> Chart | None:
    filled = [held for _, held in values if held]
    if not filled:
        return None
    low, high = _ends(measure, min(map(min, filled)), max(map(max, filled)))
    scale = _Scale(low, high, measure)
    return Chart(
        title=measure.title,
        note=measure.note,
        low=measure.written(scale.value(0)),
        centre=measure.written(scale.value(0.5)),
        high=measure.written(scale.value(1)),
        classes=tuple(_histogram(name, i, sorted(held), scale) for i, (name, held) in enumerate(values)),
    )


def _ends(measure: _Measure, least: float, most: float) -> tuple[float, float]:
    """Of the scale: 0 to 1, or the decimal logarithms of the ends, at least a fifth of a decade apart."""
    if not measure.by_factors:
        return 0.0, 1.0
    low, high = math.log10(least), math.log10(most)
    lacking = max(0.0, 0.2 - (high - low)) / 2
    return low - lacking, high + lacking


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float
    measure: _Measure

    def value(self, share: float) -> float:
        """What stands at so much of the width, 0 to 1."""
        at = self.low + share * (self.high - self.low)
        return 10**at if self.measure.by_factors else at

    def x(self, value: float) -> float:
        """Where a value stands, in the units of the SVG."""
        at = math.log10(value) if self.measure.by_factors else value
        return min(1.0, max(0.0, (at - self.low) / (self.high - self.low))) * WIDTH


def _histogram(name: str, index: int, values: Sequence[float], scale: _Scale) -> Histogram:
    edges = [scale.value(i / BINS) for i in range(1, BINS)]
    counts = [0] * BINS
    for value in values:
        counts[bisect_right(edges, value)] += 1
    tallest = max(counts) or 1
    bars = tuple(_bar(i, n, tallest, scale) for i, n in enumerate(counts) if n)
    middle = values[len(values) // 2] if values else 0.0
    told = f"{shown(name)}: {count(len(values), 'image')}"
    if values:
        written = scale.measure.written
        told += f", {written(values[0])} to {written(values[-1])}, median {written(middle)}"
    return Histogram(shown(name), index, bars, round(scale.x(middle), 1) if values else -9.0, told)


def _bar(place: int, images: int, tallest: int, scale: _Scale) -> Bar:
    step, tall = WIDTH / BINS, max(1.5, HEIGHT * images / tallest)
    ends = (scale.measure.written(scale.value(at / BINS)) for at in (place, place + 1))
    return Bar(
        x=round(place * step + 0.5, 1),
        y=round(HEIGHT - tall, 1),
        width=step - 1,
        height=round(tall, 1),
        told=f"{' to '.join(ends)}: {count(images, 'image')}",
    )
