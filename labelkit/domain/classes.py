"""The class map: one ordered list of class names that travels from sort to predict."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from labelkit.domain.errors import UsageError
from labelkit.domain.names import did_you_mean

_REJECTS = frozenset(
    ["ng", "nok", "notok", "fail", "failed", "bad", "defect", "defective", "reject", "不良", "\u00d7", "x"]
)
"""Class names that mean a rejected part, after `_reject_key`."""


class OrderSource(StrEnum):
    """Where the class order comes from; the first that applies."""

    DECLARED = "declared"
    LEDGER = "ledger"
    NUMERIC = "numeric"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class ClassMap:
    """Ordered class names: the index of a class is its position.

    Attributes:
        classes: class names, index 0 first; no name twice.
        source: where the order comes from.
        reject: the class that escape and overkill speak of, or None.

    """

    classes: tuple[str, ...]
    source: OrderSource = OrderSource.TEXT
    reject: str | None = None

    def __post_init__(self) -> None:
        if len(set(self.classes)) != len(self.classes):
            raise UsageError(f"a class is named twice: {', '.join(self.classes)}")

    @property
    def positive(self) -> str | None:
        """The class that one output near 1 means: index 1 of two; None for any other number of classes."""
        return self.classes[1] if len(self.classes) == 2 else None  # noqa: PLR2004 - two classes are the binary case

    @property
    def indices(self) -> dict[str, int]:
        """Class name to index, as Keras' `class_indices`."""
        return {name: i for i, name in enumerate(self.classes)}

    def told(self) -> str:
        """Which index each class has, and what an output near 1 means where there is one output."""
        told = ", ".join(f"index {i} = {name}" for i, name in enumerate(self.classes))
        return f"{told}: the output near 1 means {self.positive}" if self.positive else told

    def as_json(self) -> dict[str, object]:
        """The contract's `class_map` object."""
        return {
            "classes": list(self.classes),
            "positive": self.positive,
            "reject": self.reject,
            "source": str(self.source),
        }


def text_order(names: Sequence[str]) -> tuple[str, ...]:
    """The order that most loaders use: by code point, so '100' comes before '60' and 'NG' before 'OK'."""
    return tuple(sorted(names))


def number_of(name: str) -> float | None:
    """The number that a class name writes, or None: '60', '060', '7.5', '-1'."""
    if not name.isascii() or not name.strip("-").replace(".", "", 1).isdigit() or name != name.strip():
        return None
    try:
        return float(name)
    except ValueError:
        return None


def numeric_order(names: Sequence[str]) -> tuple[str, ...] | None:
    """The order by value when every name is a number, else None; equal values in text order."""
    values = {name: number_of(name) for name in names}
    if not names or any(v is None for v in values.values()):
        return None
    return tuple(sorted(names, key=lambda n: (values[n] or 0.0, n)))


def recognised_reject(names: Sequence[str], meaning: Mapping[str, str] | None = None) -> str | None:
    """The one class whose name, or declared meaning, says reject; None when none or several do."""
    hits = [n for n in names if _reject_key((meaning or {}).get(n, n)) in _REJECTS]
    return hits[0] if len(hits) == 1 else None


def _reject_key(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in folded if not c.isspace() and c not in "._-")


def make_class_map(
    names: Sequence[str],
    *,
    declared: Sequence[str] | None = None,
    ledger: Sequence[str] | None = None,
    positive: str | None = None,
    reject: str | None = None,
    meaning: Mapping[str, str] | None = None,
) -> ClassMap:
    """Settle the order of `names`: declared, else the ledger's, else numeric when all are numbers, else text.

    Args:
        names: the class folders that are there.
        declared: the order that a person declared; must name exactly these classes.
        ledger: the order that sort recorded; taken when it names exactly these classes.
        positive: the class to stand at index 1 of two.
        reject: the class that escape and overkill speak of; must be one of `names`.
        meaning: declared meanings, as `{"60": "NG"}`.

    Raises:
        UsageError: a declared name that is not there, a class left out, or `positive` with other than two classes.

    """
    order, source = _settled(names, declared, ledger)
    if positive is not None:
        order, source = _with_positive(order, positive), OrderSource.DECLARED
    if reject is not None and reject not in order:
        raise UsageError(f"no class '{reject}' to be the reject", remedy=did_you_mean(reject, order))
    return ClassMap(order, source, reject if reject is not None else recognised_reject(order, meaning))


def _settled(
    names: Sequence[str], declared: Sequence[str] | None, ledger: Sequence[str] | None
) -> tuple[tuple[str, ...], OrderSource]:
    if declared:
        _check_declared(names, declared)
        return tuple(declared), OrderSource.DECLARED
    if ledger and set(ledger) == set(names):
        return tuple(ledger), OrderSource.LEDGER
    numeric = numeric_order(names)
    if numeric is not None:
        return numeric, OrderSource.NUMERIC
    return text_order(names), OrderSource.TEXT


def _check_declared(names: Sequence[str], declared: Sequence[str]) -> None:
    if len(set(declared)) != len(declared):
        raise UsageError(f"--classes names a class twice: {', '.join(declared)}")
    for name in declared:
        if name not in names:
            raise UsageError(
                f"--classes names '{name}', but there is no such class", remedy=did_you_mean(name, sorted(names))
            )
    left_out = [n for n in sorted(names) if n not in declared]
    if left_out:
        raise UsageError(
            f"--classes leaves out {', '.join(left_out)}",
            remedy=f"name every class: --classes {','.join([*declared, *left_out])}",
        )


def _with_positive(order: tuple[str, ...], positive: str) -> tuple[str, ...]:
    if len(order) != 2:  # noqa: PLR2004 - two classes are the binary case
        raise UsageError(f"--positive speaks of two classes, but there are {len(order)}: {', '.join(order)}")
    if positive not in order:
        raise UsageError(f"no class '{positive}' to be positive", remedy=did_you_mean(positive, order))
    return (next(n for n in order if n != positive), positive)
