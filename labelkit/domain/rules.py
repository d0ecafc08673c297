"""What every source of votes has in common: a name that nobody else bears, a place, and a priority by order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from labelkit.domain.errors import RulesError


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


def default_priorities(sources: Sequence[object]) -> range:
    """One priority a source, counting down to 1: the first given has the highest."""
    return range(len(sources), 0, -1)
