"""What every source of votes has in common: a name that nobody else bears, a place, and a priority by order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from labelkit.domain.errors import RulesError, UsageError
from labelkit.domain.names import did_you_mean


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rules file as it was read: its path as told to people, and the SHA-256 of its bytes (64 hexadecimal digits)."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class NamedRule:
    """A rule's name, and where it stands (`file:line`, or the option that gave it)."""

    name: str
    place: str


def check_unique(rules: Iterable[NamedRule]) -> None:
    """Hold that no two rules bear one name.

    Raises:
        RulesError: names both places.

    """
    seen: dict[str, str] = {}
    for rule in rules:
        if rule.name in seen:
            raise RulesError(
                f"two rules are called '{rule.name}': {seen[rule.name]} and {rule.place}",
                place=rule.place,
                remedy="give one of them another name",
            )
        seen[rule.name] = rule.place


GIVEN_ORDER = ("rules", "rule", "label_column", "from_predictions")
"""The kinds of source in the order that stands where none was given: highest priority first."""


def checked_order(order: Sequence[str]) -> tuple[str, ...]:
    """The kinds of source, highest priority first; kinds left out follow in their usual order.

    Raises:
        UsageError: a kind that there is not, or one named twice.

    """
    for kind in order:
        if kind not in GIVEN_ORDER:
            raise UsageError(f"there is no kind of source '{kind}'", remedy=did_you_mean(kind, GIVEN_ORDER))
    if len(set(order)) < len(order):
        raise UsageError(f"a kind of source is named twice: {', '.join(order)}")
    return (*order, *(kind for kind in GIVEN_ORDER if kind not in order))


def default_priorities(sources: Sequence[object]) -> range:
    """One priority a source, counting down to 1: the first given has the highest."""
    return range(len(sources), 0, -1)
