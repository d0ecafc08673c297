"""`sort --verdicts` and `sort --from-predictions` as a person types them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.checkout import Command
from tests.flows.scenes import read_tree

RULES = ("sort", "--rules", "rules/threshold.py")


def labels(sample: Path) -> dict[str, int]:
    found = [p.partition("/")[0] for p in read_tree(sample / "base_dir") if "/" in p]
    return {name: found.count(name) for name in sorted(set(found))}


def predicted(sample: Path, name: str, found: dict[str, tuple[str, float]]) -> None:
    lines = [
        {"path": f"sample_data/raw/{file}", "label": label, "probabilities": {"GO": 1 - p, "NG": p}, "logit": 1.0}
        for file, (label, p) in found.items()
    ]
    (sample / name).write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_held_images_are_answered_in_a_spreadsheet_and_the_answers_last(sample: Path, labelkit: Command) -> None:
    labelkit(*RULES, cwd=sample)
    assert labelkit("why", "--held", "--csv", "held.csv", cwd=sample).returncode == 0
    with (sample / "held.csv").open(encoding="utf-8-sig", newline="") as f:
        header, *rows = csv.reader(f)
    assert header == ["file", "source", "state", "why", "verdict"]
    files = [row[0] for row in rows]
    assert len(files) == 3
    filled = [[*row[:4], verdict] for row, verdict in zip(rows, ["ng", "GO", ""], strict=True)]
    with (sample / "held.csv").open("w", encoding="cp932", newline="") as f:
        csv.writer(f, delimiter=";").writerows([header, *filled, ["gone.png", "", "x", "y", "GO"]])
    dry = labelkit("sort", "--verdicts", "held.csv", "--dry-run", "--json", cwd=sample)
    assert [s["file"] for s in json.loads(dry.stdout)["plan"] if s["action"] != "keep"] == sorted(files[:2])
    done = labelkit("sort", "--verdicts", "held.csv", cwd=sample)
    assert done.returncode == 0, done.stderr
    assert "held.csv: 2 verdicts (GO 1, NG 1), 1 empty, 1 without its image" in done.stderr
    assert "held.csv: 1 verdict read as NG: 'ng'" in done.stderr
    assert "95 images stand in base_dir (copied 2, already there 93)" in done.stderr
    assert labels(sample) == {"GO": 62, "NG": 33}
    again = labelkit(*RULES, "--json", cwd=sample)
    told = json.loads(again.stdout)
    assert (told["labels"], told["withdrawn"], told["relocated"]) == ({"GO": 62, "NG": 33}, 0, 0)
    assert [(r["name"], r["decided"]) for r in told["rules"]] == [("held.csv", 2), ("by_score", 93)]
    assert "2 verdicts of earlier sorts hold (held.csv 2)" in again.stderr


@pytest.mark.parametrize(("first", "count"), [("--rules", 0), ("--from-predictions", 1)])
def test_what_is_given_first_decides_and_the_settings_rules_stand_before_a_model(
    sample: Path, labelkit: Command, first: str, count: int
) -> None:
    plain = json.loads(labelkit(*RULES, "--dry-run", "--json", cwd=sample).stdout)
    step = next(s for s in plain["plan"] if s["to"].startswith("GO/"))
    predicted(sample, "p.jsonl", {step["file"]: ("NG", 0.95)})
    rules, model = ["--rules", "rules/threshold.py"], ["--from-predictions", "p.jsonl"]
    words = [*rules, *model] if first == "--rules" else [*model, *rules]
    done = json.loads(labelkit("sort", *words, "--dry-run", "--json", cwd=sample).stdout)
    assert done["labels"]["NG"] == plain["labels"]["NG"] + count
    (sample / "labelkit.toml").write_text(
        'source = "sample_data/raw"\nmetadata = "sample_data/metadata.csv"\nrules = "rules/threshold.py"\n'
    )
    settled = json.loads(labelkit("sort", *model, "--dry-run", "--json", cwd=sample).stdout)
    assert settled["labels"] == plain["labels"]


def test_what_changes_class_by_a_model_is_shown_first(sample: Path, labelkit: Command) -> None:
    labelkit(*RULES, cwd=sample)
    name = next(p for p in read_tree(sample / "base_dir") if p.startswith("GO/")).partition("/")[2]
    predicted(sample, "p.jsonl", {name: ("NG", 0.7)})
    words = ("sort", "--from-predictions", "p.jsonl")
    unsure = labelkit(*words, cwd=sample)
    assert "p.jsonl: 0 predictions sure enough, 1 not sure" in unsure.stderr
    assert "nothing moved" in unsure.stderr
    sure = labelkit(*words, "--min-confidence", "NG=0.6", "--min-confidence", "0.99", cwd=sample)
    assert sure.returncode == 0, sure.stderr
    assert "GO → NG: 1 image" in sure.stderr
    assert sure.stderr.index("GO → NG") < sure.stderr.index("relocated 1")
    assert labels(sample) == {"GO": 60, "NG": 33}


BAD: dict[str, tuple[list[str], int, list[str]]] = {
    "no such verdicts": (["--verdicts", "nowhere.csv"], 3, ["nowhere.csv", "check --verdicts"]),
    "no such label": (
        ["--verdicts", "held.csv", "--classes", "GO,NG"],
        3,
        ["held.csv:2", "'GOO'", "did you mean 'GO'"],
    ),
    "no label yet": (["--verdicts", "held.csv"], 3, ["no label is known yet", "--classes GOO"]),
    "no predictions": (["--from-predictions", "nowhere.jsonl"], 3, ["nowhere.jsonl", "check --from-predictions"]),
    "broken line": (["--from-predictions", "broken.jsonl"], 3, ["broken.jsonl:2", "no 'path'"]),
    "bound": (["--from-predictions", "p.jsonl", "--min-confidence", "1.2"], 2, ["'1.2'", "up to 1"]),
    "bound alone": (["--min-confidence", "0.9", "--rule", "score > 1 -> GO"], 2, ["needs --from-predictions"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_answers_are_one_clear_error(sample: Path, labelkit: Command, case: str) -> None:
    (sample / "held.csv").write_text("file,verdict\nx.png,GOO\n")
    predicted(sample, "p.jsonl", {"x.png": ("NG", 0.95)})
    (sample / "broken.jsonl").write_text('{"path": "x.png", "error": "e"}\n{"label": "NG"}\n')
    words, code, parts = BAD[case]
    done = labelkit("sort", *words, "--json", cwd=sample)
    assert done.returncode == json.loads(done.stdout)["error"]["code"] == code
    for part in parts:
        assert part in done.stderr
    assert "Traceback" not in done.stderr
    assert not (sample / "base_dir").exists()
