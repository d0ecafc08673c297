"""What an audit has to say: findings, and how grave they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How grave a finding is; the gate is set at one of these."""

    ERROR = "error"
    """Training on it would fail or teach something wrong."""
    WARNING = "warning"
    """It may be meant, but a person should know."""
    INFO = "info"
    """Worth knowing."""

    @property
    def rank(self) -> int:
        """0 for error, 1 for warning, 2 for info."""
        return list(Severity).index(self)


class FailOn(StrEnum):
    """Where the gate stands: findings at or above it make the audit fail."""

    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that an audit found.

    Attributes:
        check: the name of the check, as `--select` and `--ignore` take it.
        severity: how grave it is.
        message: what was seen.
        remedy: what to do; empty when there is nothing to do.
        files: paths relative to the base folder, sorted; where the check ranks them (`label`), the worst first.
        groups: files that belong together (copies of one image), each group sorted.
        numbers: what was counted or computed, by name.
        accepted: how many of its files (or groups, where it has some) a baseline accepts; they are in neither list.

    """

    check: str
    severity: Severity
    message: str
    remedy: str = ""
    files: tuple[str, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    numbers: dict[str, float] = field(default_factory=dict)
    accepted: int = 0

    def as_json(self) -> dict[str, object]:
        """The contract's object for one finding."""
        return {
            "check": self.check,
            "severity": str(self.severity),
            "message": self.message,
            "remedy": self.remedy,
            "files": list(self.files),
            "groups": [list(group) for group in self.groups],
            "numbers": dict(self.numbers),
            "accepted": self.accepted,
        }
