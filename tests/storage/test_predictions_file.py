"""Files of predictions: both forms, as written by ours and as they come back, and every line that is none."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from labelkit.domain.bundle import BundleCard, Prediction
from labelkit.domain.classes import ClassMap
from labelkit.domain.errors import DataError
from labelkit.domain.recipe import Recipe
from labelkit.domain.training import ClassMode
from labelkit.reporting.predict_lines import csv_table, json_lines
from labelkit.storage.predictions_file import read_predictions

ITEMS = (
    Prediction("raw/a.png", "NG", {"GO": 0.25, "NG": 0.75}, (1.1,)),
    Prediction("=b, 検査.png", "GO", {"GO": 0.875, "NG": 0.125}, (-2.0,)),
    Prediction("c.png", error="cannot be decoded: it is no image"),
)
CARD = BundleCard(ClassMap(("GO", "NG")), ClassMode.BINARY, Recipe(), (80, 80))


def as_lines(path: Path) -> Path:
    with path.open("w", encoding="utf-8") as f:
        for p in ITEMS:
            json_lines(f)(p)
    return path


def as_table(path: Path) -> Path:
    with csv_table(path, CARD) as write:
        for p in ITEMS:
            write(p)
    return path


def saved_again(path: Path) -> Path:
    """The table as a spreadsheet of a country with decimal commas saves it."""
    text = as_table(path).read_text("utf-8-sig").replace('"=b, ', '"=b; ').replace("\"'=b, ", "\"'=b; ")
    rows = text.replace(",", ";").replace("0.", "0,").replace("=b; ", "=b, ")
    path.write_text(rows, encoding="utf-16")
    return path


def lines_of_powershell(path: Path) -> Path:
    path.write_text(as_lines(path).read_text("utf-8").replace("\n", "\r\n"), encoding="utf-16", newline="")
    return path


@pytest.mark.parametrize("write", [as_lines, as_table, saved_again, lines_of_powershell])
def test_what_predict_wrote_is_read_back(tmp_path: Path, write: object) -> None:
    assert callable(write)
    path = write(tmp_path / "p")
    found = read_predictions(path)
    assert found.classes == ("GO", "NG")
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [(p.path.removeprefix("'"), p.label, p.probability, p.fault) for p in found.lines] == [
        ("raw/a.png", "NG", 0.75, ""),
        ("=b, 検査.png", "GO", 0.875, ""),
        ("c.png", "", None, "no value: cannot be decoded: it is no image"),
    ]
    assert [found.place(p).rpartition(":")[2] for p in found.lines] in (["1", "2", "3"], ["2", "3", "4"])


@pytest.mark.parametrize(
    ("shares", "fault"),
    [
        ('{"NG": NaN}', "no value: the probability of NG is nan"),
        ('{"NG": 1.5}', "no value: the probability of NG is 1.5"),
        ('{"NG": true}', "no value: the probability of NG is True"),
        ('{"NG": 1' + "0" * 400 + "}", "no value: the probability of NG is 1" + "0" * 39),
        ('{"GO": 0.4}', "no value: no probability of NG"),
        ("null", "no value: no probability of NG"),
    ],
)
def test_a_probability_that_is_none_is_a_reason(tmp_path: Path, shares: str, fault: str) -> None:
    (tmp_path / "p").write_text(f'{{"path": "a.png", "label": "NG", "probabilities": {shares}}}\n')
    [line] = read_predictions(tmp_path / "p").lines
    assert (line.probability, line.fault) == (None, fault)


GOOD = json.dumps(ITEMS[0].as_json())
BROKEN = {
    "cut": (GOOD[:30], "it is no JSON"),
    "array": (f"[{GOOD}]", "a JSON list, not an object"),
    "deep": ("[" * 100_000, "it is no JSON"),
    "no path": ('{"label": "GO", "probabilities": {"GO": 1}}', "it has no 'path'"),
    "no answer": ('{"path": "a.png"}', "neither 'label' nor 'error'"),
    "label no text": ('{"path": "a.png", "label": 60, "probabilities": {"60": 1}}', "neither 'label' nor 'error'"),
    "whole object": ('{"schema": 1, "predictions": []}', "holds the first images only"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_line_is_named(tmp_path: Path, case: str) -> None:
    line, seen = BROKEN[case]
    (tmp_path / "p.jsonl").write_text(f"{GOOD}\n\n{line}\n")
    with pytest.raises(DataError) as caught:
        read_predictions(tmp_path / "p.jsonl")
    assert caught.value.place.endswith("p.jsonl:3")
    assert seen in caught.value.message
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("text", "place", "seen"),
    [
        (b"", "p", "holds no predictions"),
        (b'{"path": "a"}\xff', "p:1", "no UTF-8"),
        (b"image,label\na.png,GO\n", "p", "no column 'path'"),
        (b"path,label,probability GO\na.png,GO,high\n", "p:2", "'high' is no number"),
        (b"path,label,probability GO,error\na.png,,,\n", "p:2", "neither a label nor an error"),
    ],
)
def test_files_that_are_no_predictions(tmp_path: Path, text: bytes, place: str, seen: str) -> None:
    (tmp_path / "p").write_bytes(text)
    with pytest.raises(DataError) as caught:
        read_predictions(tmp_path / "p")
    assert (Path(caught.value.place).name, seen in caught.value.message) == (place, True)
    with pytest.raises(DataError, match="no such file of predictions"):
        read_predictions(tmp_path / "nowhere")
