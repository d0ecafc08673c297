"""Everything beside the part that might tell the class: one nuisance after the other, each with a value an image."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from labelkit.auditing.measures import MEASURES, Measure, Origin, Value, column
from labelkit.auditing.moments import Moment, copied_in_bulk, moment, written_moment, written_time
from labelkit.auditing.name_measures import name_measures
from labelkit.domain.facts import ImageFacts

_ENDINGS = re.compile(r"(?:no|nr|id|number|name|番号|名)$")
_WHERE_AND_WHEN = frozenset(
    [
        *("lot", "batch", "charge", "los", "station", "line", "machine", "camera", "cam", "operator", "shift"),
        *("fixture", "tool", "cavity", "mold", "mould", "nest", "carrier", "pallet", "site", "plant", "supplier"),
        *("material", "recipe", "program", "day", "date", "time", "timestamp", "datetime"),
        *("ロット", "設備", "工程", "ライン", "カメラ", "号機", "作業者", "担当", "担当者", "日時", "日付", "検査日"),
        *("検査日時", "撮影日時", "時刻", "金型", "キャビティ", "班", "シフト", "直", "批次", "工位"),
    ]
)
"""Columns of a table that speak of where and when; scores and verdicts do not: they are what the label is made of."""

_MOSTLY = 0.9
"""Share of the cells that must be times for a column to hold times."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The images that a shortcut is looked for in, as columns.

    Attributes:
        paths: from the base folder.
        below: the same from the class folder on.
        labels: index of each image's class.
        classes: names of the classes that the indices speak of.
        facts: of each image.
        columns: column of a table to (path to cell).

    """

    paths: Sequence[str]
    below: Sequence[str]
    labels: Sequence[int]
    classes: Sequence[str]
    facts: Sequence[ImageFacts]
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def nuisances(subject: Subject) -> Iterator[tuple[Measure, list[Value]]]:
    """Each nuisance with its values, one an image, in a fixed order; made one at a time."""
    for measure in MEASURES:
        yield measure, measure.values([column(subject.facts, name) for name in measure.needs])
    yield from _times("taken", "EXIF time", [moment(text) for text in column(subject.facts, "exif_taken")])
    yield from _file_times([moment(text) for text in column(subject.facts, "modified")])
    for name, cells in sorted(subject.columns.items()):
        if of_where_and_when(name):
            yield from _of_column(name, [cells.get(path, "") for path in subject.paths])
    yield from name_measures(subject.below, subject.labels, subject.classes)


def of_where_and_when(name: str) -> bool:
    """Whether a column's name speaks of where or when a part was made or seen."""
    plain = re.sub(r"[\W_\d]", "", name.casefold())
    return plain in _WHERE_AND_WHEN or _ENDINGS.sub("", plain) in _WHERE_AND_WHEN


def _of_column(name: str, cells: Sequence[str]) -> Iterator[tuple[Measure, list[Value]]]:
    moments = [moment(cell) for cell in cells]
    if sum(m is not None for m in moments) >= _MOSTLY * sum(bool(cell) for cell in cells) > 0:
        yield from _times(f"column_{name}", name, moments)
    else:
        yield Measure(f"column_{name}", name, Origin.TAKEN, False, ()), [cell or None for cell in cells]


def _times(name: str, told: str, moments: Sequence[Moment | None]) -> Iterator[tuple[Measure, list[Value]]]:
    """The order in time, the time of day, and the day."""
    yield _numbers(name, told, written_moment), [m.order if m else None for m in moments]
    timed = [m.second if m and m.timed else None for m in moments]
    yield _numbers(f"{name}_time_of_day", f"{told}: time of day", written_time), list(timed)
    yield Measure(f"{name}_day", f"{told}: day", Origin.TAKEN, False, ()), [m.day if m else None for m in moments]


def _file_times(moments: Sequence[Moment | None]) -> Iterator[tuple[Measure, list[Value]]]:
    """File times, unless they only say when the files were copied."""
    known = [m.order for m in moments if m]
    if known and not copied_in_bulk(known):
        yield from _times("file_time", "file time", moments)


def _numbers(name: str, told: str, tell: Callable[[float], str]) -> Measure:
    return Measure(name, told, Origin.TAKEN, True, (), None, tell)
