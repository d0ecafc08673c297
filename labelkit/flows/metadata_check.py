"""Metadata check: read a table as a sort would, tell everything that was settled, and propose its contract."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from labelkit.domain.decisions import ImageKey
from labelkit.domain.errors import MetadataError, UsageError
from labelkit.domain.proposal import ColumnSight, MetadataCheck, RowsSight
from labelkit.domain.table import Table
from labelkit.flows.init_look import images_sight, rows_sight
from labelkit.flows.sort_judge import MISSING_SHARE
from labelkit.flows.sort_scene import Scene, see
from labelkit.flows.table_look import column_looks
from labelkit.flows.table_reading import TableReading, read_files
from labelkit.plugins.contracts import plain_table
from labelkit.sorting.contract_proposal import propose_contract


def metadata_check(
    files: Sequence[Path], images: Path | None, how: TableReading, *, file: str | None = None
) -> MetadataCheck:
    """Look at tables, and at how their rows find images.

    Args:
        files: the tables.
        images: the folder of images; None: only the tables are looked at.
        how: what a person declared.
        file: the column that names the file, or a template over columns.

    Raises:
        UsageError: no table, or no such folder.
        LabelkitError: a table that cannot be read for sure, or a cell outside of its contract.

    """
    if not files:
        raise UsageError("no table to check", remedy="labelkit metadata check FILE, or set metadata in [tool.labelkit]")
    scene = see([images], {}) if images is not None else Scene((), 0, ())
    keys = [image.key for image in scene.images]
    written = read_files(files, how, keys)
    table = plain_table(written, how.contracts)
    looks = column_looks(table, written)
    contract = propose_contract(looks)
    columns = tuple(sight for sight, _ in looks)
    if images is None:
        return MetadataCheck(_unmet(table, columns), table.layouts, contract)
    rows, fault = _met(keys, table, file, how, columns)
    return MetadataCheck(rows, table.layouts, contract, images_sight(images, scene), fault)


def _met(
    keys: Sequence[ImageKey], table: Table, file: str | None, how: TableReading, columns: tuple[ColumnSight, ...]
) -> tuple[RowsSight, str]:
    """The rows as they meet the images, and why they do not go together."""
    try:
        rows = rows_sight(keys, table, file, pad_digits=how.pad_digits, columns=columns)
    except MetadataError as e:
        return _unmet(table, columns), str(e)
    many = len(rows.missing) > rows.rows * MISSING_SHARE
    return rows, "most rows do not find their image" if many else ""


def _unmet(table: Table, columns: tuple[ColumnSight, ...]) -> RowsSight:
    return RowsSight(said=table.said, rows=len(table), columns=columns, found=0)
