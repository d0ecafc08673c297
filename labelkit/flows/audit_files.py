"""The files that an audit leaves behind when asked: refused before it begins, written whole when it is over."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labelkit.auditing.baseline import baseline_of
from labelkit.domain.audit import AuditReport
from labelkit.domain.command_line import word
from labelkit.domain.errors import UsageError
from labelkit.domain.suspects import Suspects
from labelkit.domain.units import told_bytes
from labelkit.reporting.console import count
from labelkit.storage.baseline_file import baseline_text
from labelkit.storage.replacing import check_can_replace, replace_file
from labelkit.storage.suspects_file import check_suspects_file, write_suspects


@dataclass(frozen=True, slots=True)
class AuditFiles:
    """Which files are wanted.

    Attributes:
        html: one page for a browser.
        junit: JUnit XML, as CI systems read it.
        write_baseline: everything found, to be accepted from now on.
        suspects: the table of probable label errors.
        overwrite: whether that may be written over where somebody filled in verdicts.

    """

    html: Path | None = None
    junit: Path | None = None
    write_baseline: Path | None = None
    suspects: Path | None = None
    overwrite: bool = False

    def check(self, *, folders: int, baseline: Path | None, model: Path | None = None) -> None:
        """Refuse what could not be written.

        Raises:
            UsageError: two options for one file, a baseline of several folders, or no place to write into; suspects
                without a model, of several folders, or in place of ones that somebody filled in.
            StorageError: the system refuses a file there.

        """
        if baseline is not None and self.write_baseline is not None:
            raise UsageError("--baseline and --write-baseline exclude each other", remedy="give one of them")
        if folders > 1 and (baseline or self.write_baseline) is not None:
            raise UsageError(f"a baseline is of one folder, and there are {folders}", remedy="audit them one by one")
        self._check_suspects(folders, model)
        for option, path in self._wanted().items():
            check_can_replace(path, option=option)
        paths = [os.path.realpath(path) for path in self._wanted().values()]
        if len(set(paths)) < len(paths):
            raise UsageError(f"one file for two reports: {paths[0]}", remedy="give each a file of its own")

    def _check_suspects(self, folders: int, model: Path | None) -> None:
        if self.suspects is None:
            return
        if model is None:
            raise UsageError("--suspects lists what a model contradicts", remedy="name one: --model runs/latest")
        if folders > 1:
            raise UsageError(f"suspects are of one folder, and there are {folders}", remedy="audit them one by one")
        check_suspects_file(self.suspects, overwrite=self.overwrite)

    def write(self, reports: Sequence[AuditReport], *, made: str) -> list[str]:
        """Write them; one line for a person on each.

        Raises:
            StorageError: one could not be written; an older one is untouched.

        """
        told = []
        if self.html is not None:
            told.append(write_audit_page(reports, self.html, made=made))
        if self.junit is not None:
            from labelkit.reporting.junit import junit_xml

            replace_file(self.junit, junit_xml(reports))
            told.append(f"JUnit results are in {self.junit}")
        if self.write_baseline is not None:
            known = baseline_of(reports[0])
            replace_file(self.write_baseline, baseline_text(known).encode("ascii"))
            told.append(
                f"{self.write_baseline} accepts what was found ({count(len(known.known), 'entry', 'entries')}); "
                "from now on give it as --baseline"
            )
        if self.suspects is not None:
            told.append(_write_suspects(self.suspects, reports[0].suspects, overwrite=self.overwrite))
        return told

    def _wanted(self) -> dict[str, Path]:
        wanted = {
            "--html": self.html,
            "--junit": self.junit,
            "--write-baseline": self.write_baseline,
            "--suspects": self.suspects,
        }
        return {option: path for option, path in wanted.items() if path is not None}


def _write_suspects(path: Path, suspects: Suspects | None, *, overwrite: bool) -> str:
    """Write the table; nothing where no label is called wrong for want of a model that can be believed."""
    if suspects is None or suspects.why_not:
        return f"{path} is not written: {'the check label was left out' if suspects is None else suspects.why_not}"
    write_suspects(path, suspects, overwrite=overwrite)
    return (
        f"{count(len(suspects.suspects), 'probable label error')} in {path}; "
        f"fill in the column verdict, then: labelkit sort --verdicts {word(str(path))}"
    )


def write_audit_page(
    reports: AuditReport | Sequence[AuditReport], path: str | os.PathLike[str], *, made: str = ""
) -> str:
    """Write the page of one audit, or of several, over an older one.

    Args:
        reports: what `audit` returned; pictures are made now, of images that have not changed since.
        path: the file, `.html` by custom; its folder must be there.
        made: when the audit was made, for people; empty for nothing.

    Returns:
        a line for a person: where the page is, and how large.

    Raises:
        StorageError: it could not be written; an older page is untouched.

    """
    from labelkit.reporting.page import audit_page

    page = audit_page([reports] if isinstance(reports, AuditReport) else reports, made=made)
    replace_file(Path(path), page.data)
    return f"the page is {path} ({told_bytes(len(page.data))}, {count(page.pictures, 'picture')})"
