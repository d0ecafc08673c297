from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import labelkit
from labelkit.auditing.baseline import baseline_of
from labelkit.flows.cache import cache_info
from labelkit.flows.metadata_check import metadata_check
from labelkit.flows.table_reading import TableReading
from labelkit.flows.undo import runs_in
from labelkit.reporting.audit_json import audit_json
from labelkit.reporting.cache_json import cache_json
from labelkit.reporting.held_json import held_json
from labelkit.reporting.machine import error_json, to_json
from labelkit.reporting.metadata_json import metadata_check_json
from labelkit.reporting.rules_json import analysis_json, shown_json, tuning_json
from labelkit.reporting.sort_json import sort_json
from labelkit.reporting.split_json import split_json
from labelkit.reporting.undo_json import runs_json, undo_json
from labelkit.reporting.verify_json import verify_json
from labelkit.reporting.why_json import why_json
from labelkit.storage.baseline_file import baseline_text
from tests.flows.scenes import grainy, image, write_table

KINDS = (
    *("adopt", "audit", "baseline", "cache", "error", "evaluate", "held", "metadata_check", "predict"),
    *(
        "rules_analyze",
        "rules_show",
        "rules_tune",
        "runs",
        "sort",
        "split",
        "train",
        "train_sheet",
        "undo",
        "verify",
        "why",
    ),
)


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


def test_a_metadata_check_fits_its_schema(base_dir: Path) -> None:
    table, images = base_dir.parent / "m.csv", base_dir.parent / "raw"
    for folder in (None, images):
        check = metadata_check([table], folder, TableReading())
        assert faults("metadata_check", metadata_check_json(check)) == []


def test_an_audit_fits_its_schema(base_dir: Path) -> None:
    for label in ("GO", "NG"):
        for n in range(3):
            image(base_dir / label / f"{n}.png", seed=n)
    write_table(base_dir / "GO" / "no image.png", ["no"], [])
    report = labelkit.audit(base_dir)
    assert faults("audit", audit_json(report)) == []
    text = baseline_text(baseline_of(report))
    assert faults("baseline", json.loads(text)) == []
    (base_dir.parent / "known.json").write_text(text)
    held = labelkit.audit(base_dir, baseline=base_dir.parent / "known.json")
    assert held.accepted
    assert faults("audit", audit_json(held)) == []


def test_rules_and_the_cache_fit_their_schemas(base_dir: Path) -> None:
    source, metadata = base_dir.parent / "raw", base_dir.parent / "m.csv"
    write_table(metadata, ["file", "score", "verdict"], [(f"{n}.png", str(n * 12), "GO") for n in range(8)])
    rule = ["score >= 40 -> GO", "score < 60 and brightness >= 0 -> NG", "score < 20 -> NG"]
    assert faults("rules_show", shown_json(labelkit.show_rules(rule=rule, metadata=metadata))) == []
    report = labelkit.analyze_rules(rule=rule, source=source, metadata=metadata, gold="verdict")
    assert report.pairs
    assert report.line
    assert faults("rules_analyze", analysis_json(report)) == []
    (base_dir.parent / "r.toml").write_text(
        '[params]\nlimit = 50\n[[rule]]\nname = "a"\nwhen = "score >= limit"\nlabel = "GO"\n'
    )
    tuned = labelkit.tune_rules(base_dir.parent / "r.toml", grid=["limit=40,50"], source=source, metadata=metadata)
    assert faults("rules_tune", tuning_json(tuned)) == []
    assert faults("cache", cache_json(cache_info())) == []


def test_a_split_fits_its_schema(base_dir: Path) -> None:
    for label in ("GO", "NG"):
        for n in range(8):
            grainy(base_dir / label / f"{n}.png", seed=n + 20 * (label == "NG"))
    for options in ({"dry_run": True}, {"to": base_dir.parent / "parts"}):
        assert faults("split", split_json(labelkit.split(base_dir, **options))) == []


def test_explanations_and_held_images_fit_their_schemas(base_dir: Path) -> None:
    image(base_dir.parent / "raw" / "extra.png")
    sources = base_dir.parent / "raw"
    metadata = base_dir.parent / "m.csv"
    for threshold in (40, 60):  # the second sort changes its mind, so that there is an earlier decision
        rule = [f"score >= {threshold} and brightness >= 0 -> GO", f"score < {threshold} -> NG"]
        labelkit.sort(sources, base_dir=base_dir, metadata=metadata, rule=rule)
    image(base_dir / "GO" / "foreign.png")
    explained = [labelkit.why(name, base_dir=base_dir) for name in ("4.png", "extra.png", "GO/foreign.png")]
    assert [e.label for e in explained[0].earlier] == ["GO"]
    assert faults("why", why_json(explained)) == []
    report = labelkit.held(base_dir=base_dir)
    assert report.held == 1
    assert faults("held", held_json(report)) == []


def test_undos_runs_and_verifications_fit_their_schemas(base_dir: Path) -> None:
    for threshold in (40, 60):
        rule = [f"score >= {threshold} -> GO", f"score < {threshold - 20} -> NG"]
        labelkit.sort(base_dir.parent / "raw", base_dir=base_dir, metadata=base_dir.parent / "m.csv", rule=rule)
    (base_dir / "GO" / "6.png").rename(base_dir / "NG" / "6.png")
    (base_dir / "GO" / "7.png").write_bytes(b"altered")
    image(base_dir / "GO" / "foreign.png")
    report = labelkit.verify(base_dir)
    assert [report.counts[kind] for kind in ("extra", "altered", "moved")] == [1, 1, 1]
    assert faults("verify", verify_json(report)) == []
    assert faults("undo", undo_json(labelkit.undo(base_dir=base_dir, dry_run=True))) == []
    assert faults("undo", undo_json(labelkit.undo(base_dir=base_dir))) == []
    assert faults("runs", runs_json(runs_in(base_dir))) == []


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
