"""The pictures of a model's page: its worst mistakes by kind, and images whose label is probably wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from labelkit.domain.evaluation import Mistake
from labelkit.domain.model_report import ModelReport
from labelkit.domain.names import shown
from labelkit.domain.suspects import Suspect
from labelkit.reporting.console import cut_middle
from labelkit.reporting.html_file import data_uri
from labelkit.reporting.metrics_console import nats, share

Told = TypeVar("Told")
"""A mistake or a suspect."""

MISTAKES, SUSPECTS = 48, 24
"""So many mistakes and suspects have a picture."""

_LONG_NAME = 40
"""Characters of a class name below a picture."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One image.

    Attributes:
        path: harmless.
        picture: a data: URI; empty where there is none.
        words: what stands before each of the two classes, as "really" and "said".
        first, second: the classes, harmless, with their indices.
        told: the probability, or the cross-entropy, as a short sentence.

    """

    path: str
    picture: str
    words: tuple[str, str]
    first: tuple[str, int]
    second: tuple[str, int]
    told: str


@dataclass(frozen=True, slots=True)
class Shots:
    """Images of one kind: what they have in common, those shown, and how many are not."""

    title: str
    shots: tuple[Shot, ...]
    more: int


def pictures(report: ModelReport) -> tuple[tuple[Shots, ...], tuple[Shots, ...]]:
    """The mistakes by kind and the suspects by label, the worst of each first; every picture is asked for once."""
    mistakes = _chosen(_kinds(report), MISTAKES)
    suspects = _chosen(_by_label(report), SUSPECTS)
    paths = [m.path for _, some, _ in mistakes for m in some] + [s.path for _, some, _ in suspects for s in some]
    found = {p: data_uri(data) for p, data in report.thumbnails.pictures(list(dict.fromkeys(paths))) if data}
    indices = report.found.card.class_map.indices
    return (
        tuple(Shots(shown(t), tuple(_mistake(m, found, indices) for m in some), n) for t, some, n in mistakes),
        tuple(Shots(shown(t), tuple(_suspect(s, found, indices) for s in some), n) for t, some, n in suspects),
    )


def _chosen(kinds: Sequence[tuple[str, Sequence[Told]]], most: int) -> list[tuple[str, Sequence[Told], int]]:
    """Of each kind those that are shown, and how many are not."""
    room = _room([len(some) for _, some in kinds], most)
    return [(title, some[:n], len(some) - n) for (title, some), n in zip(kinds, room, strict=True)]


def _by_label(report: ModelReport) -> list[tuple[str, list[Suspect]]]:
    by_label: dict[str, list[Suspect]] = {}
    for suspect in report.suspects:
        by_label.setdefault(suspect.label, []).append(suspect)
    return [(f"Called {label}", some) for label, some in by_label.items()]


def _kinds(report: ModelReport) -> list[tuple[str, list[Mistake]]]:
    """The mistakes, the surest first; by what they mean where a reject class is known."""
    reject, every = report.found.metrics.reject, list(report.found.mistakes)
    if reject is None:
        return [("", every)] if every else []
    kinds = [
        (f"Let through: really {reject}", [m for m in every if m.really == reject]),
        ("Rejected, though good", [m for m in every if m.said == reject]),
        ("One good class for another", [m for m in every if reject not in {m.really, m.said}]),
    ]
    return [(title, some) for title, some in kinds if some]


def _room(sizes: Sequence[int], most: int) -> list[int]:
    """How many of each kind are shown: an even share, and what one leaves over goes to the next larger ones."""
    room, left = [0] * len(sizes), most
    for done, i in enumerate(sorted(range(len(sizes)), key=lambda i: sizes[i])):
        room[i] = min(sizes[i], left // (len(sizes) - done))
        left -= room[i]
    return room


def _class(name: str, indices: Mapping[str, int]) -> tuple[str, int]:
    return cut_middle(shown(name), _LONG_NAME), indices.get(name, -1)


def _mistake(m: Mistake, found: Mapping[str, str], indices: Mapping[str, int]) -> Shot:
    return Shot(
        path=shown(m.path),
        picture=found.get(m.path, ""),
        words=("really", "said"),
        first=_class(m.really, indices),
        second=_class(m.said, indices),
        told=f"gives its own class {share(m.probability)}",
    )


def _suspect(s: Suspect, found: Mapping[str, str], indices: Mapping[str, int]) -> Shot:
    return Shot(
        path=shown(s.path),
        picture=found.get(s.path, ""),
        words=("called", "rather"),
        first=_class(s.label, indices),
        second=_class(s.suggested, indices),
        told=f"cross-entropy {nats(s.cross_entropy)}",
    )
