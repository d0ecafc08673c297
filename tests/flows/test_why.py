"""Why: each kind of source and person, with its inputs; what the rules say today; names that mean one image or none."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

import labelkit
from labelkit.domain.errors import UsageError
from labelkit.domain.explanation import ExplainedVote, Explanation
from labelkit.domain.sort_result import SortResult
from labelkit.flows.undo import undo
from tests.flows.scenes import image, read_tree, write_table

PYTHON = """from labelkit import ABSTAIN, feature, labeling_function


@feature
def glare(gray):
    return float(gray.max())


@labeling_function(columns=["score"], labels=["GO", "NG"])
def by_score(row, *, threshold: float = 80.0):
    return "GO" if row.score >= threshold else "NG"


@labeling_function(labels=["NG"])
def too_bright(brightness, glare, *, limit: float = 200.0):
    return "NG" if brightness > limit else ABSTAIN
"""
TOML = """[params]
threshold = 80
[[rule]]
name = "low"
when = "score < threshold"
label = "NG"
[[rule]]
name = "high"
when = "score >= threshold"
label = "GO"
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A folder with raw/, m.csv and rules in Python and TOML."""

    folder: Path

    @property
    def base_dir(self) -> Path:
        """Where it is sorted to."""
        return self.folder / "base_dir"

    def sort(self, **options: object) -> SortResult:
        """Sort it; by default by the rules in Python."""
        given = options or {"rules": self.folder / "rules.py"}
        return labelkit.sort(
            self.folder / "raw",
            base_dir=self.base_dir,
            metadata=self.folder / "m.csv",
            **given,  # type: ignore[arg-type]  # one table of all options
        )

    def why(self, name: str, **options: Path) -> Explanation:
        """Ask about one image."""
        return labelkit.why(name, base_dir=self.base_dir, **options)


@pytest.fixture
def line(tmp_path: Path) -> Line:
    """a.png: score 71, bright; b.png: 90, dark; c.png: 85; none.png: no score; lost.png: no row."""
    for name, gray in (("a", 250), ("b", 20), ("c", 100), ("none", 30), ("lost", 40)):
        (tmp_path / "raw" / "s1").mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 6), gray).save(tmp_path / "raw" / "s1" / f"{name}.png")
    rows = [("s1/a.png", "71", "A1", "NG"), ("s1/b.png", "90", "7", "OK"), ("s1/c.png", "85", "8", "OK")]
    write_table(tmp_path / "m.csv", ["file", "score", "lot", "verdict"], [*rows, ("s1/none.png", "", "9", "")])
    (tmp_path / "rules.py").write_text(PYTHON)
    (tmp_path / "rules.toml").write_text(TOML)
    return Line(tmp_path)


def vote(e: Explanation, source: str) -> ExplainedVote:
    return next(v for v in e.votes if v.source == source)


def test_a_rule_tells_its_inputs_parameters_place_and_file(line: Line) -> None:
    line.sort()
    e = line.why("a.png")
    assert (e.outcome, e.placed, e.name, e.policy) == ("NG", "NG/a.png", "by_score", "priority")
    assert e.why == "by_score voted NG: score = 71, threshold = 80; too_bright agrees"
    assert [r.rpartition("/")[2] for r in e.rows] == ["m.csv:2"]
    score = vote(e, "by_score")
    assert (score.columns, score.features, score.parameters) == ({"score": ("71",)}, {}, {"threshold": 80.0})
    assert score.place.endswith("rules.py:9")
    assert score.file is not None
    assert len(score.file.sha256) == 64
    bright = vote(e, "too_bright")
    assert (bright.columns, bright.features) == ({}, {"brightness": 250.0, "glare": 250.0})


def test_features_come_back_from_workers_as_from_this_process(line: Line) -> None:
    for n in range(130):  # enough for worker processes to be started
        image(line.folder / "raw" / "s2" / f"{n}.png", seed=n)
    told = {}
    for jobs in (1, 2):
        line.sort(rules=line.folder / "rules.py", jobs=jobs)
        told[jobs] = [line.why(f"s2/{n}.png").votes for n in (0, 64, 129)]
        shutil.rmtree(line.base_dir)
    assert told[1] == told[2]
    assert all(set(votes[1].features) == {"brightness", "glare"} for votes in told[2])


def test_a_rule_that_looks_at_no_image_records_no_features(line: Line) -> None:
    line.sort(rule=["score >= 80 -> GO"])
    assert all(not v.features for v in line.why("b.png").votes)


MAPPED = {"label_column": "verdict", "map": {"OK": "GO", "NG": "NG"}}
TORN = {"rule": ["score < 80 -> NG", "lot == 'A1' -> GO"], "policy": "unanimous"}
HIGH, BRIGHT, REST = "score >= 80 -> GO", "brightness > 200 -> NG", ["score > 99 -> GO"]


@pytest.mark.parametrize(
    ("options", "name", "outcome", "why"),
    [
        ({"rule": [HIGH]}, "b.png", "GO", f"{HIGH} voted GO: score = 90"),
        ({"rule": [BRIGHT]}, "a.png", "NG", f"{BRIGHT} voted NG: brightness = 250"),
        ({"rules": "rules.toml"}, "b.png", "GO", "high voted GO: score = 90, threshold = 80"),
        (MAPPED, "b.png", "GO", "the column verdict says GO: verdict = OK"),
        (
            {"rule": REST, "on_abstain": "label:REST"},
            "c.png",
            "REST",
            "no vote was cast, and --on-abstain label:REST settles that",
        ),
        ({"rule": [HIGH]}, "none.png", "abstained", "held (abstained): no value: score"),
        ({"rule": [HIGH]}, "lost.png", "unlisted", "held (unlisted): no row of the metadata speaks of it"),
        (TORN, "a.png", "conflict", "held (conflict): score < 80 -> NG says NG; lot == 'A1' -> GO says GO"),
    ],
)
def test_each_kind_of_source_says_what_decided_and_is_asked_again(
    line: Line, options: dict[str, object], name: str, outcome: str, why: str
) -> None:
    if "rules" in options:
        options = options | {"rules": line.folder / str(options["rules"])}
    line.sort(**options)
    e = line.why(name)
    assert (e.outcome, e.why) == (outcome, why)
    assert e.again is not None
    assert e.again.same, e.again
    assert e.again.said.startswith("asked again today, the same rules ")
    assert (e.again.changed, e.again.notes) == ((), ())


def test_a_higher_priority_goes_before_a_lower_one(line: Line) -> None:
    line.sort(rule=["score < 80 -> NG"], label_column="lot", map={"A1": "GO", "7": "GO", "8": "GO", "9": "GO"})
    e = line.why("a.png")
    assert e.why == "score < 80 -> NG voted NG: score = 71; it goes before lot (GO)"
    assert [(v.source, v.decided) for v in e.votes] == [("score < 80 -> NG", True), ("lot", False)]


def test_a_drag_is_told_before_and_after_the_next_sort(line: Line) -> None:
    line.sort()
    (line.base_dir / "NG" / "a.png").rename(line.base_dir / "GO" / "a.png")
    e = line.why(str(line.base_dir / "GO" / "a.png"))
    assert (e.image, e.outcome, e.placed) == ("s1/a.png", "NG", "GO/a.png")
    assert "since the last sort a person dragged it there from NG" in e.stands
    line.sort()
    e = line.why("a.png", rules=line.folder / "rules.py")
    assert (e.outcome, e.why) == ("GO", "a person put it into GO: that goes before every rule")
    assert [(p.outcome, p.name) for p in e.earlier] == [("NG", "by_score")]
    assert e.again is not None
    assert e.again.said == "asked again today, the same rules say NG; a person's decision goes before them"


def test_a_verdict_and_a_prediction_tell_where_they_stand(line: Line) -> None:
    verdicts = write_table(line.folder / "held.csv", ["file", "verdict"], [("s1/none.png", "NG")])
    told = {
        "path": str(line.folder / "raw" / "s1" / "lost.png"),
        "label": "GO",
        "probabilities": {"GO": 0.9, "NG": 0.1},
    }
    (line.folder / "p.jsonl").write_text(json.dumps(told) + "\n")
    line.sort(
        rule=["score >= 80 -> GO", "score < 80 -> NG"], verdicts=verdicts, from_predictions=line.folder / "p.jsonl"
    )
    by_person = line.why("none.png")
    assert by_person.why.startswith("a person's verdict says NG (")
    assert "held.csv:2" in by_person.why
    by_model = line.why("lost.png")
    assert by_model.why.startswith("a model's prediction says GO (")
    for e in (by_person, by_model):
        decided = next(v for v in e.votes if v.decided)
        assert decided.file is not None, decided
        assert e.again is not None
        assert e.again.same is (e is by_model), e.again


def test_a_run_that_was_taken_back_decides_nothing_any_more(line: Line) -> None:
    line.sort()
    run = line.why("a.png").run
    undo(base_dir=line.base_dir)
    e = line.why(str(line.folder / "raw" / "s1" / "a.png"))
    assert (e.state, e.placed, e.outcome) == (None, "", "not decided")
    assert f"run {run} was taken back by run " in e.why
    assert [p.taken_back_by != "" for p in e.earlier] == [True]


def test_a_file_that_labelkit_did_not_place_is_whoevers_who_did(line: Line) -> None:
    foreign = image(line.base_dir / "GO" / "own.png")
    for _ in ("without a ledger", "with one"):
        e = line.why(str(foreign))
        assert (e.outcome, e.why, e.run) == ("GO", "whoever put it into GO decided: labelkit did not", "")
        line.sort()


def test_a_program_is_run_only_when_named(line: Line) -> None:
    mark = line.folder / "ran"
    (line.folder / "rules.py").write_text(f"import pathlib\n\npathlib.Path({str(mark)!r}).touch()\n{PYTHON}")
    line.sort()
    mark.unlink()
    e = line.why("a.png")
    assert e.again is not None
    assert e.again.same is None
    assert "is a program; name it to run it: labelkit why a.png --rules " in e.again.said
    assert e.again.said.endswith(f" --base-dir {line.base_dir}")
    assert not mark.exists()
    e = line.why("a.png", rules=line.folder / "rules.py")
    assert e.again is not None
    assert e.again.said == "asked again today, the same rules say NG"


def test_a_rules_file_that_is_another_by_now_is_told(line: Line) -> None:
    line.sort()
    (line.folder / "rules.py").write_text(PYTHON.replace("80.0", "70.0").replace("200.0", "255.0"))
    e = line.why("a.png")
    assert e.again is not None
    assert "is not the file that voted: SHA-256" in e.again.notes[0]
    e = line.why("a.png", rules=line.folder / "rules.py")
    assert e.again is not None
    assert (e.again.same, e.again.label) == (False, "GO")
    assert e.again.said == "asked again today, the rules as they are now say GO, not NG"
    assert [(c.source, c.before, c.now) for c in e.again.changed] == [
        ("by_score", "NG", "GO"),
        ("too_bright", "NG", "abstains"),
    ]


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        ("rules.toml", "rules.toml is gone"),
        ("when", "rules.toml:3: expected"),
        ("column", "has no column 'scores'"),
    ],
)
def test_rules_that_cannot_be_asked_say_why(line: Line, harm: str, told: str) -> None:
    line.sort(rules=line.folder / "rules.toml")
    file = line.folder / "rules.toml"
    if harm == "rules.toml":
        file.unlink()
    else:
        file.write_text(TOML.replace("score", "scores") if harm == "column" else TOML.replace("< threshold", "<"))
    e = line.why("a.png")
    assert e.again is not None
    assert e.again.same is None
    assert e.again.said.startswith("not asked again: ")
    assert told in e.again.said


def test_an_image_that_is_another_or_gone_by_now(line: Line) -> None:
    line.sort(rule=["brightness > 200 -> NG", "brightness <= 200 -> GO"], mode="none")
    file = line.folder / "raw" / "s1" / "a.png"
    Image.new("L", (8, 6), 10).save(file)
    e = line.why("a.png")
    assert e.again is not None
    assert (e.again.label, e.again.notes) == ("GO", ("brightness was 250, and is 10",))
    file.unlink()
    e = line.why("a.png")
    assert "its file is gone" in e.stands
    assert e.again is not None
    assert "its file is gone" in e.again.said


def test_a_cell_of_digits_in_a_column_of_text_stays_text(line: Line) -> None:
    (line.folder / "rules.py").write_text(
        "from labelkit import labeling_function\n\n\n@labeling_function(labels=['GO', 'NG'])\n"
        "def by_lot(row):\n    return 'GO' if row.lot == '7' else 'NG'\n"
    )
    line.sort()
    e = line.why("b.png", rules=line.folder / "rules.py")
    assert e.outcome == "GO"
    assert vote(e, "by_lot").columns == {"lot": ("7",)}
    assert e.again is not None
    assert e.again.said == "asked again today, the same rules say GO"


def test_every_row_of_an_image_is_told_and_asked(line: Line) -> None:
    write_table(line.folder / "m.csv", ["file", "score"], [("s1/a.png", "10"), ("s1/a.png", "90"), ("s1/b.png", "90")])
    line.sort(rule=["score >= 80 -> GO"])
    e = line.why("a.png")
    assert vote(e, "score >= 80 -> GO").columns == {"score": ("10", "90")}
    assert [r.rpartition(":")[2] for r in e.rows] == ["2", "3"]
    assert e.again is not None
    assert e.again.said == "asked again today, the same rules say GO"


def test_a_table_given_is_read_in_place_of_the_recorded_row(line: Line) -> None:
    line.sort(rule=["score >= 80 -> GO", "score < 80 -> NG"])
    table = write_table(line.folder / "new.csv", ["file", "score"], [("s1/a.png", "95"), ("s1/b.png", "90")])
    e = line.why("a.png", metadata=table)
    assert vote(e, "score < 80 -> NG").columns == {"score": ("71",)}
    assert e.again is not None
    assert (e.again.same, e.again.label) == (False, "GO")
    assert "score was '71', and is '95'" in e.again.notes


def test_an_image_goes_by_its_file_its_place_its_path_and_its_name(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line.sort()
    monkeypatch.chdir(line.folder)
    names = ["raw/s1/a.png", str(line.folder / "raw" / "s1" / "a.png"), "base_dir/NG/a.png", "NG/a.png", "s1/a.png"]
    assert {line.why(name).image for name in [*names, "a.png", "./raw/../raw/s1/a.png"]} == {"s1/a.png"}


def test_a_name_of_several_images_lists_them_and_of_none_tells_the_nearest(line: Line) -> None:
    image(line.folder / "raw" / "s2" / "a.png")
    line.sort()
    with pytest.raises(UsageError, match=r"'a\.png' names 2 images") as several:
        line.why("a.png")
    assert all(f"raw/{path}/a.png" in several.value.remedy for path in ("s1", "s2"))
    with pytest.raises(UsageError, match=r"has seen an image 'lsot\.png'") as none:
        line.why("lsot.png")
    assert "did you mean 's1/lost.png'?" in none.value.remedy
    with pytest.raises(UsageError, match=r"other\.py did not vote here") as foreign:
        line.why("s1/a.png", rules=line.folder / "other.py")
    assert "rules.py" in foreign.value.remedy


@pytest.mark.parametrize(
    "name", ["=1+1.png", "[red]x.png", "a\nb.png", "\x1b[31m.png", "\udcff.png", "-x.png", "it's $HOME.png"]
)
def test_hostile_names_are_found_and_told(line: Line, name: str) -> None:
    image(line.folder / "raw" / "plain.png").rename(line.folder / "raw" / name)
    line.sort(rule=["width > 0 -> GO"])
    assert line.why(name).image == name
    assert line.why(str(line.folder / "raw" / name)).outcome == "GO"
    assert line.why(f"GO/{name}").placed == f"GO/{name}"


def test_rows_that_only_move_in_their_table_are_no_new_decision(line: Line) -> None:
    line.sort(rule=["score >= 80 -> GO"])
    text = (line.folder / "m.csv").read_text().splitlines()
    (line.folder / "m.csv").write_text("\n".join([text[0], *reversed(text[1:])]) + "\n")
    line.sort(rule=["score >= 80 -> GO"])
    e = line.why("b.png")
    assert e.earlier == ()
    assert [r.rpartition(":")[2] for r in e.rows] == ["3"]


def test_asking_changes_nothing(line: Line) -> None:
    line.sort()
    before = read_tree(line.folder)
    line.why("a.png", rules=line.folder / "rules.py")
    labelkit.held(base_dir=line.base_dir)
    assert {p: h for p, h in read_tree(line.folder).items() if "__pycache__" not in p} == before
