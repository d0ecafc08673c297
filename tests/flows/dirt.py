"""A folder of images and a table as a line writes it, read as a sort reads it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

import labelkit
from labelkit.domain.errors import LabelkitError
from labelkit.domain.sort_result import SortResult
from tests.flows.scenes import image


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a plant: `raw/` holds its images, `m.csv` its table."""

    folder: Path

    def images(self, *names: str) -> None:
        """Draw images below `raw/`."""
        for name in names:
            image(self.folder / "raw" / name)

    def table(self, content: str | bytes, name: str = "m.csv", encoding: str = "utf-8") -> Path:
        """Write a table."""
        file = self.folder / name
        file.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
        return file

    def sort(self, *tables: Path, **options: object) -> SortResult:
        """A dry run of the sort; without a rule the column `verdict` is the label."""
        given: dict[str, object] = {"label_column": "verdict"} if not {"rule", "label_column"} & set(options) else {}
        metadata = list(tables) or [self.folder / "m.csv"]
        here = Path.cwd()
        os.chdir(self.folder)
        try:
            return labelkit.sort(
                "raw",
                metadata=[os.path.relpath(t, self.folder) for t in metadata],
                dry_run=True,
                **{**given, **options},  # type: ignore[arg-type] # a test hands on what it was given
            )
        finally:
            os.chdir(here)

    def labels(self, *tables: Path, **options: object) -> dict[str, str]:
        """Image to label, the held ones left out."""
        return labels_of(self.sort(*tables, **options))

    def refused(self, *tables: Path, **options: object) -> str:
        """What a sort says when it refuses the table, or, with exit code 2, the options."""
        code = options.pop("code", 3)
        with pytest.raises(LabelkitError) as caught:
            self.sort(*tables, **options)
        assert caught.value.exit_code == code
        return str(caught.value)


def labels_of(result: SortResult) -> dict[str, str]:
    """Image to the class folder that the plan puts it into."""
    return {step.image.path: step.target.partition("/")[0] for step in result.plan.steps}


def told(result: SortResult, part: str) -> str:
    """The one line of what was said that holds `part`."""
    (line,) = [line for line in result.said if part in line]
    return line
