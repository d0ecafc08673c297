"""The table of shortcuts on a page: how well each thing that is not the part tells the class."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from labelkit.domain.findings import Finding
from labelkit.domain.names import shown

_CHECK, _AREA, _CHANCE = "spurious_correlations", "auc_", "p_"
_GUESSING = 0.5
"""The area under the ROC curve of guessing."""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One thing that is not the part.

    Attributes:
        name: what it is, harmless.
        area: under the ROC curve, as written.
        filled: length of its bar: 0 for guessing, 100 for certainty.
        tells: whether the audit says that it gives the class away.

    """

    name: str
    area: str
    filled: float
    tells: bool


def shortcuts(findings: Iterable[Finding]) -> tuple[Shortcut, ...]:
    """Everything that `spurious_correlations` looked at, the most telling first; empty where it was not run."""
    own = [finding for finding in findings if finding.check == _CHECK]
    areas = {n.removeprefix(_AREA): v for f in own for n, v in f.numbers.items() if n.startswith(_AREA)}
    telling = {n.removeprefix(_CHANCE) for f in own for n in f.numbers if n.startswith(_CHANCE)}
    ordered = sorted(areas.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        Shortcut(shown(name.replace("_", " ")), f"{area:.2f}", _filled(area), name in telling) for name, area in ordered
    )


def told_in_table(finding: Finding, name: str) -> bool:
    """Whether a number of a finding stands in the table, and need not be told with the finding."""
    return finding.check == _CHECK and name.startswith((_AREA, _CHANCE))


def _filled(area: float) -> float:
    return round(100 * min(1.0, max(0.0, (area - _GUESSING) / (1 - _GUESSING))), 1)
