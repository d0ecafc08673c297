"""Which row speaks of which image: by path, by the table's folder, by unique base name, by template or path fields."""

from __future__ import annotations

import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from labelkit.domain.decisions import ImageKey
from labelkit.domain.errors import MetadataError, UsageError
from labelkit.domain.names import did_you_mean, shown
from labelkit.domain.table import Table

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


@dataclass(frozen=True, slots=True)
class Matches:
    """Rows joined to images.

    Attributes:
        table: the rows that speak of images; with path fields, one row an image with the fields as further columns.
        records: (image index, row index) pairs, sorted; an image without a row is not among them.
        missing: rows of the given table whose file is not there.
        steps: how many rows were found by which step.
        repeated: identical rows that were collapsed.

    """

    table: Table
    records: tuple[tuple[int, int], ...]
    missing: tuple[tuple[str, str], ...]
    """(place of the row, file as written) pairs."""
    steps: Mapping[str, int]
    repeated: int = 0


def match(images: Sequence[ImageKey], table: Table, *, file: str | None = None) -> Matches:
    """Find the image of each row.

    Args:
        images: all images, in order.
        table: the metadata.
        file: the column that names the file, or a template over columns as `{station}/{serial}.bmp`; None finds it.

    Raises:
        MetadataError: no column names files, or a row fits several images.

    """
    written = _written_names(table, file, images)
    ladder = _Ladder(images)
    steps: Counter[str] = Counter()
    records: list[tuple[int, int]] = []
    missing: list[tuple[str, str]] = []
    for row, name in enumerate(written):
        step, found = ladder.find(name, table.folders[table.origin[row]])
        if len(found) > 1:
            raise _ambiguous(table.place(row), name, [images[i] for i in found])
        if not found:
            missing.append((table.place(row), shown(name)))
            continue
        steps[step] += 1
        records.append((found[0], row))
    kept, repeated = _collapse(sorted(records), table)
    return Matches(table, kept, tuple(missing), dict(steps), repeated)


def match_path_fields(images: Sequence[ImageKey], table: Table | None, template: str) -> Matches:
    """Read fields from the paths of images; they join with columns of the same name, or are the rows.

    Args:
        images: all images, in order.
        table: the metadata, or None: then the fields alone are the row.
        template: as `{station}/{lot}_{serial}_{cam}.bmp`; it must fit the whole path below the source.

    Raises:
        UsageError: a template without fields, or with one twice.
        MetadataError: no field is a column of the table.

    """
    pattern, names = _path_pattern(template)
    fields = [(i, m.groupdict()) for i, image in enumerate(images) if (m := pattern.fullmatch(image.path))]
    rename = {f"f{i}": n for i, n in enumerate(names)}
    read = [(i, {rename[k]: v for k, v in d.items()}) for i, d in fields]
    if table is None:
        return _fields_alone(read, names)
    return _joined(read, names, table)


def _written_names(table: Table, file: str | None, images: Sequence[ImageKey]) -> list[str]:
    if file is not None and "{" in file:
        return _filled(table, file)
    column = file if file is not None else _file_column(table, images)
    return [_posix(cell) for cell in table.column(column, asked_by="--file")]


def _filled(table: Table, template: str) -> list[str]:
    names = _FIELD.findall(template)
    columns = [table.column(n, asked_by=f'--file "{template}"') for n in names]
    literal = _FIELD.split(template)[::2]
    out = []
    for cells in zip(*columns, strict=True):
        parts = [literal[0]]
        for cell, text in zip(cells, literal[1:], strict=True):
            parts += [cell.strip(), text]
        out.append(_posix("".join(parts)))
    return out


def _file_column(table: Table, images: Sequence[ImageKey]) -> str:
    by_fold = {name.casefold(): name for name in reversed(list(table.columns))}
    for known in _FILE_COLUMNS:
        if known in by_fold:
            return by_fold[known]
    names = {posixpath.basename(i.path) for i in images}
    hits = {c: sum(posixpath.basename(_posix(v)) in names for v in cells) for c, cells in table.columns.items()}
    best = max(hits, key=lambda c: hits[c])
    if not hits[best]:
        raise MetadataError(
            f"no column of {table.name} names the image files (columns: {', '.join(table.columns)})",
            remedy='name it: --file COLUMN, or --file "{station}/{serial}.bmp"',
        )
    return best


def _posix(written: str) -> str:
    name = written.strip().replace("\\", "/")
    return posixpath.normpath(name) if name else ""


