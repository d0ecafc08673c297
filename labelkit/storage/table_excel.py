"""Read one sheet of an Excel workbook as rows of text: what its cells plainly say, no formula worked out anew."""

from __future__ import annotations

import datetime as dt
import math
import os
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Protocol, cast

from labelkit.domain.errors import LabelkitError, MetadataError, MissingExtraError
from labelkit.domain.names import did_you_mean
from labelkit.storage.distribution import install_line
from labelkit.storage.table_rows import Block

_SUFFIXES = (".xlsx", ".xlsm")
_ZEROS = re.compile(r"0{2,}")
"""A number format that shows a number with leading zeros."""

_CLOCK = re.compile(r"[hs]", re.IGNORECASE)
"""In a date's number format: it shows the time of day too."""

_WHOLE = 1e15
"""Above this not every whole number is exact in a cell, and Excel shows 15 digits at most."""

_MOST_BYTES = 2**30
"""A workbook that unpacks to more is no metadata table; a hostile one packs far more into little."""


class _Cell(Protocol):
    """What is asked of a cell of openpyxl."""

    @property
    def value(self) -> object: ...
    @property
    def data_type(self) -> str: ...
    @property
    def number_format(self) -> str: ...


class _Sheet(Protocol):
    """What is asked of a sheet of openpyxl."""

    @property
    def title(self) -> str: ...
    def reset_dimensions(self) -> None: ...
    def iter_rows(self) -> Iterable[Iterable[_Cell]]: ...


