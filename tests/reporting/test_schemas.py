from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import labelkit
from labelkit.reporting.audit_json import audit_json
from labelkit.reporting.machine import error_json, to_json
from labelkit.reporting.sort_json import sort_json
from tests.flows.scenes import image, write_table

KINDS = ("audit", "error", "predict", "sort", "train")


def schema(kind: str) -> dict[str, object]:
    value = json.loads((files("labelkit.reporting") / "schemas" / f"{kind}.json").read_text())
    assert isinstance(value, dict)
    return value


def faults(kind: str, value: Mapping[str, object]) -> list[str]:
    read_back = json.loads(to_json(value))
    return [e.message for e in Draft202012Validator(schema(kind)).iter_errors(read_back)]


@pytest.mark.parametrize("kind", KINDS)
def test_each_schema_is_one(kind: str) -> None:
    Draft202012Validator.check_schema(schema(kind))


def test_every_schema_file_is_known() -> None:
    here = Path(str(files("labelkit.reporting") / "schemas"))
    assert sorted(f.stem for f in here.iterdir()) == list(KINDS)


@pytest.fixture
def base_dir(tmp_path: Path) -> Path:
    for n in range(8):
        image(tmp_path / "raw" / f"{n}.png")
    write_table(tmp_path / "m.csv", ["file", "score"], [(f"{n}.png", str(n * 12)) for n in range(9)])
    return tmp_path / "base_dir"


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_sort_fits_its_schema(base_dir: Path, *, dry_run: bool) -> None:
    result = labelkit.sort(
        base_dir.parent / "raw",
        base_dir=base_dir,
        metadata=base_dir.parent / "m.csv",
        rule=["score >= 40 -> GO", "score < 40 -> NG"],
        dry_run=dry_run,
    )
    assert faults("sort", sort_json(result)) == []


def test_an_audit_fits_its_schema(base_dir: Path) -> None:
    for label in ("GO", "NG"):
        for n in range(3):
            image(base_dir / label / f"{n}.png", seed=n)
    assert faults("audit", audit_json(labelkit.audit(base_dir))) == []


def test_a_failure_fits_its_schema() -> None:
    assert faults("error", error_json(2, "no such folder", "", "give one")) == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [("error", {"schema": 1, "error": {"code": 7}}), ("sort", {"schema": 2}), ("predict", {"path": "a.png"})],
)
def test_a_schema_refuses_what_breaks_the_contract(kind: str, value: dict[str, object]) -> None:
    assert faults(kind, value)


def test_long_lists_are_cut_and_their_length_told() -> None:
    told = json.loads(to_json({"problems": list(range(1500)), "inner": {"files": list(range(1001))}}))
    assert (len(told["problems"]), told["problems_total"]) == (1000, 1500)
    assert (len(told["inner"]["files"]), told["inner"]["files_total"]) == (1000, 1001)


def test_json_is_ascii_and_has_no_nan() -> None:
    text = to_json({"file": "検査\udcff", "loss": float("nan")})
    assert text.isascii()
    assert json.loads(text) == {"file": "検査\udcff", "loss": None}
