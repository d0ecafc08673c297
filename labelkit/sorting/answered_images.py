"""Which image each row of a person's answers speaks of: by its source, or by where it stands in base_dir."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from labelkit.domain.decisions import ImageKey
from labelkit.domain.errors import MetadataError
from labelkit.domain.names import shown
from labelkit.domain.spreadsheet import cell
from labelkit.domain.table import Table
from labelkit.sorting.matching import match

Places = Callable[[], Mapping[str, int]]
"""Gives POSIX path from base_dir to the image that stands there, or stood there last; asked at most once a table."""

_OF_SUSPECTS = "suggested"
"""A column that only tables of probable label errors have: their files are named from base_dir."""


def images_of(table: Table, images: Sequence[ImageKey], stands: Places) -> tuple[dict[int, int], list[tuple[str, str]]]:
    """Row to image, and (place, file as written) of rows without one.

    A table with a source names files below it. One of probable label errors names them as they stand in base_dir, and
    a file of the same name in the source is another image: it is asked only where nothing ever stood there. Any other
    table names files in the source; then in base_dir; then as metadata does.

    Args:
        table: the answers; its columns in lower case.
        images: all images, in order.
        stands: where they stand.

    Raises:
        MetadataError: no column names files, or a row fits several images.

    """
    named = "file" in table.columns
    by_source = _by_source(images) if named else _ByCells({}, {})
    of_suspects = _OF_SUSPECTS in table.columns and "source" not in table.columns
    found: dict[int, int] = {}
    told: dict[int, str] = {}
    rest: list[int] = []
    by_place: _ByCells | None = None
    for row in range(len(table)):
        file, source = _named(table, row)
        hits: Sequence[int] = [] if of_suspects else by_source.find(file, source)
        if not hits and named and not source:
            by_place = by_place or _by_place(stands())
            hits = by_place.find(file, "") or by_source.find(file, "")
        if len(hits) == 1:
            found[row] = hits[0]
        elif not hits and (source or of_suspects):
            told[row] = shown(file)
        else:
            rest.append(row)
    further, missing = _by_ladder(table, rest, images)
    return found | further, [(table.place(row), name) for row, name in sorted((told | missing).items())]


def _named(table: Table, row: int) -> tuple[str, str]:
    """The file and the source of a row, as written; empty where there is no such column."""
    columns = (table.columns.get("file"), table.columns.get("source"))
    file, source = (cells[row] if cells is not None else "" for cells in columns)
    return file, source if source.strip() else ""


def _by_ladder(table: Table, rows: Sequence[int], images: Sequence[ImageKey]) -> tuple[dict[int, int], dict[int, str]]:
    """Row to image, and row to file as written, by the steps that metadata takes."""
    if not rows:
        return {}, {}
    try:
        matched = match(images, _part(table, rows))
    except MetadataError as e:
        wanted = "write the path below the source, or give a column source with the folder of the images"
        raise MetadataError(e.message, place=e.place, remedy=wanted) from e
    gone = dict(matched.missing)
    missing = {row: gone[table.place(row)] for row in rows if table.place(row) in gone}
    return {rows[row]: image for image, row in matched.records}, missing


@dataclass(frozen=True, slots=True)
class _ByCells:
    """Images by what a table for people writes of them: as written, and with apostrophes and blanks lost."""

    exact: Mapping[tuple[str, ...], Sequence[int]]
    loose: Mapping[tuple[str, ...], Sequence[int]]

    def find(self, file: str, source: str) -> Sequence[int]:
        """The images that these cells mean; an empty source is any."""
        key = (file, source) if source else (file,)
        return self.exact.get(key) or self.loose.get(_loose(key)) or []


def _by_source(images: Sequence[ImageKey]) -> _ByCells:
    """Every image by its path, and by its path and source."""
    roots = {i.root: cell(i.root) for i in images}
    files = [cell(image.path) for image in images]
    with_root = (((file, roots[image.root]), i) for i, (file, image) in enumerate(zip(files, images, strict=True)))
    return _gathered([*with_root, *(((file,), i) for i, file in enumerate(files))])


def _by_place(stands: Mapping[str, int]) -> _ByCells:
    return _gathered(((cell(path),), image) for path, image in stands.items())


def _gathered(named: Iterable[tuple[tuple[str, ...], int]]) -> _ByCells:
    exact: dict[tuple[str, ...], list[int]] = defaultdict(list)
    loose: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for key, image in named:
        exact[key].append(image)
        loose[_loose(key)].append(image)
    return _ByCells(exact, loose)


def _loose(cells: tuple[str, ...]) -> tuple[str, ...]:
    """Cells as they come back from a spreadsheet: apostrophes kept or lost, blanks at the ends too."""
    return tuple(c.strip().lstrip("'").strip() for c in cells)


def _part(table: Table, rows: Sequence[int]) -> Table:
    return replace(
        table,
        columns={name: [cells[row] for row in rows] for name, cells in table.columns.items()},
        origin=[table.origin[row] for row in rows],
        lines=[table.lines[row] for row in rows],
    )
