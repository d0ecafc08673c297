from __future__ import annotations

import csv
import hashlib
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import labelkit
from labelkit.cli.app import app
from tests.training.scenes import bundle, draw_set, go_ng


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Five images, the second of them broken, one with a name that a spreadsheet would run."""
    draw_set(tmp_path / "new", {"A": 5})
    (tmp_path / "new" / "A" / "001.jpg").write_bytes(b"broken")
    (tmp_path / "new" / "A" / "004.jpg").rename(tmp_path / "=cmd|' 検査.jpg")
    return tmp_path


def run(*words: str | Path) -> Result:
    return CliRunner(env={"NO_COLOR": "1"}).invoke(app, ["predict", *map(str, words)])


def test_json_lines_go_on_after_a_broken_image_and_exit_with_3(mixed: Path) -> None:
    done = run(bundle("generator"), mixed / "new", mixed / "=cmd|' 検査.jpg", "--jsonl")
    assert done.exit_code == 3
    assert done.stdout.isascii()
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [Path(t["path"]).name for t in told] == ["000.png", "001.jpg", "002.bmp", "003.png", "=cmd|' 検査.jpg"]
    assert set(told[1]) == {"path", "error"}
    assert [set(t) for i, t in enumerate(told) if i != 1] == [{"path", "label", "probabilities", "logit"}] * 4
    assert "5 images: " in done.stderr
    assert "1 error" in done.stderr


def test_json_is_one_object(mixed: Path) -> None:
    done = run(bundle("generator"), mixed / "new", "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["schema"], told["images"], told["errors"]) == (3, 1, 4, 1)
    assert sum(told["labels"].values()) == 3
    assert told["class_map"]["classes"] == ["GO", "NG"]
    assert len(told["predictions"]) == 4


def test_csv_opens_rightly_in_a_spreadsheet(mixed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(mixed)
    done = run(bundle("generator"), "new", "=cmd|' 検査.jpg", "--csv", "out.csv")
    assert (done.exit_code, done.stdout) == (3, "")
    assert (
        Path("out.csv").read_bytes().startswith(b"\xef\xbb\xbfpath,label,probability GO,probability NG,logit,error\r\n")
    )
    rows = list(csv.reader(Path("out.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [row[0] for row in rows[1:]] == [
        *(f"new/A/{name}" for name in ("000.png", "001.jpg", "002.bmp", "003.png")),
        "'=cmd|' 検査.jpg",
    ]
    assert rows[2][1:5] == ["", "", "", ""]
    assert rows[2][5]
    assert float(rows[1][2]) + float(rows[1][3]) == pytest.approx(1)
    float(rows[1][4])


def test_people_see_the_first_ones_and_the_counts(mixed: Path) -> None:
    done = run(bundle("generator"), go_ng(), mixed / "new" / "A" / "001.jpg")
    assert (done.exit_code, done.stdout) == (3, "")
    lines = done.stderr.splitlines()
    assert lines[0].split() == ["image", "label", "probability"]
    assert "and 53 more:  --jsonl or --csv FILE has them all" in lines
    assert lines[-1].startswith("73 images: GO ")
    assert lines[-1].endswith(", 1 error")


def test_all_well_exits_with_0() -> None:
    assert run(bundle("generator"), go_ng() / "NG", "--quiet").exit_code == 0


def test_a_bundle_without_class_map_exits_with_3(tmp_path: Path) -> None:
    shutil.copytree(bundle("generator"), tmp_path / "bundle")
    (tmp_path / "bundle" / "classes.json").unlink()
    done = run(tmp_path / "bundle", go_ng(), "--json")
    assert done.exit_code == 3
    error = json.loads(done.stdout)["error"]
    assert (error["code"], error["message"]) == (3, "the bundle has no classes.json")
    assert error["remedy"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere", "."], "no such bundle: nowhere"),
        (["nowhere", "gone.png"], "no such file or folder: gone.png"),
        (["nowhere", ".", "--json", "--jsonl"], "both want stdout"),
    ],
)
def test_wrong_use_exits_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    monkeypatch.chdir(draw_set(tmp_path, {"A": 1}))
    done = run(*words)
    assert done.exit_code == 2
    assert message in done.stderr


def test_sorted_into_class_folders_by_the_run_that_latest_stands_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(bundle("generator"), "runs/one")
    Path("runs/latest").symlink_to("one")
    shutil.copytree(go_ng(), "raw")
    Path("raw/broken.jpg").write_bytes(b"broken")
    done = run("runs/latest", "raw", "--sort-into", "sorted", "--min-confidence", "0.5", "--csv", "all.csv")
    assert done.exit_code == 3
    with Path("all.csv").open(encoding="utf-8-sig", newline="") as f:
        said = {row["path"]: row["label"] for row in csv.DictReader(f)}
    placed = {f"{p.parent.name}/{p.name}" for p in Path("sorted").glob("*/*")}
    assert {p.partition("/")[0] for p in placed} == {"GO", "NG"}
    assert len(placed) == len(said) - 1 == 72
    why = labelkit.why("raw/NG/000.png", base_dir="sorted")
    assert why.label == said["raw/NG/000.png"]
    assert why.why.startswith(f"a model's prediction says {why.label} (runs/one says {why.label} (0.")
    digest = hashlib.sha256(Path("runs/one/model.keras").read_bytes()).hexdigest()
    assert [(v.file.file, v.file.sha256) for v in why.votes if v.file] == [("runs/one/model.keras", digest)]
    again = labelkit.sort(
        "raw", base_dir="sorted", from_predictions=labelkit.predict("runs/latest", "raw"), min_confidence=0.5
    )
    assert (again.already, again.done, again.relocated, again.held) == (72, 0, 0, 1)
