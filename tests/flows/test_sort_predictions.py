"""A model's answers in a sort: below people, in their place among rules, and what they leave alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

import labelkit
from labelkit.domain.decisions import DecidedBy, Decision
from labelkit.domain.errors import LabelkitError
from labelkit.domain.sort_result import SortResult
from labelkit.storage.sqlite_ledger import open_ledger
from tests.flows.scenes import image, read_tree, write_table

pytestmark = pytest.mark.usefixtures("raw")

RULE = ("score >= 80 -> GO", "score < 80 -> NG")


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five images: GO, GO, NG, no value, unlisted."""
    monkeypatch.chdir(tmp_path)
    for name in "abcde":
        image(tmp_path / "raw" / "s1" / f"{name}.png")
    scores = [("s1/a.png", "90"), ("s1/b.png", "85"), ("s1/c.png", "70"), ("s1/d.png", "")]
    write_table(tmp_path / "m.csv", ["file", "score"], scores)
    return tmp_path / "raw"


def predictions(found: Mapping[str, tuple[str, float]]) -> str:
    lines = [
        {
            "path": path,
            "label": label,
            "probabilities": {label: p, "NG" if label == "GO" else "GO": 1 - p},
            "logit": 0.0,
        }
        for path, (label, p) in found.items()
    ]
    Path("p.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return "p.jsonl"


def sort(**more: object) -> SortResult:
    return labelkit.sort("raw", base_dir="base_dir", **more)  # type: ignore[arg-type] # one dictionary for all calls


def folders() -> dict[str, str]:
    paths = (p for p in read_tree(Path("base_dir")) if "/" in p)
    return {p.partition("/")[2]: p.partition("/")[0] for p in paths}


def recorded(path: str) -> Decision:
    ledger = open_ledger(Path("base_dir"), create=False, read_only=True)
    try:
        return next(d for key, d in ledger.decisions().items() if key.path == path)
    finally:
        ledger.close()


def test_sure_predictions_alone_replace_a_rules_decision_and_leave_the_rest(raw: Path) -> None:
    sort(metadata="m.csv", rule=RULE)
    file = predictions(
        {
            "raw/s1/a.png": ("NG", 0.97),
            str(raw / "s1" / "b.png"): ("NG", 0.74),
            "base_dir/NG/c.png": ("GO", 0.95),
            "other/d.png": ("GO", 0.9),
            "zzz.png": ("GO", 1.0),
        }
    )
    before = recorded("s1/b.png")
    result = sort(from_predictions=file)
    assert folders() == {"a.png": "NG", "b.png": "GO", "c.png": "GO", "d.png": "GO"}
    assert result.moves == {("GO", "NG"): 1, ("NG", "GO"): 1}
    assert "GO → NG: 1 image" in result.said
    assert "p.jsonl: 3 predictions sure enough (GO 2, NG 1), 1 not sure, 1 without its image" in result.said
    assert [(p.file, p.row) for p in result.problems if p.state == "missing"] == [("zzz.png", "p.jsonl:5")]
    assert recorded("s1/b.png") == before
    changed = recorded("s1/a.png")
    assert (changed.by, changed.name, changed.why) == (DecidedBy.MODEL, "p.jsonl", "p.jsonl:1 says NG (0.97)")
    [source] = result.sources
    assert (source.name, source.coverage, source.decided, source.no_value) == ("p.jsonl", 0.6, 3, 1)
    again = sort(from_predictions=file)
    assert (again.done, again.relocated, again.withdrawn) == (0, 0, 0)


def test_what_no_decision_was_made_on_says_why_the_model_left_it() -> None:
    result = sort(from_predictions=predictions({"raw/s1/a.png": ("NG", 0.74), "raw/s1/b.png": ("NG", 0.9)}))
    assert folders() == {"b.png": "NG"}
    assert {p.file: p.why for p in result.problems} == {
        "s1/a.png": "model not sure: NG 0.74 < 0.9",
        **{f"s1/{name}.png": "no prediction" for name in "cde"},
    }
    lower = sort(from_predictions="p.jsonl", min_confidence=["NG=0.7", 0.99])
    assert lower.labels == {"NG": 2}


def test_a_person_outranks_the_model_and_the_model_outranks_nothing() -> None:
    sort(metadata="m.csv", rule=RULE)
    Path("base_dir/GO/a.png").rename("base_dir/NG/a.png")
    write_table(Path("held.csv"), ["file", "verdict"], [("s1/d.png", "NG"), ("s1/b.png", "NG")])
    file = predictions({f"raw/s1/{name}.png": ("GO", 0.99) for name in "abcde"})
    for more in ({"verdicts": "held.csv"}, {}, {"policy": "any:GO"}):
        result = sort(from_predictions=file, **more)
        assert folders() == {"a.png": "NG", "b.png": "NG", "c.png": "GO", "d.png": "NG", "e.png": "GO"}
        assert result.stays == (("s1/a.png", "NG"),)
    assert recorded("s1/a.png").by is DecidedBy.PERSON
    assert recorded("s1/b.png").by is DecidedBy.VERDICT


@pytest.mark.parametrize(
    ("order", "label", "decided"),
    [
        ((), "GO", DecidedBy.RULE),
        (("from_predictions", "rule"), "NG", DecidedBy.MODEL),
        (("rule",), "GO", DecidedBy.RULE),
    ],
)
def test_beside_rules_the_model_has_its_place_in_the_order(
    order: tuple[str, ...], label: str, decided: DecidedBy
) -> None:
    file = predictions({f"raw/s1/{name}.png": ("NG", 0.99) for name in "ad"})
    more = {"order": order} if order else {}
    result = sort(metadata="m.csv", rule=RULE, from_predictions=file, **more)
    assert folders() == {"a.png": label, "b.png": "GO", "c.png": "NG", "d.png": "NG"}
    assert recorded("s1/a.png").by is decided
    assert {p.file: p.why for p in result.problems} == {"s1/e.png": "no row of the metadata speaks of it"}
    sort(metadata="m.csv", rule=RULE)
    assert "d.png" not in folders(), "with rules, everything is decided anew"


def test_links_to_the_images_are_seen_through(raw: Path) -> None:
    Path("link").symlink_to(raw, target_is_directory=True)
    image(raw / "s2" / "a.png")
    file = predictions({"link/s1/a.png": ("NG", 0.99), "raw/s2/a.png": ("GO", 0.99)})
    result = sort(from_predictions=file)
    assert (result.labels, result.missing) == ({"GO": 1, "NG": 1}, 0)
    assert recorded("s1/a.png").label == "NG"


def test_files_and_bounds_are_recorded() -> None:
    sort(from_predictions=predictions({"raw/s1/a.png": ("NG", 0.99)}), min_confidence=["0.8", "NG=0.9"])
    ledger = open_ledger(Path("base_dir"), create=False, read_only=True)
    [run] = ledger.runs()
    ledger.close()
    told = json.loads(run.arguments)
    assert told["min_confidence"] == {"": 0.8, "NG": 0.9}
    assert [(f["file"], len(f["sha256"])) for f in told["answers"]] == [("p.jsonl", 64)]


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        ({"min_confidence": "0.4"}, 2, "holds nothing back"),
        ({"min_confidence": 1.5}, 2, "--min-confidence cannot be '1.5'"),
        ({"min_confidence": ["N=0.9"]}, 2, "did you mean"),
        ({"from_predictions": None, "min_confidence": "0.8", "rule": "width > 0 -> GO"}, 2, "needs --from-predictions"),
        ({"from_predictions": None}, 2, "--verdicts FILE or --from-predictions FILE"),
        ({"from_predictions": "nowhere.jsonl"}, 3, "no such file of predictions"),
        ({"from_predictions": "broken.jsonl"}, 3, "broken.jsonl:1: this is no prediction"),
        ({"param": ["x=1"]}, 2, "x"),
    ],
)
def test_bad_input_is_one_error_and_nothing_is_made(more: dict[str, object], code: int, message: str) -> None:
    Path("broken.jsonl").write_text("{\n")
    asked: dict[str, object] = {"from_predictions": predictions({"raw/s1/a.png": ("NG", 0.99)}), **more}
    with pytest.raises(LabelkitError) as caught:
        sort(**asked)
    assert caught.value.exit_code == code
    assert message in str(caught.value)
    assert not Path("base_dir").exists()
