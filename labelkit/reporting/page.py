"""An audit as one page: a file that opens from disk, asks for nothing else, and runs nothing but its own few lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labelkit.domain.audit import AuditReport
from labelkit.domain.names import shown
from labelkit.reporting.html_file import render
from labelkit.reporting.page_findings import Shooter
from labelkit.reporting.page_view import view


@dataclass(frozen=True, slots=True)
class Page:
    """A finished page: its bytes (UTF-8) and how many pictures stand in it."""

    data: bytes
    pictures: int


def audit_page(reports: Sequence[AuditReport], *, made: str) -> Page:
    """The page of one audit or of several.

    Some 60 kB and at most 24 pictures of some 4 kB for each finding, however many images there are.

    Args:
        reports: what was found; each knows where the pictures of its images come from.
        made: when the audit was begun, for people.

    """
    views, pictures = [], 0
    for number, report in enumerate(reports, 1):
        shooter = Shooter.of(report)
        pictures += len(shooter.pictures)
        views.append(view(report, shooter, number=number))
    values = {"audits": views, "made": shown(made)}
    return Page(render("page.html", values, styles=("page.css",), script="page.js"), pictures)
