"""The tables of a model's page: confusion, lines on the reject class, groups, and what the model was made from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from labelkit.domain.evaluation import CostThreshold, ErrorCounts, Evaluation, LineKind, ScoreErrors
from labelkit.domain.metrics import Metrics
from labelkit.domain.model_report import ModelReport
from labelkit.domain.names import shown
from labelkit.reporting.console import count, cut_middle
from labelkit.reporting.metrics_console import between, nats, share

MATRIX = 20
"""So many classes have a row and a column; more are told by their commonest confusions only."""

NARROW = 4
"""So many classes fit beside the figures."""

_LONG_NAME = 28
"""Characters of a class name in the confusion."""

_COMMONEST = 20
"""So many confusions are listed."""

_GROUPS, _MORE_GROUPS = 20, 500
"""So many groups stand in sight, and so many in all."""

_ORIGIN = 60
"""So many lines of the origin are shown."""

_LONGEST = 400
"""Characters of one value of the origin."""

_SOME, _OFTEN = 0.05, 0.25
"""From these shares of a class on a confusion stands out, and is framed."""

_NAMED = 8
"""So many columns bear the name of their class; more bear its index."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One count of the confusion: as written, and its kind: right, or rare, wrong or often (that wrong); none for 0."""

    told: str
    kind: str


@dataclass(frozen=True, slots=True)
class ConfusionRow:
    """Images that really are one class: its name and index, what they were said to be, and the share found."""

    name: str
    index: int
    cells: tuple[Cell, ...]
    found: str


@dataclass(frozen=True, slots=True)
class Confusion:
    """What each class was said to be.

    Attributes:
        names: of the columns, cut to fit; their indices where there are many.
        rows: one a class; none where there are too many classes.
        right: of the images said to be each class, the share that is right.
        commonest: (really, its index, said, its index, images), the most first; empty where the rows tell it at once.
        unlisted: how many confusions are not in `commonest`.
        wide: too wide to stand beside the figures.
    by_index: the columns bear indices.

    """

    names: tuple[str, ...]
    rows: tuple[ConfusionRow, ...]
    right: tuple[str, ...]
    commonest: tuple[tuple[str, int, str, int, str], ...]
    unlisted: int
    wide: bool
    by_index: bool


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group; the accuracy and the ends of its interval in percent, for a drawing."""

    name: str
    images: str
    accuracy: str
    interval: str
    cross_entropy: str
    low: float
    at: float
    width: float


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups, worst first: those in sight, those that open, and how many are not listed."""

    first: tuple[GroupRow, ...]
    more: tuple[GroupRow, ...]
    unlisted: int


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line on the probability of the reject class: why it is told, where it is, its mistakes, and their cost."""

    why: str
    threshold: str
    escapes: str
    escape_interval: str
    overkills: str
    overkill_interval: str
    cost: str
    chosen: bool


def confusion(m: Metrics) -> Confusion:
    """What each class was said to be, by name."""
    classes = [(cut_middle(shown(name), _LONG_NAME), i) for i, name in enumerate(m.classes)]
    wrong = [(n, i, j) for i, row in enumerate(m.confusion) for j, n in enumerate(row) if n and i != j]
    wrong.sort(key=lambda found: (-found[0], found[1], found[2]))
    listed = wrong[:_COMMONEST] if len(classes) > NARROW else []
    whole = len(classes) <= MATRIX
    return Confusion(
        names=tuple(cut_middle(name, 14) if len(classes) <= _NAMED else str(i) for name, i in classes) if whole else (),
        rows=tuple(_confusion_row(m, i) for i in range(len(classes))) if whole else (),
        right=tuple(_said_rightly(m, j) for j in range(len(classes))) if whole else (),
        commonest=tuple((*classes[i], *classes[j], f"{n:,}") for n, i, j in listed),
        unlisted=len(wrong) - len(listed) if listed else 0,
        wide=len(classes) > NARROW,
        by_index=whole and len(classes) > _NAMED,
    )


def _confusion_row(m: Metrics, index: int) -> ConfusionRow:
    row = m.confusion[index]
    whole = sum(row)
    cells = tuple(Cell(f"{n:,}", _kind(n, whole, right=i == index)) for i, n in enumerate(row))
    return ConfusionRow(
        cut_middle(shown(m.classes[index]), _LONG_NAME), index, cells, share(row[index] / whole) if whole else "-"
    )


def _kind(n: int, whole: int, *, right: bool) -> str:
    if right or not n:
        return "right" if n else ""
    if n >= _OFTEN * whole:
        return "often"
    return "wrong" if n >= _SOME * whole else "rare"


def _said_rightly(m: Metrics, index: int) -> str:
    said = sum(row[index] for row in m.confusion)
    return share(m.confusion[index][index] / said) if said else "-"


def groups(found: Evaluation) -> Groups:
    """Each group's figures, the worst first."""
    rows = [
        GroupRow(
            name=shown(g.group),
            images=f"{g.images:,}",
            accuracy=share(g.accuracy),
            interval=between(g.interval),
            cross_entropy=nats(g.cross_entropy),
            low=round(100 * g.interval[0], 1),
            at=round(100 * g.accuracy, 1),
            width=round(100 * (g.interval[1] - g.interval[0]), 1),
        )
        for g in found.groups[:_MORE_GROUPS]
    ]
    return Groups(tuple(rows[:_GROUPS]), tuple(rows[_GROUPS:]), len(found.groups) - len(rows))


