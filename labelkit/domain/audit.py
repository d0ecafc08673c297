"""The result of an audit: everything that the console and `--json` tell, and nothing of a million paths."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, field

from labelkit.domain.baseline import BaselineCount
from labelkit.domain.classes import ClassMap
from labelkit.domain.facts import FactValue, ImageFacts, table_of_facts
from labelkit.domain.findings import FailOn, Finding, Severity
from labelkit.domain.loaders import LoaderSummary
from labelkit.domain.names import shown
from labelkit.domain.suspects import Suspects
from labelkit.domain.thumbnails import NoThumbnails, Thumbnails
from labelkit.domain.units import told_share


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
class CheckRun:
    """One check of the catalog in one audit.

    Attributes:
        name: as `--select` takes it.
        skipped: why it was not run; empty when it was.

    """

    name: str
    skipped: str = ""


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
        checks: every check there is, run or not, in the order of the catalog.
        accepted: findings that a baseline accepts in whole; they do not count at the gate.
        baseline: how many of its entries were found again; None without one.
        thumbnails: small pictures of the images, made when asked for.
        suspects: probable label errors, where a model was asked; also those that a baseline accepts.

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
    facts: Sequence[ImageFacts] = field(default=(), repr=False)
    checks: tuple[CheckRun, ...] = ()
    accepted: tuple[Finding, ...] = ()
    baseline: BaselineCount | None = None
    thumbnails: Thumbnails = field(default_factory=NoThumbnails, compare=False, repr=False)
    suspects: Suspects | None = field(default=None, repr=False)

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
        return "\n".join([*head, self._verdict()])

    def _verdict(self) -> str:
        accepted = f", {len(self.accepted):,} accepted before" if self.accepted else ""
        return f"{'passed' if self.gate.passed else 'not passed'}{accepted}"

    def _repr_html_(self) -> str:
        """The short form for a notebook, bounded; `labelkit.write_page` makes the whole page."""
        classes = [(str(i), c.name, f"{c.images:,}", told_share(c.share)) for i, c in enumerate(self.classes)]
        findings = [(str(f.severity), f.check, f.message, f.remedy) for f in self.findings]
        head = f"{self.base_dir}: {self.files.seen:,} images, {self.files.unreadable:,} unreadable; {self._verdict()}"
        tables = _table(("index", "class", "images", "share"), classes) + _table((), findings)
        return f"<p>{_safe(head)}</p>{tables}"


_ROWS = 20
"""So many rows a table in a notebook has at most."""


def _table(heading: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    told = [*([heading] if heading else []), *rows[:_ROWS]]
    more = f"<p>and {len(rows) - _ROWS:,} more</p>" if len(rows) > _ROWS else ""
    return f"<table>{''.join(_row(*row) for row in told)}</table>{more}"


def _safe(text: str) -> str:
    return html.escape(shown(text))


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{_safe(cell)}</td>" for cell in cells) + "</tr>"
