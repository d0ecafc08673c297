"""The file that each row of a table names: by a column, found or named, or by a template over columns."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Sequence

from labelkit.domain.decisions import ImageKey
from labelkit.domain.errors import MetadataError
from labelkit.domain.formats import has_image_suffix
from labelkit.domain.table import Table
from labelkit.sorting.relaxed_names import same_name

_FILE_COLUMNS = (
    "file",
    "filename",
    "file_name",
    "filepath",
    "path",
    "image",
    "image_path",
    "image_file",
    "img",
    "name",
)
"""Column names that mean the image's file, in this order of preference; compared without case."""

_FIELD = re.compile(r"\{([^{}]*)\}")


def fields_of(template: str) -> list[str]:
    """The names that stand in braces in a template."""
    return _FIELD.findall(template)


def parts_of(template: str) -> list[str]:
    """What stands between the braces of a template, and in them, in turn."""
    return _FIELD.split(template)


def written_names(table: Table, file: str | None, images: Sequence[ImageKey]) -> Sequence[str]:
    """The file that each row names, as the table or the template writes it.

    Raises:
        MetadataError: no such column, or none names files.

    """
    if file is not None and "{" in file:
        return _filled(table, file)
    column = file if file is not None else _file_column(table, images)
    return table.column(column, asked_by="--file")


def _filled(table: Table, template: str) -> list[str]:
    names = fields_of(template)
    columns = [table.column(n, asked_by=f'--file "{template}"') for n in names]
    literal = parts_of(template)[::2]
    out = []
    for cells in zip(*columns, strict=True):
        parts = [literal[0]]
        for cell, text in zip(cells, literal[1:], strict=True):
            parts += [cell.strip(), text]
        out.append("".join(parts))
    return out


def _file_column(table: Table, images: Sequence[ImageKey]) -> str:
    by_fold = {name.casefold(): name for name in reversed(list(table.columns))}
    for known in _FILE_COLUMNS:
        if known in by_fold:
            return by_fold[known]
    best = _best_column(table, {posixpath.basename(i.path) for i in images})
    if best is None:
        raise MetadataError(
            f"no column of {table.name} names the image files (columns: {', '.join(table.columns)})",
            remedy='name it: --file COLUMN, or --file "{station}/{serial}.bmp"',
        )
    return best


def _best_column(table: Table, names: set[str]) -> str | None:
    """The column with most names of images; else of images in another case; else of names that end like images."""
    keys = {same_name(n) for n in names}
    tests: tuple[Callable[[str], bool], ...] = (names.__contains__, lambda n: same_name(n) in keys, has_image_suffix)
    for test in tests:
        hits = {c: sum(test(posixpath.basename(posix(v))) for v in cells) for c, cells in table.columns.items()}
        best = max(hits, key=lambda c: hits[c])
        if hits[best]:
            return best
    return None


def posix(written: str) -> str:
    """A written path with `/` between folders, Windows paths too; empty stays empty."""
    name = written.strip().replace("\\", "/")
    return posixpath.normpath(name) if name else ""
