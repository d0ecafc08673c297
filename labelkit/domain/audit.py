"""The result of an audit: everything that the console and `--json` tell, and nothing of a million paths."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from enum import StrEnum

from labelkit.domain.classes import ClassMap
from labelkit.domain.facts import FactValue, ImageFacts, table_of_facts
from labelkit.domain.findings import Finding, Severity
from labelkit.domain.loaders import LoaderSummary
from labelkit.domain.names import shown


class FailOn(StrEnum):
    """Where the gate stands: findings at or above it make the audit fail."""

    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class ClassCount:
    """One class and its images.

    Attributes:
        name: the class.
        images: how many, readable or not, over all parts.
        share: of all images in classes, 0 to 1.
        parts: part folder to how many of them lie there; empty for a dataset without parts.

    """

    name: str
    images: int
    share: float
    parts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FileCounts:
    """What lies in the folder: `seen = readable + unreadable` images, and files that are no images beside them."""

    readable: int
    unreadable: int
    not_image: int

    @property
    def seen(self) -> int:
        """All images, readable or not."""
        return self.readable + self.unreadable


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether the audit passes."""

    fail_on: FailOn
    passed: bool


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What an audit of one folder found.

    Attributes:
        base_dir: the folder as it was given.
        files: images and other files.
        classes: every class in the order of the class map.
        class_map: index 0 first.
        parts: folder names of the parts, train first; empty for a dataset without parts.
        loaders: what each loader makes of it (of the train part, where there are parts).
        findings: the gravest first.
        gate: whether it passes.
        seconds: how long the audit took.
        originals: sort placed nothing (`--mode none`): judged are the originals, and loaders as if they were placed.
        facts: of every image, readable or not, by path.

    """

    base_dir: str
    files: FileCounts
    classes: tuple[ClassCount, ...]
    class_map: ClassMap
    parts: tuple[str, ...]
    loaders: tuple[LoaderSummary, ...]
    findings: tuple[Finding, ...]
    gate: Gate
    seconds: float = field(default=0.0, compare=False)
    originals: bool = False
    facts: tuple[ImageFacts, ...] = field(default=(), repr=False)

    def facts_table(self) -> dict[str, list[FactValue]]:
        """Every fact as columns: `pandas.DataFrame(report.facts_table())` is the frame, one row an image."""
        return table_of_facts(self.facts)

    @property
    def exit_code(self) -> int:
        """0 when the gate is passed, else 1."""
        return 0 if self.gate.passed else 1

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(f.severity is severity for f in self.findings)

    def __str__(self) -> str:
        head = [f"{shown(self.base_dir)}: {self.files.seen:,} images, {self.files.unreadable:,} unreadable"]
        head += [f"  index {i} = {shown(c.name)}: {c.images:,} images" for i, c in enumerate(self.classes)]
        head += [f"  {f.severity:<8} {f.check:<18} {shown(f.message)}" for f in self.findings]
        return "\n".join([*head, "passed" if self.gate.passed else "not passed"])

    def _repr_html_(self) -> str:
        classes = "".join(_row(str(i), c.name, f"{c.images:,}", f"{c.share:.1%}") for i, c in enumerate(self.classes))
        findings = "".join(_row(f.severity, f.check, f.message, f.remedy) for f in self.findings)
        head = f"<p>{_safe(self.base_dir)}: {self.files.seen:,} images, {self.files.unreadable:,} unreadable</p>"
        return f"{head}<table>{_row('index', 'class', 'images', 'share')}{classes}</table><table>{findings}</table>"


def _safe(text: str) -> str:
    return html.escape(shown(text))


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{_safe(cell)}</td>" for cell in cells) + "</tr>"
