"""Read metadata tables as inspection lines write them: all text, every choice said, nothing guessed."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labelkit.domain.errors import MetadataError
from labelkit.domain.formats import has_image_suffix
from labelkit.domain.names import shown
from labelkit.domain.table import Table

_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blanks"}
_SNIFFED_LINES = 50
_LISTED_FAULTS = 5
_UNASSIGNED = re.compile("[\x80\xa0\uf8f0-\uf8f3]")
_GLUED_KANA = re.compile("[A-Za-z][\uff61-\uff9f]|[\uff61-\uff9f][A-Za-z]")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?\Z")


@dataclass(frozen=True, slots=True)
class _Layout:
    """How one file is written."""

    encoding: str
    separator: str

    def __str__(self) -> str:
        return f"{self.encoding}, {_SEPARATORS[self.separator]}"


def read_metadata(files: Sequence[os.PathLike[str] | str], *, columns: Sequence[str] = ()) -> Table:
    """Read one or more tables as one; rows keep their file and line.

    Args:
        files: CSV or text files; separators comma, semicolon, tab, bar or blanks; UTF-8, UTF-16 with BOM, or CP932.
        columns: names for the columns of files without a header line.

    Raises:
        MetadataError: a file that cannot be read for sure: which, where, and what to do.

    """
    parts = [_read_one(os.fspath(f), list(columns)) for f in files]
    names = list(dict.fromkeys(name for part in parts for name in part.columns))
    return Table(
        files=tuple(n for part in parts for n in part.files),
        folders=tuple(f for part in parts for f in part.folders),
        columns={n: [c for part in parts for c in part.columns.get(n, [""] * len(part))] for n in names},
        origin=[i for i, part in enumerate(parts) for _ in range(len(part))],
        lines=[line for part in parts for line in part.lines],
        said=tuple(s for part in parts for s in part.said),
    )


def _read_one(path: str, columns: list[str]) -> Table:
    text, encoding = _decoded(path)
    layout = _Layout(encoding, _separator(text, path))
    rows = list(_rows(text, layout.separator, path))
    header, rows = (columns, rows) if columns else _with_header(rows, path)
    header, rows, said = _trimmed(header, rows)
    _check(header, rows, path)
    cells = list(zip(*(r for _, r in rows), strict=True))
    return Table(
        files=(path,),
        folders=(os.path.dirname(os.path.abspath(path)),),
        columns=dict(zip(header, cells, strict=True)),
        origin=[0] * len(rows),
        lines=[line for line, _ in rows],
        said=(f"{path}: {len(rows):,} rows ({layout})", *(f"{path}: {s}" for s in said)),
    )


def _decoded(path: str) -> tuple[str, str]:
    data = _bytes_of(path)
    for bom, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(bom):
            return _strict(data, encoding, path), encoding.upper()
    try:
        text, encoding = data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        text, encoding = _cp932(data, path), "CP932"
    if "\0" in text:
        raise MetadataError("the file holds NUL bytes, so it is no text table", place=path)
    return text, encoding


def _bytes_of(path: str) -> bytes:
    try:
        with open(path, "rb") as f:
            return f.read()
    except FileNotFoundError:
        raise MetadataError("there is no such metadata file", place=path, remedy="check --metadata") from None
    except OSError as e:
        raise MetadataError(f"the metadata cannot be read: {e.strerror}", place=path) from e


def _cp932(data: bytes, path: str) -> str:
    """Decode CP932; refuse what Python takes for it and no line writes.

    Bytes 80, A0 and FD to FF are unassigned there, and half-width katakana glued to a Latin letter is nearly always
    Windows-1252 ('groß' reads as 'groﾟ').
    """
    text = _strict(data, "cp932", path)
    doubtful = _UNASSIGNED.search(text) or _GLUED_KANA.search(text)
    if doubtful is not None:
        which = "nor CP932" if _UNASSIGNED.match(doubtful.group()) else "nor, for sure, CP932"
        raise MetadataError(
            f"the text is neither UTF-8 {which} (near {doubtful.group()!a})",
            place=f"{path}:{text.count(chr(10), 0, doubtful.start()) + 1}",
            remedy="save the table as UTF-8 and try again",
        )
    return text


def _strict(data: bytes, encoding: str, path: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as e:
        line = data.count(b"\n", 0, e.start) + 1
        raise MetadataError(
            f"the text is neither UTF-8 nor CP932 (byte 0x{data[e.start]:02x})",
            place=f"{path}:{line}",
            remedy="save the table as UTF-8 and try again",
        ) from e


def _separator(text: str, path: str) -> str:
    """The separator that cuts the first lines into equally many fields, and into the most."""
    sample = [line for line in text.splitlines()[: _SNIFFED_LINES + 1] if line.strip()]
    if not sample:
        raise MetadataError("the table is empty", place=path, remedy="it needs at least one row")
    best, most = ",", 1
    for separator in _SEPARATORS:
        if separator == " " and most > 1:
            break  # blanks stand inside fields of the other kinds
        counts = {len(fields) for _, fields in _rows("\n".join(sample), separator, path)}
        if len(counts) == 1 and max(counts) > most:
            best, most = separator, max(counts)
    return best if most > 1 else _commonest(sample)


def _commonest(sample: list[str]) -> str:
    """With ragged lines: the separator that stands in most of them; the row check then names the ragged ones."""
    shares = {s: sum(s in line for line in sample) for s in (",", ";", "\t", "|")}
    best = max(shares, key=lambda s: shares[s])
    return best if shares[best] * 2 > len(sample) else ","


def _rows(text: str, separator: str, path: str) -> Iterator[tuple[int, list[str]]]:
    """(line number, fields) of each line that is not blank."""
    if separator == " ":
        yield from ((i, line.split()) for i, line in enumerate(text.splitlines(), 1) if line.strip())
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begin = 1
    try:
        for fields in reader:
            if any(f.strip() for f in fields):
                yield begin, fields
            begin = reader.line_num + 1
    except csv.Error as e:
        raise MetadataError(
            f"a quoted field is not closed, or ends wrongly ({e})", place=f"{path}:{begin}", remedy="mend that line"
        ) from e


def _with_header(rows: list[tuple[int, list[str]]], path: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    line, header = rows[0]
    data_like = [c for c in header if has_image_suffix(c.strip()) or _NUMBER.match(c.strip())]
    if data_like:
        raise MetadataError(
            f"the first line looks like data, not like column names ('{shown(data_like[0])}')",
            place=f"{path}:{line}",
            remedy=f"name the columns: --columns {','.join(_proposed(header))}",
        )
    return header, rows[1:]


def _proposed(fields: list[str]) -> list[str]:
    return ["file" if has_image_suffix(f) else f"column{i}" for i, f in enumerate(fields, 1)]


def _trimmed(
    header: list[str], rows: list[tuple[int, list[str]]]
) -> tuple[list[str], list[tuple[int, list[str]]], list[str]]:
    """Trim column names; drop a nameless last column that is empty in every row. Both are said."""
    said = []
    names = [h.strip() for h in header]
    changed = [n for n, h in zip(names, header, strict=True) if n != h]
    if changed:
        said.append(f"blanks around {len(changed)} column names were taken away: {', '.join(changed)}")
    width = len(names)
    if width > 1 and not names[-1] and all(len(r) < width or not r[width - 1].strip() for _, r in rows):
        said.append("a nameless, empty last column was left out")
        names = names[:-1]
        rows = [(line, r[: width - 1] if len(r) == width else r) for line, r in rows]
    return names, rows, said


def _check(header: list[str], rows: list[tuple[int, list[str]]], path: str) -> None:
    if not rows:
        raise MetadataError("the table holds no rows", place=path, remedy="it needs a row for each image")
    twice = sorted({h for h in header if header.count(h) > 1})
    if twice:
        raise MetadataError(f"a column name stands twice: {', '.join(repr(t) for t in twice)}", place=f"{path}:1")
    ragged = [(line, len(r)) for line, r in rows if len(r) != len(header)]
    if ragged:
        listed = ", ".join(f"line {line} has {n}" for line, n in ragged[:_LISTED_FAULTS])
        raise MetadataError(
            f"{len(ragged)} rows do not have {len(header)} fields ({', '.join(header)}): {listed}",
            place=f"{path}:{ragged[0][0]}",
            remedy="mend these lines; nothing was moved",
        )
