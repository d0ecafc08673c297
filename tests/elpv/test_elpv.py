"""Real solar cells: 2,624 images with the probability that a cell is defective (Deitsch et al. 2019)."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

COLUMNS = "file,probability,cell"


@pytest.fixture(scope="module")
def data() -> Path:
    spec = find_spec("elpv_dataset")
    assert spec is not None, "the extra 'dev' installs elpv-dataset"
    assert spec.origin is not None
    return Path(spec.origin).parent / "data"


def labelkit(*words: str | Path) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "labelkit", *map(str, words), "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    value = json.loads(done.stdout)
    assert isinstance(value, dict)
    return value


def sort(data: Path, base_dir: Path, *rules: str) -> dict[str, object]:
    words: list[str | Path] = [
        "sort",
        data,
        "--metadata",
        data / "labels.csv",
        "--columns",
        COLUMNS,
        "--base-dir",
        base_dir,
    ]
    return labelkit(*words, *(w for rule in rules for w in ("--rule", rule)))


@pytest.fixture(scope="module")
def sorted_cells(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    base_dir = tmp_path_factory.mktemp("elpv") / "base_dir"
    told = sort(data, base_dir, "probability >= 0.5 -> NG", "probability < 0.5 -> GO")
    assert told["labels"] == {"GO": 1803, "NG": 821}
    return base_dir


def test_cells_at_one_half_as_the_paper_counts_them(sorted_cells: Path) -> None:
    on_disk = {f.name: sum(1 for _ in f.iterdir()) for f in sorted_cells.iterdir() if f.is_dir()}
    assert on_disk == {"GO": 1803, "NG": 821}


def test_any_doubt_is_ng(data: Path, tmp_path: Path) -> None:
    told = sort(data, tmp_path / "base_dir", "probability > 0 -> NG", "probability == 0 -> GO")
    assert told["labels"] == {"GO": 1508, "NG": 1116}
    assert told["states"] == {
        "labeled": 2624,
        "abstained": 0,
        "conflict": 0,
        "error": 0,
        "unlisted": 0,
        "missing": 0,
    }


def test_audit_reads_every_cell(sorted_cells: Path) -> None:
    told = labelkit("audit", sorted_cells)
    assert told["files"] == {"seen": 2624, "readable": 2624, "unreadable": 0, "not_image": 0}
    assert told["class_map"] == {"classes": ["GO", "NG"], "positive": "NG", "reject": "NG", "source": "text"}


def test_two_epochs_of_training_end_in_a_bundle(sorted_cells: Path, tmp_path: Path) -> None:
    told = labelkit("train", sorted_cells, "--epochs", "2", "--image-size", "48", "--out", tmp_path / "runs")
    samples = told["samples"]
    assert isinstance(samples, dict)
    assert samples["train"] + samples["validation"] == 2624
    predicted = subprocess.run(
        [sys.executable, "-m", "labelkit", "predict", tmp_path / "runs" / "latest", sorted_cells / "NG", "--jsonl"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert predicted.returncode == 0, predicted.stderr
    lines = [json.loads(line) for line in predicted.stdout.splitlines()]
    assert len(lines) == 821
    assert all(set(line["probabilities"]) == {"GO", "NG"} for line in lines)
