"""The facts that an audit wrote with `--facts`, read again: strictly, for what does not fit would pass for drift."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from labelkit.domain.earlier_facts import EarlierFacts
from labelkit.domain.errors import DataError, UsageError
from labelkit.domain.facts import ExifFacts, FactValue, ImageFacts, JpegFacts, PixelFacts, fact_columns
from labelkit.domain.names import did_you_mean, shown
from labelkit.storage.faults import said

_FOLDER = "base_dir"
_NEEDED = ("path", "fault")
_REMEDY = "write it again: labelkit audit BASE_DIR --facts FILE"
_LONGEST = 1_000_000
"""Characters of one line; facts of one image take some hundreds."""

_SHOWN = 60
_DIGITS = 18
"""Of the largest whole number that is believed."""

_Row = tuple[int, Sequence[object]]
"""Line, and one cell a column."""


def read_facts(path: Path, base_dir: str) -> EarlierFacts:
    """The facts in a file, as `--facts` writes them: `.csv` or `.jsonl`.

    Columns that facts have today and the file has not are told; columns that nobody knows are refused.

    Args:
        path: the file.
        base_dir: the folder that is audited; where the file speaks of several folders, only its rows count.

    Raises:
        UsageError: no such file, or another suffix.
        DataError: not what `--facts` writes; with file, line and column.

    """
    suffix = path.suffix.lower()
    if suffix not in _READERS:
        raise UsageError(f"--against cannot read '{path.name}'", remedy="give the .csv or .jsonl that --facts wrote")
    try:
        rows = _READERS[suffix](path)
        _, names = next(rows, (0, ()))
        folders, columns = _Table(str(path), tuple(map(str, names))).read(rows)
    except OSError as e:
        raise UsageError(f"cannot read the facts: {said(e)}", place=str(path)) from e
    except UnicodeDecodeError as e:
        raise DataError(f"the facts are no UTF-8 text: {e.reason}", place=str(path), remedy=_REMEDY) from e
    chosen = _chosen(folders, base_dir, str(path))
    kept = {name: [cells[i] for i in chosen] for name, cells in columns.items()}
    missing = tuple(name for name in fact_columns() if name not in columns)
    return EarlierFacts(path.name, kept, missing, suffix == ".csv")


def _chosen(folders: Sequence[str], base_dir: str, place: str) -> Sequence[int]:
    """The rows of the folder that is audited; all of them where the file speaks of one folder only."""
    several = sorted(set(folders))
    if not several:
        raise DataError("the facts are of no image", place=place, remedy=_REMEDY)
    if len(several) == 1:
        return range(len(folders))
    if base_dir not in several:
        raise DataError(
            f"the facts are of {len(several)} folders ({', '.join(map(shown, several[:3]))}), none of them {base_dir}",
            place=place,
            remedy="give the facts of one folder",
        )
    return [i for i, folder in enumerate(folders) if folder == base_dir]


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a column holds: in words, and how a cell of a table or of JSON becomes that."""

    told: str
    read: Callable[[object], object]


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of facts: its file, and the names of its columns."""

    place: str
    names: tuple[str, ...]

    def read(self, rows: Iterator[_Row]) -> tuple[list[str], dict[str, list[FactValue]]]:
        """The folder of each row, and every other column."""
        self._check_names()
        columns: dict[str, list[FactValue]] = {name: [] for name in self.names if name != _FOLDER}
        folders: list[str] = []
        kinds = [_KINDS.get(name) for name in self.names]
        for line, cells in rows:
            if len(cells) != len(self.names):
                raise self._wrong(line, f"{len(cells)} cells, where the header has {len(self.names)}")
            for name, kind, cell in zip(self.names, kinds, cells, strict=True):
                if kind is None:
                    folders.append(str(cell))
                else:
                    columns[name].append(self._value(line, name, kind, cell))
        return folders, columns

    def _check_names(self) -> None:
        known = [_FOLDER, *fact_columns()]
        for name in self.names:
            if name not in known:
                raise DataError(
                    f"no fact is called '{shown(name)[:_SHOWN]}': not facts, or of a newer labelkit",
                    place=self.place,
                    remedy=did_you_mean(name, known),
                )
        if lacking := [name for name in (_FOLDER, *_NEEDED) if name not in self.names]:
            raise DataError(f"the facts have no column '{lacking[0]}'", place=self.place, remedy=_REMEDY)
        if len(set(self.names)) != len(self.names):
            twice = next(name for name in self.names if self.names.count(name) > 1)
            raise DataError(f"the facts have two columns '{twice}'", place=self.place, remedy=_REMEDY)

    def _value(self, line: int, name: str, kind: _Kind, cell: object) -> FactValue:
        value = kind.read(cell)
        if value is _NOT:
            told = shown(str(cell))
            told = told if len(told) <= _SHOWN else f"{told[:_SHOWN]}…"
            raise self._wrong(line, f"column {name}: '{told}' is not {kind.told}")
        if (value is None or value == "") and name == "path":
            raise self._wrong(line, "column path: empty")
        return value if isinstance(value, (str, int, float)) else None

    def _wrong(self, line: int, what: str) -> DataError:
        return DataError(what, place=f"{self.place}:{line}", remedy=_REMEDY)


_NOT = object()
"""What a cell is read as that does not fit its column."""


def _text(cell: object) -> object:
    return cell if cell is None or isinstance(cell, str) else _NOT


def _truth(cell: object) -> object:
    if cell is None or isinstance(cell, bool):
        return cell
    return {"": None, "true": True, "false": False}.get(cell, _NOT) if isinstance(cell, str) else _NOT


def _whole(cell: object) -> object:
    if isinstance(cell, str) and cell.isascii() and cell.isdigit() and len(cell) <= _DIGITS:
        return int(cell)
    if cell is None or cell == "":
        return None
    return cell if isinstance(cell, int) and not isinstance(cell, bool) and cell >= 0 else _NOT


def _number(cell: object) -> object:
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool) or not isinstance(cell, (str, int, float)):
        return _NOT
    try:
        value = float(cell)
    except (ValueError, OverflowError):
        return _NOT
    return value if math.isfinite(value) else _NOT


_BY_TYPE = {
    "str": _Kind("a text", _text),
    "bool": _Kind("true or false", _truth),
    "int": _Kind("a whole number", _whole),
    "float": _Kind("a number", _number),
}


def _kinds() -> dict[str, _Kind]:
    """Column to what it holds, as the facts' own annotations say; what is computed from them is a number."""
    out = dict.fromkeys(fact_columns(), _BY_TYPE["float"])
    for prefix, group in (("", ImageFacts), ("", PixelFacts), ("jpeg_", JpegFacts), ("exif_", ExifFacts)):
        out.update({prefix + f.name: _BY_TYPE[str(f.type)] for f in fields(group) if str(f.type) in _BY_TYPE})
    return out


_KINDS = _kinds()


def _of_table(path: Path) -> Iterator[_Row]:
    """The header, then the rows of a table."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file, strict=True)
        try:
            for cells in lines:
                yield lines.line_num, cells
        except csv.Error as e:
            raise DataError(f"the table cannot be read: {e}", place=f"{path}:{lines.line_num}", remedy=_REMEDY) from e


def _of_lines(path: Path) -> Iterator[_Row]:
    """The names, then the values of JSON Lines."""
    names: list[str] = []
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(iter(lambda: file.readline(_LONGEST), ""), 1):
            row = _object(line, f"{path}:{number}")
            if not names:
                names = list(row)
                yield 0, names
            if list(row) != names:
                raise DataError("other columns than in line 1", place=f"{path}:{number}", remedy=_REMEDY)
            yield number, list(row.values())


def _object(line: str, place: str) -> dict[str, object]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as e:
        raise DataError("no JSON", place=place, remedy=_REMEDY) from e
    if not isinstance(value, dict):
        raise DataError("no JSON object", place=place, remedy=_REMEDY)
    return value


_READERS: dict[str, Callable[[Path], Iterator[_Row]]] = {".csv": _of_table, ".jsonl": _of_lines}
