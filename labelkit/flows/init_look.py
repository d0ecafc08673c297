"""A first look at a folder of images and a table, as values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from labelkit.domain.decisions import ImageKey
from labelkit.domain.errors import MetadataError
from labelkit.domain.formats import suffix
from labelkit.domain.proposal import ColumnSight, ImagesSight, RowsSight
from labelkit.domain.table import Table
from labelkit.flows.sort_scene import Scene
from labelkit.plugins.cells import CellColumn
from labelkit.sorting.columns import look_at_column
from labelkit.sorting.matching import Matches, match
from labelkit.sorting.near_misses import near_misses, stem_template

_FIRST_IMAGES = 3


def images_sight(folder: Path, scene: Scene) -> ImagesSight:
    """The files of a folder at a glance."""
    paths = [image.key.path for image in scene.images]
    return ImagesSight(
        folder=str(folder),
        images=len(paths),
        suffixes=dict(Counter(suffix(p) for p in paths).most_common()),
        not_image=scene.not_image,
        skipped=len(scene.skipped),
        first=tuple(paths[:_FIRST_IMAGES]),
    )


def class_folders(scene: Scene) -> list[str]:
    """The folders directly below the top when every image lies in one of them and there are several; else none."""
    depths = [image.key.path.split("/") for image in scene.images]
    tops = sorted({parts[0] for parts in depths})
    return tops if len(tops) > 1 and all(len(parts) == 2 for parts in depths) else []  # noqa: PLR2004 - folder, file


def rows_sight(images: Sequence[ImageKey], table: Table, file: str | None) -> RowsSight:
    """A table at a glance, and how it meets the images.

    Raises:
        MetadataError: nothing in it names an image, or a row fits several.

    """
    template, matches = _met(images, table, file)
    listed = {image for image, _ in matches.records}
    paths = [image.path for image in images]
    return RowsSight(
        said=table.said,
        rows=len(table),
        columns=tuple(_column(name, cells) for name, cells in table.columns.items()),
        found=len(table) - len(matches.missing),
        file=template,
        missing=matches.missing,
        unlisted=tuple(path for i, path in enumerate(paths) if i not in listed),
        near_misses=tuple(near_misses(paths, matches.missing)),
    )


def _met(images: Sequence[ImageKey], table: Table, file: str | None) -> tuple[str | None, Matches]:
    """The file template that is needed, if any, and the rows as they meet the images."""
    try:
        matches = match(images, table, file=file)
    except MetadataError:
        template = stem_template([i.path for i in images], table) if file is None else None
        if template is None:
            raise
        return template, match(images, table, file=template)
    template = stem_template([i.path for i in images], table) if file is None and not matches.records else None
    return (template, match(images, table, file=template)) if template else (file, matches)


def _column(name: str, cells: Sequence[str]) -> ColumnSight:
    column = CellColumn(cells)
    return look_at_column(name, column.texts, column.missing, column.values if column.stranger is None else None)