def lines(found: Evaluation) -> tuple[LineRow, ...]:
    """The lines on the reject class worth a name, from the lowest on; with costs the cheapest is among them."""
    if found.reject_curve is None:
        return ()
    reject, costs = shown(found.reject_curve.reject), found.threshold
    why = {
        LineKind.NO_ESCAPE: f"no {reject} let through",
        LineKind.HALF: "one half",
        LineKind.NO_OVERKILL: "no good one rejected",
    }
    named = [("cheapest", costs.threshold, costs.at_threshold)] if costs else []
    named += [(why[line.kind], line.threshold, line.counts) for line in found.reject_curve.lines]
    rows: dict[float, tuple[list[str], ErrorCounts]] = {}
    for name, threshold, counts in named:
        rows.setdefault(threshold, ([], counts))[0].append(name)
    return tuple(_line(threshold, *rows[threshold], costs) for threshold in sorted(rows))


def _line(threshold: float, names: Sequence[str], counts: ErrorCounts, costs: CostThreshold | None) -> LineRow:
    return LineRow(
        why=", ".join(names),
        threshold=f"{threshold:.3f}" if 0.0005 <= threshold < 0.9995 else f"{threshold:.2g}",  # noqa: PLR2004 - what three places tell
        escapes=f"{counts.escapes:,} of {counts.rejects:,}",
        escape_interval=between(counts.escape_interval),
        overkills=f"{counts.overkills:,} of {counts.goods:,}",
        overkill_interval=between(counts.overkill_interval),
        cost=f"{counts.cost(costs.costs):.3g}" if costs else "",
        chosen=costs is not None and threshold == costs.threshold,
    )


def scores(found: ScoreErrors | None) -> tuple[tuple[str, str, str], ...]:
    """Errors in score units: what, how much, and what it means; empty where the classes are no numbers."""
    if found is None:
        return ()
    return (
        ("mean absolute error", f"{found.mean_absolute_error:.3g}", "How far the score that is said lies off."),
        (
            "weighted by probability",
            f"{found.expected_absolute_error:.3g}",
            "The same for the mean over the scores, each weighted by its probability.",
        ),
        ("always the middle score", f"{found.guess_absolute_error:.3g}", "What somebody gets who looks at no image."),
    )


def origin(report: ModelReport) -> tuple[tuple[str, str], ...]:
    """What the model was made from, as its bundle says, name by name; bounded, whatever stands in the file."""
    card = report.found.card
    height, width = card.image_size
    told = [
        ("bundle", report.found.bundle),
        ("pixels", f"{width} × {height}, {card.recipe}"),  # noqa: RUF001 - the sign of multiplication
        ("class mode", str(card.class_mode)),
    ]
    if card.learned:
        told.append(("learned from", _learned(report)))
    own = {"schema", "recipe", "aspect", "crop", "image_size", "learned", "best_epoch"}
    told += _flat({k: v for k, v in report.origin.items() if k not in own})
    return tuple((shown(name), shown(cut_middle(value, _LONGEST))) for name, value in told[:_ORIGIN])


def _learned(report: ModelReport) -> str:
    card = report.found.card
    counts = ", ".join(f"{name} {n:,}" for name, n in zip(card.class_map.classes, card.learned, strict=True))
    return f"{count(sum(card.learned), 'image')} ({counts})"


def _flat(values: Mapping[str, object], above: str = "") -> Iterator[tuple[str, str]]:
    """Name and value of each plain value; what lies deeper than one level is written as JSON; nothing is left out."""
    for key, value in values.items():
        name = f"{above}{key}".replace("_", " ")
        if isinstance(value, Mapping) and not above:
            yield from _flat(value, f"{key}: ")
        elif value is not None:
            yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
