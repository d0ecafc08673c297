"""Predictions as JSON Lines and as CSV, written one by one as they come."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from labelkit.domain.bundle import BundleCard, Prediction, PredictSummary
from labelkit.domain.sort_result import SortResult
from labelkit.domain.spreadsheet import cell
from labelkit.reporting.sort_json import sort_json


def json_lines(out: TextIO) -> Callable[[Prediction], None]:
    """A sink that writes one ASCII JSON object a line."""

    def write(p: Prediction) -> None:
        out.write(json.dumps(p.as_json(), ensure_ascii=True, allow_nan=False) + "\n")

    return write


@contextmanager
def csv_table(path: Path, card: BundleCard) -> Iterator[Callable[[Prediction], None]]:
    """A sink that writes a table which Excel opens rightly: UTF-8 with BOM, no text cell is a formula.

    Columns: path, label, one probability a class, one logit (one a class unless binary), error.

    Raises:
        OSError: the file cannot be written.

    """
    names = card.class_map.classes
    logits = ["logit"] if card.outputs == 1 else [f"logit {name}" for name in names]
    with path.open("w", encoding="utf-8-sig", newline="") as f:
        table = csv.writer(f)
        table.writerow(["path", "label", *(f"probability {name}" for name in names), *logits, "error"])

        def write(p: Prediction) -> None:
            shares = [(p.probabilities or {}).get(name, "") for name in names]
            answers = p.logits or [""] * len(logits)
            table.writerow([cell(p.path), cell(p.label), *shares, *answers, cell(p.error)])

        yield write


def predict_json(summary: PredictSummary) -> dict[str, object]:
    """The object of `labelkit predict --json`."""
    return {
        "schema": 1,
        "bundle": summary.bundle,
        "class_map": summary.card.class_map.as_json(),
        "images": summary.images,
        "labels": dict(summary.counts),
        "errors": summary.failed,
        "predictions": _listed(summary.kept),
    }


def sorted_json(summary: PredictSummary, sort: SortResult) -> dict[str, object]:
    """The object of `labelkit predict --sort-into DIR --json`: that of predict, with that of the sort below `sort`."""
    return {**predict_json(summary), "sort": sort_json(sort)}


def _listed(predictions: Sequence[Prediction]) -> list[dict[str, object]]:
    return [p.as_json() for p in predictions]
