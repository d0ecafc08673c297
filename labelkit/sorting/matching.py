"""Which row speaks of which image: by path, by the table's folder, by unique base name, by template or path fields."""

from __future__ import annotations

import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from labelkit.domain.decisions import ImageKey
from labelkit.domain.errors import MetadataError, UsageError
from labelkit.domain.names import did_you_mean, shown
from labelkit.domain.table import Table
from labelkit.sorting.relaxed_names import find_relaxed
from labelkit.sorting.written_names import fields_of, parts_of, posix, written_names


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

    def told(self, line: str) -> Matches:
        """The same with one more line for a person; an empty one changes nothing."""
        return replace(self, table=replace(self.table, said=(*self.table.said, line))) if line else self


def match(images: Sequence[ImageKey], table: Table, *, file: str | None = None, pad_digits: int = 0) -> Matches:
    """Find the image of each row.

    Args:
        images: all images, in order.
        table: the metadata.
        file: the column that names the file, or a template over columns as `{station}/{serial}.bmp`; None finds it.
        pad_digits: numbers in file names have so many digits, whatever the table writes; 0: as it writes them.

    Raises:
        MetadataError: no column names files, or a row fits several images.

    """
    written = written_names(table, file, images)
    at_once = _by_path(images)
    owners = [at_once.get(name.strip(), -1) for name in written]
    ladder = _Ladder(images)
    steps: dict[str, int] = {}
    lost: list[tuple[int, str]] = []
    for row, image in enumerate(owners):
        step = "path"
        if image < 0:
            name = posix(written[row])
            step, found = ladder.find(name, table.folders[table.origin[row]])
            if len(found) > 1:
                raise _ambiguous(table.place(row), name, [images[i] for i in found])
            if not found:
                lost.append((row, name))
                continue
            owners[row] = found[0]
        steps[step] = steps.get(step, 0) + 1
    records = [(image, row) for row, image in enumerate(owners) if image >= 0]
    owned = {image for image, _ in records} if lost else set()
    for near in find_relaxed([i.path for i in images], lost, owned=owned, pad_digits=pad_digits) if lost else ():
        steps[near.step] = steps.get(near.step, 0) + 1
        records.append((near.image, near.row))
    found_rows = {row for _, row in records} if lost else set()
    missing = [(table.place(row), shown(name)) for row, name in lost if row not in found_rows]
    kept, repeated = collapse(sorted(records), table)
    return Matches(table, kept, tuple(missing), steps, repeated)


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


def _by_path(images: Sequence[ImageKey]) -> dict[str, int]:
    """Path to image index, of paths that only one image has; nearly every table names its images so."""
    found = {image.path: i for i, image in enumerate(images)}
    if len(found) == len(images):
        return found
    times = Counter(image.path for image in images)
    return {path: i for path, i in found.items() if times[path] == 1}


class _Ladder:
    """The steps by which a written name finds images; the first that finds any decides.

    Each step is made ready when it is first needed.
    """

    def __init__(self, images: Sequence[ImageKey]) -> None:
        self._images = images

    @cached_property
    def _by_path(self) -> Mapping[str, list[int]]:
        return _grouped(image.path for image in self._images)

    @cached_property
    def _by_base(self) -> Mapping[str, list[int]]:
        return _grouped(posixpath.basename(image.path) for image in self._images)

    @cached_property
    def _by_whole(self) -> Mapping[str, list[int]]:
        roots = {root: posix(root) for root in {image.root for image in self._images}}
        return _grouped(posixpath.join(roots[image.root], image.path) for image in self._images)

    def find(self, name: str, folder: str) -> tuple[str, list[int]]:
        """(step, image indices) for a written name in a table that stands in `folder`."""
        if not name:
            return "", []
        if name in self._by_path:
            return "path", self._by_path[name]
        whole = posixpath.normpath(posixpath.join(posix(folder), name))
        if whole in self._by_whole:
            return "table folder", self._by_whole[whole]
        return "base name", self._by_base.get(posixpath.basename(name), [])


def _grouped(names: Iterable[str]) -> Mapping[str, list[int]]:
    """Name to the indices at which it stands."""
    out: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        out.setdefault(name, []).append(i)
    return out


def _ambiguous(place: str, name: str, found: Sequence[ImageKey]) -> MetadataError:
    listed = ", ".join(shown(f"{k.root}/{k.path}") for k in found[:4])
    return MetadataError(
        f"'{shown(name)}' fits {len(found)} images: {listed}",
        place=place,
        remedy='write the path below the source, or name it by a template: --file "{station}/{file}"',
    )


def collapse(records: list[tuple[int, int]], table: Table) -> tuple[tuple[tuple[int, int], ...], int]:
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
    names = fields_of(template)
    twice = [n for n, c in Counter(names).items() if c > 1]
    if not names or twice or "" in names:
        fault = f"names '{twice[0]}' twice" if twice else "has no fields, or one without a name"
        raise UsageError(
            f"--path-fields '{template}' {fault}",
            remedy='write fields in braces: --path-fields "{station}/{serial}.bmp"',
        )
    parts = parts_of(template)
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
    records, repeated = collapse([(image, i) for i, (image, _, _) in enumerate(pairs)], joined)
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
