"""Words of the command line that are more than one value: NAME=VALUE pairs and lists with commas."""

from __future__ import annotations

from collections.abc import Iterable

from labelkit.domain.errors import UsageError


def pairs(given: Iterable[str], *, option: str) -> dict[str, str]:
    """Read NAME=VALUE words.

    Raises:
        UsageError: a word without '=', or a name given two values.

    """
    out: dict[str, str] = {}
    for word in given:
        name, equals, value = word.partition("=")
        if not equals or not name or not value:
            raise UsageError(f"{option} takes NAME=VALUE, not '{word}'")
        if out.get(name, value) != value:
            raise UsageError(f"{option} gives '{name}' two meanings: {out[name]} and {value}")
        out[name] = value
    return out


def names(given: str | None) -> list[str]:
    """Read names with commas between, as NG,GO."""
    return [part.strip() for part in given.split(",") if part.strip()] if given else []
