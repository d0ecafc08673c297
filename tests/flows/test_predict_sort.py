"""`predict --sort-into`: what a model says becomes a sort like any other, and what it cannot say is never placed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import labelkit
from labelkit.cli.app import app
from labelkit.domain.decisions import DecidedBy, Decision
from labelkit.domain.placing import LEDGER_NAME, Mode
from labelkit.flows import predict_sort
from labelkit.flows.run import Run
from labelkit.flows.why_held import write_held
from labelkit.storage.lock import exclusive
from labelkit.storage.sqlite_ledger import open_ledger
from tests.checkout import ROOT, quiet_environment
from tests.flows.red_model import NOT_A_NUMBER, draw, stream
from tests.flows.scenes import image, read_tree
from tests.reporting.test_schemas import faults


@pytest.fixture(autouse=True)
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two sure ones of each class, one unsure, one without a finite answer, one broken."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(predict_sort, "stream_images", stream)
    folder = tmp_path / "raw"
    for name, p in (("s1/a", 0.02), ("s1/b", 0.98), ("s2/a", 0.95), ("s2/c", 0.01), ("s2/unsure", 0.74)):
        draw(folder / f"{name}.png", p)
    draw(folder / "s2" / "nan.png", NOT_A_NUMBER / 255)
    (folder / "s2" / "broken.jpg").write_bytes(b"no image")
    return folder


def predict(*words: str | Path) -> Result:
    return CliRunner(env={"NO_COLOR": "1"}).invoke(app, ["predict", "model", *map(str, words)])


def told(*words: str | Path) -> dict[str, object]:
    """The sort's part of the JSON object; it is the one of `labelkit sort`."""
    value = json.loads(predict(*words, "--json").stdout)["sort"]
    assert isinstance(value, dict)
    assert faults("sort", value) == []
    return value


def placed(base_dir: str = "sorted") -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in read_tree(Path(base_dir)):
        folder, slash, name = path.partition("/")
        if slash:
            found.setdefault(folder, []).append(name)
    return found


def recorded() -> dict[str, Decision]:
    ledger = open_ledger(Path("sorted"), create=False, read_only=True)
    try:
        return {key.path: d for key, d in ledger.decisions().items()}
    finally:
        ledger.close()


SORTED = {"GO": ["a.png", "c.png"], "NG": ["a.png", "b.png"]}


def test_the_sure_ones_are_placed_the_others_held_by_reason_and_a_broken_image_exits_with_3() -> None:
    done = predict("raw", "--sort-into", "sorted")
    assert done.exit_code == 3
    assert placed() == SORTED
    assert "model: 4 predictions sure enough (GO 2, NG 2), 1 not sure, 2 without a value" in done.stderr
    lines = [line.rstrip() for line in done.stderr.splitlines()]
    assert lines[-4:] == [
        "held  because                                              the first",
        "   1  model not sure: NG under 0.9                         s2/unsure.png",
        "   1  no value: the model's answer is not a finite number  s2/nan.png",
        "   1  no value: this is no image                           s2/broken.jpg",
    ]
    assert "7 images seen = 4 labeled + 3 abstained" in lines
    assert "the held ones:  labelkit why --held --base-dir sorted" in lines
    why = labelkit.why("raw/s1/b.png", base_dir="sorted")
    assert (why.label, why.by) == ("NG", DecidedBy.MODEL)
    assert why.why == "a model's prediction says NG (model says NG (0.9804))"
    assert [(v.file.file, v.file.sha256) for v in why.votes if v.file] == [("model/model.keras", "ab" * 32)]
    groups = {g.why: [i.why for i in g.images] for g in labelkit.held(base_dir="sorted").groups}
    assert groups["model not sure: NG under 0.9"] == ["model not sure: NG 0.74 < 0.9"]
    write_held(labelkit.held(base_dir="sorted"), Path("held.csv"), overwrite=False)
    assert '"abstained","model not sure: NG 0.74 < 0.9",""' in Path("held.csv").read_text("utf-8-sig")
    ledger = open_ledger(Path("sorted"), create=False, read_only=True)
    assert ledger.classes() == ("GO", "NG")
    ledger.close()


def test_again_nothing_is_placed_and_undo_takes_it_back(raw: Path) -> None:
    before = read_tree(raw)
    first = told("raw", "--sort-into", "sorted")
    assert (first["done"], first["states"]["abstained"]) == (4, 3)  # type: ignore[index] # the contract's object
    decided = recorded()
    again = predict("raw", "--sort-into", "sorted")
    assert again.exit_code == 3
    assert "nothing moved: 4 images already in sorted" in again.stderr
    assert recorded() == decided
    found = labelkit.verify(base_dir="sorted")
    assert (found.recorded, set(found.counts.values())) == (4, {0})
    labelkit.undo(base_dir="sorted")
    assert placed() == SORTED, "the second sort did nothing that could be taken back"
    labelkit.undo(base_dir="sorted", run_id=str(first["run"]))
    assert placed() == {}
    assert read_tree(raw) == before