class _Ladder:
    """The steps by which a written name finds images; the first that finds any decides."""

    def __init__(self, images: Sequence[ImageKey]) -> None:
        self._by_path: dict[str, list[int]] = defaultdict(list)
        self._by_base: dict[str, list[int]] = defaultdict(list)
        self._by_whole: dict[str, list[int]] = defaultdict(list)
        for i, image in enumerate(images):
            self._by_path[image.path].append(i)
            self._by_base[posixpath.basename(image.path)].append(i)
            self._by_whole[posixpath.join(_posix(image.root), image.path)].append(i)

    def find(self, name: str, folder: str) -> tuple[str, list[int]]:
        """(step, image indices) for a written name in a table that stands in `folder`."""
        if not name:
            return "", []
        if name in self._by_path:
            return "path", self._by_path[name]
        whole = posixpath.normpath(posixpath.join(_posix(folder), name))
        if whole in self._by_whole:
            return "table folder", self._by_whole[whole]
        return "base name", self._by_base.get(posixpath.basename(name), [])


def _ambiguous(place: str, name: str, found: Sequence[ImageKey]) -> MetadataError:
    listed = ", ".join(shown(f"{k.root}/{k.path}") for k in found[:4])
    return MetadataError(
        f"'{shown(name)}' fits {len(found)} images: {listed}",
        place=place,
        remedy='write the path below the source, or name it by a template: --file "{station}/{file}"',
    )


def _collapse(records: list[tuple[int, int]], table: Table) -> tuple[tuple[tuple[int, int], ...], int]:
    """Drop rows of one image that say the very same as an earlier one."""
    if len({image for image, _ in records}) == len(records):
        return tuple(records), 0
    cells = list(table.columns.values())
    seen: set[tuple[int, tuple[str, ...]]] = set()
    kept = []
    for image, row in records:
        key = (image, tuple(c[row].strip() for c in cells))
        if key not in seen:
            seen.add(key)
            kept.append((image, row))
    return tuple(kept), len(records) - len(kept)


def _path_pattern(template: str) -> tuple[re.Pattern[str], list[str]]:
    names = _FIELD.findall(template)
    twice = [n for n, c in Counter(names).items() if c > 1]
    if not names or twice or "" in names:
        fault = f"names '{twice[0]}' twice" if twice else "has no fields, or one without a name"
        raise UsageError(
            f"--path-fields '{template}' {fault}",
            remedy='write fields in braces: --path-fields "{station}/{serial}.bmp"',
        )
    parts = _FIELD.split(template)
    pattern = "".join(f"(?P<f{i // 2}>[^/]+?)" if i % 2 else re.escape(p) for i, p in enumerate(parts))
    return re.compile(pattern), names


def _fields_alone(read: list[tuple[int, dict[str, str]]], names: list[str]) -> Matches:
    table = Table(
        files=("the paths",),
        folders=("",),
        columns={n: [f[n] for _, f in read] for n in names},
        origin=[0] * len(read),
        lines=list(range(1, len(read) + 1)),
    )
    return Matches(table, tuple((image, row) for row, (image, _) in enumerate(read)), (), {"path fields": len(read)})


def _joined(read: list[tuple[int, dict[str, str]]], names: list[str], table: Table) -> Matches:
    shared = [n for n in names if n in table.columns]
    if not shared:
        raise MetadataError(
            f"no field of --path-fields is a column of {table.name}",
            remedy=f"fields: {', '.join(names)}; {did_you_mean(names[0], list(table.columns))}",
        )
    rows_of: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row, key in enumerate(zip(*(table.columns[n] for n in shared), strict=True)):
        rows_of[tuple(k.strip() for k in key)].append(row)
    pairs = [(image, row, f) for image, f in read for row in rows_of.get(tuple(f[n] for n in shared), [])]
    owned = {row for _, row, _ in pairs}
    missing = [
        (table.place(row), ", ".join(f"{n} = {shown(table.columns[n][row])}" for n in shared))
        for row in range(len(table))
        if row not in owned
    ]
    joined = _widened(pairs, names, table)
    records, repeated = _collapse([(image, i) for i, (image, _, _) in enumerate(pairs)], joined)
    return Matches(joined, records, tuple(missing), {"path fields": len(owned)}, repeated)


def _widened(pairs: Iterable[tuple[int, int, dict[str, str]]], names: list[str], table: Table) -> Table:
    """One row a pair: the table's cells with the fields as further columns."""
    listed = list(pairs)
    columns: dict[str, Sequence[str]] = {n: [cells[row] for _, row, _ in listed] for n, cells in table.columns.items()}
    for n in names:
        if n not in table.columns:
            columns[n] = [f[n] for _, _, f in listed]
    return Table(
        files=table.files,
        folders=table.folders,
        columns=columns,
        origin=[table.origin[row] for _, row, _ in listed],
        lines=[table.lines[row] for _, row, _ in listed],
        said=table.said,
    )
