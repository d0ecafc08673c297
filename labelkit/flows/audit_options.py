"""What an audit was asked for: each option checked, and the order of the classes made of what was said about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labelkit.auditing.evidence import PartView
from labelkit.domain.classes import ClassMap, make_class_map
from labelkit.domain.errors import UsageError
from labelkit.domain.findings import FailOn
from labelkit.domain.loaders import LOADER_TITLES
from labelkit.domain.names import did_you_mean
from labelkit.domain.parts import union_of_classes


@dataclass(frozen=True, slots=True)
class Order:
    """What was said about the order of the classes."""

    declared: Sequence[str] | None
    ledger: Sequence[str] | None
    positive: str | None
    reject: str | None
    meaning: Mapping[str, str] | None


def chosen_loaders(loader: str | None) -> tuple[str, ...]:
    """The loader that a person named, else all.

    Raises:
        UsageError: there is none of that name.

    """
    names = tuple(LOADER_TITLES)
    if loader is None:
        return names
    if loader not in names:
        raise UsageError(f"no loader '{loader}'", remedy=did_you_mean(loader, names))
    return (loader,)


def gate_level(value: str) -> FailOn:
    """Where the gate stands.

    Raises:
        UsageError: no such place.

    """
    if value not in list(FailOn):
        raise UsageError(f"--fail-on takes {', '.join(FailOn)}, not '{value}'")
    return FailOn(value)


def share_of(value: float) -> float:
    """The share for validation.

    Raises:
        UsageError: below 0, or 1 and more.

    """
    if not 0 <= value < 1:
        raise UsageError(f"--validation-split must be at least 0 and below 1, not {value:g}")
    return value


def size_of(value: tuple[int, int]) -> tuple[int, int]:
    """(height, width) of the images in training.

    Raises:
        UsageError: less than a pixel.

    """
    if min(value) < 1:
        raise UsageError(f"image_size must be at least 1 x 1 pixels, not {value[0]} x {value[1]}")
    return value


def class_map_of(parts: Sequence[PartView], order: Order) -> ClassMap:
    """The map over the classes of all parts; a declared class without a folder stays, and is found empty."""
    names = union_of_classes(part.tree for part in parts)
    declared = order.declared or ()
    if declared and set(names) <= set(declared):
        names = tuple(dict.fromkeys(declared))
    return make_class_map(
        names,
        declared=declared,
        ledger=order.ledger,
        positive=order.positive,
        reject=order.reject if order.reject in names else None,
        meaning=order.meaning,
    )
