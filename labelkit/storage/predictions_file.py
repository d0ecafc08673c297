"""Read predictions as `labelkit predict` writes them: JSON Lines, or its CSV also when a spreadsheet saved it again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping

from labelkit.domain.errors import DataError
from labelkit.domain.names import shown
from labelkit.domain.predicted import PredictedLine, PredictionsFile, no_value
from labelkit.domain.table import Table
from labelkit.storage.metadata import read_metadata

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_HEAD = 4096
_SHARE = "probability "
_SHOWN = 40


def read_predictions(path: os.PathLike[str] | str) -> PredictionsFile:
    """Read one file; whether it is JSON Lines or a table is seen by its first character.

    Raises:
        DataError: a file that is not there or holds nothing, or a line that is broken: which.

    """
    name = os.fspath(path)
    data = _bytes_of(name)
    encoding = next((e for bom, e in _BOMS if data.startswith(bom)), "utf-8")
    head = data[:_HEAD].decode(encoding, "replace").lstrip()
    if not head:
        raise DataError("the file holds no predictions", place=name, remedy="write it anew with labelkit predict")
    if head.startswith(("{", "[")):
        read = list(_of_lines(_text(data, encoding, name), name))
    else:
        read = list(_of_table(read_metadata([name])))
    classes = dict.fromkeys(c for _, shares in read for c in shares)
    return PredictionsFile(name, hashlib.sha256(data).hexdigest(), tuple(classes), tuple(line for line, _ in read))


_Read = tuple[PredictedLine, Mapping[str, object]]
"""A line, and its probabilities as written."""


def _bytes_of(name: str) -> bytes:
    try:
        with open(name, "rb") as f:
            return f.read()
    except FileNotFoundError:
        raise DataError("there is no such file of predictions", place=name, remedy="check --from-predictions") from None
    except OSError as e:
        raise DataError(f"the predictions cannot be read: {e.strerror}", place=name) from e


def _text(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as e:
        line = data.count(b"\n", 0, e.start) + 1
        raise _broken(f"{name}:{line}", "its bytes are no UTF-8") from e


def _broken(place: str, seen: str) -> DataError:
    return DataError(
        f"this is no prediction: {seen}",
        place=place,
        remedy='expected a line of labelkit predict --jsonl, as {"path": ..., "label": ..., "probabilities": {...}}; '
        "nothing was moved",
    )


def _of_lines(text: str, name: str) -> Iterator[_Read]:
    for number, line in enumerate(text.split("\n"), 1):  # other breaks may stand inside of texts
        if line.strip():
            yield _of_line(line, number, f"{name}:{number}")


def _of_line(text: str, number: int, place: str) -> _Read:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise _broken(place, f"it is no JSON ({shown(str(e))})") from e
    if not isinstance(value, dict):
        raise _broken(place, f"it is a JSON {type(value).__name__}, not an object")
    path, label, error = value.get("path"), value.get("label"), value.get("error")
    if "predictions" in value and path is None:
        raise _broken(place, "it is the object of predict --json, which holds the first images only")
    if not isinstance(path, str) or not path:
        raise _broken(place, "it has no 'path'")
    if isinstance(error, str) and error:
        return PredictedLine(number, path, fault=no_value(error)), {}
    if not isinstance(label, str) or not label:
        raise _broken(place, "it has neither 'label' nor 'error'")
    shares = value.get("probabilities")
    return _judged(number, path, label, shares if isinstance(shares, dict) else {})


def _judged(number: int, path: str, label: str, shares: Mapping[str, object]) -> _Read:
    """A line with a label; a probability that cannot be one is a reason, not an error."""
    share = shares.get(label)
    if share is None:
        return PredictedLine(number, path, label, fault=f"no value: no probability of {label}"), shares
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
        told = shown(str(share)[:_SHOWN])
        return PredictedLine(number, path, label, fault=f"no value: the probability of {label} is {told}"), shares
    return PredictedLine(number, path, label, float(share)), shares


def _of_table(table: Table) -> Iterator[_Read]:
    names = {name.strip().casefold(): name for name in table.columns}
    for needed in ("path", "label"):
        if needed not in names:
            raise DataError(
                f"{table.name} has no column '{needed}' (columns: {shown(', '.join(table.columns))})",
                place=table.name,
                remedy="expected a table as labelkit predict --csv FILE writes it",
            )
    paths, labels = table.columns[names["path"]], table.columns[names["label"]]
    errors = table.columns[names["error"]] if "error" in names else [""] * len(table)
    shares = {name.strip()[len(_SHARE) :]: cells for name, cells in table.columns.items() if _is_share(name)}
    for row, (path, label, error) in enumerate(zip(paths, labels, errors, strict=True)):
        place, number = table.place(row), table.lines[row]
        if not path.strip():
            raise _broken(place, "it has no path")
        if error.strip():
            yield PredictedLine(number, path, fault=no_value(error.strip())), {}
        elif not label.strip():
            raise _broken(place, "it has neither a label nor an error")
        else:
            own = _label(label.strip(), shares)
            yield _judged(number, path, own, {n: _number(cells[row], place) for n, cells in shares.items()})


def _is_share(name: str) -> bool:
    return name.strip().casefold().startswith(_SHARE)


def _label(cell: str, shares: Mapping[str, object]) -> str:
    """The label of a cell; the apostrophe that keeps it from being a formula is no part of it."""
    return cell.removeprefix("'") if cell not in shares and cell.removeprefix("'") in shares else cell


def _number(cell: str, place: str) -> float | None:
    """A probability as written, with point or comma; None for an empty cell."""
    text = cell.strip()
    if not text:
        return None
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise _broken(place, f"the probability '{shown(text[:_SHOWN])}' is no number") from None
