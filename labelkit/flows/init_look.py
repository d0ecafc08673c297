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
from labelkit.flows.table_look import column_sight
from labelkit.sorting.matching import Matches, match
from labelkit.sorting.near_misses import near_misses, pad_hint, stem_template

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


def rows_sight(
    images: Sequence[ImageKey],
    table: Table,
    file: str | None,
    *,
    pad_digits: int = 0,
    columns: tuple[ColumnSight, ...] | None = None,
) -> RowsSight:
    """A table at a glance, and how it meets the images; `columns` where they were looked at before.

    Raises:
        MetadataError: nothing in it names an image, or a row fits several.

    """
    template, matches = _met(images, table, file, pad_digits)
    listed = {image for image, _ in matches.records}
    paths = [image.path for image in images]
    near = tuple(near_misses(paths, matches.missing))
    return RowsSight(
        said=table.said,
        rows=len(table),
        columns=columns if columns is not None else tuple(column_sight(table, name) for name in table.columns),
        found=len(table) - len(matches.missing),
        file=template,
        missing=matches.missing,
        unlisted=tuple(path for i, path in enumerate(paths) if i not in listed),
        near_misses=near,
        steps=matches.steps,
        hint=pad_hint(near),
    )


def _met(images: Sequence[ImageKey], table: Table, file: str | None, pad_digits: int) -> tuple[str | None, Matches]:
    """The file template that is needed, if any, and the rows as they meet the images."""
    try:
        matches = match(images, table, file=file, pad_digits=pad_digits)
    except MetadataError:
        template = stem_template([i.path for i in images], table) if file is None else None
        if template is None:
            raise
        return template, match(images, table, file=template, pad_digits=pad_digits)
    template = stem_template([i.path for i in images], table) if file is None and not matches.records else None
    if template is None:
        return file, matches
    return template, match(images, table, file=template, pad_digits=pad_digits)
