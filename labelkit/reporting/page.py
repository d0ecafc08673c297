"""An audit as one page: a file that opens from disk, asks for nothing else, and runs nothing but its own few lines.

Names of files and classes are hostile text. They are made harmless (`shown`) before they come here, the template
escapes every value, and the policy that the page carries lets only the very style and script run that stand in it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined

from labelkit.domain.audit import AuditReport
from labelkit.domain.names import shown
from labelkit.reporting.page_findings import Shooter
from labelkit.reporting.page_view import view
from labelkit.version import __version__


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
    style, script = _part("page.css"), _part("page.js")
    text = (
        _environment()
        .get_template("page.html")
        .render(
            audits=views,
            made=shown(made),
            version=__version__,
            style=style,
            script=script,
            policy=_policy(style, script),
        )
    )
    return Page(text.encode("utf-8"), pictures)


def _part(name: str) -> str:
    return (files("labelkit.reporting") / "templates" / name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    """What a browser may do for this page: pictures that stand in it, and this very style and script."""
    return (
        f"default-src 'none'; img-src data:; style-src {_digest(style)}; script-src {_digest(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


def _environment() -> Environment:
    """Jinja2 with every value escaped, and a missing one an error."""
    return Environment(
        loader=FunctionLoader(_part), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
