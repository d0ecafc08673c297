"""What a check hands back: a finding that does not know its own name yet."""

from __future__ import annotations

from dataclasses import dataclass, field

from labelkit.domain.findings import Severity


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that a check saw; the catalog gives it the check's name.

    Attributes:
        message: what was seen.
        remedy: what to do; empty when there is nothing to do.
        files, groups, numbers: as in `Finding`.
        severity: None takes the check's default.

    """

    message: str
    remedy: str = ""
    files: tuple[str, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    numbers: dict[str, float] = field(default_factory=dict)
    severity: Severity | None = None


def counted(n: int, noun: str, plural: str = "") -> str:
    """'1 image', '1,803 images'."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def listed(names: list[str] | tuple[str, ...], limit: int = 5) -> str:
    """Names for a sentence: all of a few, else the first ones and how many more."""
    if len(names) <= limit:
        return ", ".join(names)
    return f"{', '.join(names[:limit])} and {len(names) - limit:,} more"