class _Book(Protocol):
    """What is asked of a workbook of openpyxl that is read row by row."""

    @property
    def worksheets(self) -> Sequence[_Sheet]: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet.

    Attributes:
        file: the workbook.
        name: the sheet as a person names it: the path as given.
        title: its title.
        block: its rows; those without a word are left out.

    """

    file: str
    name: str
    title: str
    block: Block


def is_workbook(path: str) -> bool:
    """Whether a metadata file is given as `m.xlsx` or `m.xlsx#Sheet2`."""
    return _parted(path)[0].lower().endswith(_SUFFIXES)


def _parted(path: str) -> tuple[str, str]:
    """(file, sheet title); the title is empty where none is named."""
    if os.path.exists(path):
        return path, ""
    file, _, title = path.rpartition("#")
    return (file, title) if file.lower().endswith(_SUFFIXES) else (path, "")


def read_sheet(path: str) -> Sheet:
    """The rows of the first sheet of a workbook, or of the one named behind `#`.

    Numbers are text as Excel shows them without a format, `00123` where the format is zeros; dates are
    `2024-03-04` or `2024-03-04 10:11:12`. A formula counts as the value that the workbook has kept of it.

    Raises:
        MissingExtraError: openpyxl is not installed.
        MetadataError: no such file or sheet, no workbook, an error value, or a formula without a kept value.

    """
    file, title = _parted(path)
    _check_archive(file)
    with _opened(file, kept_values=False) as book:
        sheet = _sheet(book, title, file)
        rows = [[_Read.of(cell) for cell in row] for row in _rows_of(sheet)]
        title = sheet.title
    kept = _kept_values(file, title) if any(read.formula for row in rows for read in row) else []
    texts = [[_text(read, kept, (i, j), file) for j, read in enumerate(row)] for i, row in enumerate(rows)]
    lines = [i for i, row in enumerate(texts, 1) if "".join(row).strip()]
    if not lines:
        raise MetadataError("the sheet is empty", place=path, remedy="it needs at least one row")
    width = max(len(texts[i - 1]) for i in lines)
    return Sheet(file, path, title, Block(lines, [texts[i - 1] + [""] * (width - len(texts[i - 1])) for i in lines]))


@dataclass(frozen=True, slots=True)
class _Read:
    """What one cell holds: text, or why it has none."""

    text: str = ""
    formula: bool = False
    fault: str = ""

    @classmethod
    def of(cls, cell: _Cell) -> _Read:
        if cell.value is None:
            return cls()
        if cell.data_type == "f":
            return cls(formula=True)
        if cell.data_type == "e":
            return cls(fault=f"the error value {cell.value}")
        return cls(_shown(cell.value, cell.number_format))


def _text(read: _Read, kept: list[list[_Read]], at: tuple[int, int], file: str) -> str:
    row, column = at
    known = kept[row][column] if read.formula and row < len(kept) and column < len(kept[row]) else read
    if read.formula and not (known.text or known.fault):
        fault, remedy = "a formula whose value the workbook has not kept", "open it in Excel and save it"
    else:
        fault, remedy = known.fault, "mend the cell, or empty it"
    if fault:
        where = f"{_letters(column)}{row + 1}"
        raise MetadataError(f"cell {where} holds {fault}", place=f"{file}:{row + 1}", remedy=remedy)
    return known.text


def _letters(column: int) -> str:
    """The name of a column, 0 is A."""
    ahead, last = divmod(column, 26)
    return (_letters(ahead - 1) if ahead else "") + chr(ord("A") + last)


def _shown(value: object, number_format: str) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (int, float)):
        return _shown_number(value, number_format)
    if isinstance(value, dt.datetime):
        day_only = value.time() == dt.time() and not _CLOCK.search(number_format)
        return value.date().isoformat() if day_only else value.isoformat(sep=" ", timespec="seconds")
    return str(value)


def _shown_number(value: float, number_format: str) -> str:
    whole = math.isfinite(value) and value == int(value) and abs(value) < _WHOLE
    text = str(int(value)) if whole else f"{value:.15g}"
    return text.zfill(len(number_format)) if whole and _ZEROS.fullmatch(number_format) else text


def _kept_values(file: str, title: str) -> list[list[_Read]]:
    with _opened(file, kept_values=True) as book:
        return [[_Read.of(cell) for cell in row] for row in _rows_of(_sheet(book, title, file))]


def _check_archive(file: str) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except FileNotFoundError:
        raise MetadataError("there is no such metadata file", place=file, remedy="check --metadata") from None
    except OSError as e:
        raise MetadataError(f"the metadata cannot be read: {e.strerror}", place=file) from e
    except zipfile.BadZipFile:
        raise MetadataError("this is no Excel workbook", place=file, remedy="save it as .xlsx or as CSV") from None
    if size > _MOST_BYTES:
        raise MetadataError(f"the workbook unpacks to {size:,} bytes", place=file, remedy="save the sheet as CSV")


@contextmanager
def _opened(file: str, *, kept_values: bool) -> Iterator[_Book]:
    """A workbook read row by row; whatever openpyxl stumbles over while it is read ends as one kind of error."""
    try:
        import openpyxl
    except ImportError as e:
        raise MissingExtraError(
            "reading Excel workbooks needs openpyxl, which is not installed", place=file, remedy=install_line("excel")
        ) from e
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions that no cell's text depends on
        try:
            book = cast("_Book", openpyxl.load_workbook(file, read_only=True, data_only=kept_values))
            with closing(book):
                yield book
        except LabelkitError:
            raise
        except Exception as e:  # a reader of foreign files raises anything: XML, archive, key and value errors
            raise MetadataError(f"the workbook cannot be read ({e})", place=file, remedy="save it as CSV") from e


def _sheet(book: _Book, title: str, file: str) -> _Sheet:
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if title and title not in sheets:
        raise MetadataError(f"there is no sheet '{title}'", place=file, remedy=did_you_mean(title, list(sheets)))
    if not sheets:
        raise MetadataError("the workbook has no sheet of cells", place=file, remedy="save the table as CSV")
    return sheets[title] if title else next(iter(sheets.values()))


def _rows_of(sheet: _Sheet) -> Iterable[Iterable[_Cell]]:
    """All rows, whatever size the sheet says that it has."""
    sheet.reset_dimensions()
    return sheet.iter_rows()