def test_single_images_and_folders_in_the_order_given_with_the_table_beside(raw: Path) -> None:
    words = ("raw/s2/unsure.png", raw / "s1", "./raw/s1/b.png", "--sort-into", "sorted", "--min-confidence", "NG=0.6")
    done = predict(*words, "--csv", "out.csv", "--jsonl")
    assert done.exit_code == 0
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [t["path"] for t in lines] == ["raw/s2/unsure.png", str(raw / "s1" / "a.png"), str(raw / "s1" / "b.png")]
    assert Path("out.csv").read_text("utf-8-sig").count("\n") == 4
    assert placed() == {"GO": ["a.png"], "NG": ["b.png", "unsure.png"]}
    assert "raw/s2/unsure.png and 1 more: single images" in done.stderr


def test_an_image_named_alone_is_the_one_that_its_folder_brought() -> None:
    predict("raw", "--sort-into", "sorted")
    assert told("raw/s1/a.png", "--sort-into", "sorted")["already"] == 1
    assert placed() == SORTED
    done = predict("raw/s1", "--sort-into", "sorted")
    assert (done.exit_code, placed()) == (2, SORTED)
    assert "stands in sorted already, as one of" in done.stderr


def test_moved_images_are_judged_where_they_stand_now(raw: Path) -> None:
    words = ("raw/s1/a.png", "raw/s2", "--sort-into", "sorted", "--mode", "move")
    assert predict(*words).exit_code == 3
    assert sorted(read_tree(raw)) == ["s1/b.png", "s2/broken.jpg", "s2/nan.png", "s2/unsure.png"]
    again = told(*words)
    assert (again["files"]["seen"], again["already"], again["withdrawn"]) == (6, 3, 0)  # type: ignore[index] # the contract's
    assert recorded()["c.png"].by is DecidedBy.MODEL


def test_what_a_model_no_longer_stands_by_leaves_its_class(raw: Path) -> None:
    predict("raw", "--sort-into", "sorted")
    stricter = told("raw", "--sort-into", "sorted", "--min-confidence", "0.97")
    assert stricter["moves"] == [{"from": "NG", "to": "held", "images": 1}]
    assert recorded()["s2/a.png"].why == "model not sure: NG 0.94 < 0.97"
    assert recorded()["s2/unsure.png"].why == "model not sure: NG 0.74 < 0.97"
    assert (raw / "s2" / "a.png").exists()
    assert placed() == {"GO": ["a.png", "c.png"], "NG": ["b.png"]}


def test_what_rules_and_people_decided_is_left_where_the_model_is_not_sure() -> None:
    labelkit.sort("raw", base_dir="sorted", rule="width > 0 -> GO", on_error="hold")
    Path("sorted/NG").mkdir()
    Path("sorted/GO/c.png").rename("sorted/NG/c.png")
    done = predict("raw", "--sort-into", "sorted")
    assert "GO → NG: 2 images" in done.stderr
    found = recorded()
    assert {path: found[path].label for path in ("s2/c.png", "s2/unsure.png", "s2/nan.png", "s1/b.png")} == {
        "s2/c.png": "NG",
        "s2/unsure.png": "GO",
        "s2/nan.png": "GO",
        "s1/b.png": "NG",
    }
    assert found["s2/c.png"].by is DecidedBy.PERSON


def test_in_python_what_predict_returned_is_a_source_of_votes() -> None:
    from labelkit.domain.bundle import Predictions

    made = stream("model", [str(p) for p in sorted(Path("raw").rglob("*.*"))], run=Run())
    predictions = Predictions("model", made.card.class_map, tuple(made.items), made.model)
    result = labelkit.sort("raw", base_dir="sorted", from_predictions=predictions, min_confidence="NG=0.6")
    assert result.labels == {"GO": 2, "NG": 3}
    assert recorded()["s2/unsure.png"].why == "model says NG (0.7412)"


WRONG: dict[str, tuple[list[str], int, str]] = {
    "bound without a folder": (["raw", "--min-confidence", "0.9"], 2, "--min-confidence needs --sort-into"),
    "mode without a folder": (["raw", "--mode", "move"], 2, "--mode needs --sort-into"),
    "no such mode": (["raw", "--sort-into", "new", "--mode", "mvoe"], 2, "did you mean 'move'"),
    "no probability": (["raw", "--sort-into", "new", "--min-confidence", "2"], 2, "--min-confidence cannot be '2'"),
    "no such label": (["raw", "--sort-into", "new", "--min-confidence", "NGG=0.9"], 2, "did you mean 'NG'"),
    "under a half": (["raw", "--sort-into", "new", "--min-confidence", "0.3"], 2, "holds nothing back"),
    "two folders": (["raw", "--sort-into", "new", "--base-dir", "other"], 2, "name two folders"),
    "both on stdout": (["raw", "--sort-into", "new", "--jsonl", "--json"], 2, "both want stdout"),
    "inside": (["raw", "--sort-into", "raw/s1/new"], 2, "target inside source"),
    "around": (["raw/s1/a.png", "--sort-into", "raw"], 2, "target inside source"),
    "one another": (["raw", "raw/s1", "--sort-into", "new"], 2, "lie in one another"),
    "nothing there": (["raw", "gone.png", "--sort-into", "new"], 2, "no such file or folder: gone.png"),
    "no image": (["bare", "--sort-into", "new"], 2, "no images in bare"),
    "link": (["link.png", "--sort-into", "new"], 2, "a symbolic link"),
    "a file": (["raw", "--sort-into", "raw.txt/new"], 4, "is a file, not a folder"),
    "class is a file": (["raw", "--sort-into", "taken"], 4, "the class folder"),
    "at work": (["raw", "--sort-into", "busy"], 4, "another labelkit is at work here"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_end_well_is_refused_before_anything_is_predicted(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("tests.flows.red_model.says", asked.append)
    (tmp_path / "bare").mkdir()
    (tmp_path / "taken").mkdir()
    for name in ("raw.txt", "taken/NG"):
        (tmp_path / name).write_text("")
    (tmp_path / "link.png").symlink_to("raw/s1/a.png")
    labelkit.sort("raw/s1/b.png", base_dir="busy", rule="width > 0 -> NG")
    words, code, message = WRONG[case]
    with exclusive(tmp_path / "busy"):
        done = predict(*words)
    assert (done.exit_code, asked) == (code, [])
    assert message in done.stderr
    assert not (tmp_path / "new").exists()


def killed(when: str, *words: str) -> int:
    program = [sys.executable, "-m", "tests.flows.red_model", when, "predict", "model", *words]
    environment = quiet_environment() | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(program, env=environment, capture_output=True, check=False, timeout=120).returncode


def test_killed_while_predicting_nothing_was_placed() -> None:
    assert killed("predicting", "raw", "--sort-into", "sorted") == -9
    assert not Path("sorted").exists()


@pytest.mark.parametrize(("mode", "at"), [(Mode.COPY, 20), (Mode.MOVE, 12)])
def test_killed_while_placing_the_same_command_goes_on(raw: Path, mode: Mode, at: int) -> None:
    words = ("raw/s2", "raw/s1/a.png", "raw/s1/b.png", "--sort-into", "sorted", "--mode", mode)
    before = sorted(read_tree(raw).values())
    assert killed(str(at), *words) == -9
    assert any(Path("sorted").glob("*/*"))
    assert predict(*words).exit_code == 3
    assert {k: sorted(v) for k, v in placed().items()} == SORTED
    assert {p.name for p in Path("sorted").iterdir()} == {"GO", "NG", LEDGER_NAME}
    left = {**read_tree(raw), **{f"sorted/{k}": v for k, v in read_tree(Path("sorted")).items() if "/" in k}}
    assert sorted(left.values()) == sorted([*before, *([] if mode is Mode.MOVE else labelled(raw))])


def labelled(raw: Path) -> list[str]:
    found = read_tree(raw)
    return [found[name] for name in ("s1/a.png", "s1/b.png", "s2/a.png", "s2/c.png")]


def test_ctrl_c_while_predicting_places_nothing_and_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tests.flows.red_model.says", interrupted)
    done = predict("raw", "--sort-into", "sorted")
    assert done.exit_code == 130
    assert "run the same command again; what --sort-into had placed stays" in done.stderr
    assert not Path("sorted").exists()


@pytest.mark.parametrize(("free", "code"), [(50_000, 3), (8_000, 4)])
def test_too_little_room_for_all_is_told_first_and_for_the_sure_ones_refused(
    raw: Path, monkeypatch: pytest.MonkeyPatch, free: int, code: int
) -> None:
    (raw / "s2" / "broken.jpg").write_bytes(bytes(100_000))
    usage = shutil.disk_usage(raw)
    monkeypatch.setattr("labelkit.storage.preflight.shutil.disk_usage", lambda _: usage._replace(free=free))
    done = predict("raw", "--sort-into", "sorted")
    assert done.exit_code == code
    first, *_, last = done.stderr.splitlines()[: 2 if code == 4 else None]
    assert first.startswith(f"not all images would fit: 100.5 kB needed, {free / 1000:.1f} kB free")
    assert ("not enough space: 300 B needed" in last) == (code == 4)


def test_more_may_come_later(raw: Path) -> None:
    predict("raw", "--sort-into", "sorted")
    image(raw / "s3" / "x.txt")
    draw(raw / "s3" / "d.png", 0.03)
    done = told("raw", "--sort-into", "sorted")
    assert (done["done"], done["already"]) == (1, 4)
