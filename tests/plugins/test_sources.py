"""All sources together: priorities, names, parameters, and what is told of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from labelkit.domain.errors import RulesError, UsageError
from labelkit.domain.labeling import feature, labeling_function
from labelkit.plugins.sources import GivenRule, load_sources

SCORE = """from labelkit import labeling_function
@labeling_function(columns=["score"], labels=["GO", "NG"])
def by_score(row, *, threshold: float = 80, count: int = 3, strict: bool = False, mode: str = "a"):
    return "GO" if row.score >= threshold else "NG"
@labeling_function(labels=["NG"], priority=50)
def urgent(row):
    return "NG"
"""
LINE = """
policy = "majority"
[params]
threshold = { default = 70, min = 0, max = 100 }
[[rule]]
name = "high"
when = "score >= threshold"
label = "GO"
[[rule]]
name = "own"
when = "brightness < 20 or [No. 7] == '1'"
label = "NG"
priority = 9
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    monkeypatch.chdir(tmp_path)
    Path("score.py").write_text(SCORE)
    Path("line.toml").write_text(LINE)
    return Path("score.py"), Path("line.toml")


@labeling_function(labels=["HOLD"])
def handed(edges: float) -> str:
    return "HOLD" if edges > 0 else "NG"


@feature
def edges(gray: object) -> float:
    return float(id(gray))


def test_the_first_source_has_the_highest_priority_and_own_ones_stand(files: tuple[Path, Path]) -> None:
    found = load_sources([*files, handed, edges], ["a > 1 -> GO", "a < 1 -> NG"], label_column="verdict")
    assert [(r.name, r.priority) for r in found.rules] == [
        ("by_score", 5),
        ("urgent", 50),
        ("high", 4),
        ("own", 9),
        ("handed", 3),
        ("a > 1 -> GO", 2),
        ("a < 1 -> NG", 2),
        ("verdict", 1),
    ]


def test_what_a_run_needs_and_what_is_told_of_it(files: tuple[Path, Path]) -> None:
    found = load_sources(files, ["a > 1 -> X"], label_column="verdict", mapping={"OK": "GO", "1": "Y"})
    assert found.labels == ("GO", "NG", "X", "Y")
    assert found.policy == "majority"
    assert [f.path for f in found.files] == ["score.py", "line.toml"]
    assert found.summary == (
        "score.py: by_score (threshold = 80, count = 3, strict = false, mode = 'a'), urgent",
        "line.toml: high, own (threshold = 70)",
        "--rule: a > 1 -> X",
        "label column: verdict (OK = GO, 1 = Y)",
    )


def test_a_bare_name_sets_every_parameter_of_that_name_and_a_full_name_one(files: tuple[Path, Path]) -> None:
    found = load_sources(
        files, parameters=["by_score.threshold=90", "threshold=85.5", "count=-2", "strict=yes", "mode=b=c"]
    )
    assert found.parameters == {
        "by_score.threshold": 90.0,
        "by_score.count": -2,
        "by_score.strict": True,
        "by_score.mode": "b=c",
        "line.threshold": 85.5,
    }


@pytest.mark.parametrize(
    ("given", "message", "hint"),
    [
        ("treshold=1", "no rule has a parameter 'treshold'", "did you mean 'threshold'?"),
        ("by_scor.threshold=1", "no rule has a parameter 'by_scor.threshold'", "did you mean 'by_score.threshold'?"),
        ("threshold=abc", "parameter 'by_score.threshold' must be a number, not 'abc'", "by_score.threshold = 80"),
        ("threshold=nan", "must be a number", ""),
        ("threshold=1_0", "must be a number", ""),
        ("count=2.5", "must be a whole number", ""),
        ("strict=2", "must be true or false", ""),
        ("line.threshold=101", "parameter 'line.threshold' must be between 0 and 100, not 101", ""),
        ("threshold", "--param 'threshold' is not NAME=VALUE", "line.threshold = 70"),
        ("=5", "is not NAME=VALUE", ""),
    ],
)
def test_a_parameter_that_cannot_be_set(files: tuple[Path, Path], given: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_sources(files, parameters=[given])
    assert message in caught.value.message
    assert hint in caught.value.remedy
    assert caught.value.exit_code == 2


def test_parameters_reach_the_function(files: tuple[Path, Path]) -> None:
    rule = load_sources([files[0]], parameters=["threshold=85"]).rules[0]
    assert getattr(rule, "function").parameters["threshold"] == 85.0  # noqa: B009 - only one kind of rule has it


@pytest.mark.parametrize(
    ("rules", "expressions", "message"),
    [
        ([], ["a > 1 -> GO", " a > 1 -> GO "], "two rules are called 'a > 1 -> GO': --rule and --rule"),
        ([Path("score.py"), Path("copy.py")], [], "two rules are called 'by_score': score.py:2 and copy.py:2"),
        ([handed, handed, edges], [], "two rules are called 'handed'"),
    ],
)
def test_names_are_unique_over_all_sources(
    files: tuple[Path, Path], rules: list[GivenRule], expressions: list[str], message: str
) -> None:
    Path("copy.py").write_text(files[0].read_text())
    with pytest.raises(RulesError) as caught:
        load_sources(rules, expressions)
    assert message in caught.value.message


def test_nothing_to_vote_and_a_map_without_a_column_are_wrong_usage() -> None:
    with pytest.raises(UsageError, match="no rules"):
        load_sources()
    with pytest.raises(UsageError, match="--map needs a label column"):
        load_sources([], ["a > 1 -> GO"], mapping={"OK": "GO"})
    with pytest.raises(UsageError, match="cannot be a class folder"):
        load_sources(label_column="v", mapping={"OK": "G/O"})


def test_other_files_and_values_are_no_rules(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match=r"ends in .py or .toml"):
        load_sources([tmp_path / "rules.yaml"])
    with pytest.raises(UsageError, match="is no rule"):
        load_sources([len])  # type: ignore[list-item]  # what a person might do


def test_two_policies_are_one_too_many(files: tuple[Path, Path]) -> None:
    text = files[1].read_text().replace("majority", "unanimous").replace('"high"', '"h"').replace('"own"', '"o"')
    Path("other.toml").write_text(text)
    with pytest.raises(RulesError, match=r"different policies: line\.toml: majority; other\.toml: unanimous"):
        load_sources([files[1], Path("other.toml")])


@pytest.mark.parametrize(
    ("argument", "body", "message", "hint"),
    [
        ("brigthness", "", "'f' takes 'brigthness', but there is no such image feature", "did you mean 'brightness'?"),
        ("a", "@feature\ndef a(b): ...\n@feature\ndef b(a): ...\n", "in a circle: a -> b -> a", ""),
        ("a", "@feature\ndef a(a): ...\n", "in a circle: a -> a", ""),
        ("a", "@feature\ndef a(gra): ...\n", "'a' takes 'gra'", "did you mean 'gray'?"),
        ("a", "@feature\ndef a(row): ...\n", "'a' takes 'row', the metadata row; that is for labeling functions", ""),
        ("gray, row", "", "'f' takes 'row', the metadata row; that is its first argument", ""),
        ("gray", "@feature\ndef gray(image): ...\n", "'gray' is a built-in feature", ""),
        ("gray, limit=3", "", "argument 'limit' has a default", "put a star before it"),
    ],
)
def test_features_are_settled_before_an_image_is_read(
    tmp_path: Path, argument: str, body: str, message: str, hint: str
) -> None:
    head = "from labelkit import feature, labeling_function\n"
    path = tmp_path / "r.py"
    path.write_text(f"{head}{body}@labeling_function(labels=['GO'])\ndef f({argument}): return 'GO'\n")
    with pytest.raises(RulesError) as caught:
        load_sources([path])
    assert message in caught.value.message
    assert hint in caught.value.remedy
    assert caught.value.place.startswith(f"{path}:")


def test_the_shipped_rules_load() -> None:
    rules = Path(__file__).parents[2] / "rules"
    found = load_sources([rules / "dark.py", rules / "threshold.py", rules / "line.toml"], parameters=["threshold=85"])
    assert [r.name for r in found.rules] == ["too_dark", "by_score", "verdict", "high_score", "low_score"]
    assert found.parameters == {"too_dark.limit": 20.0, "by_score.threshold": 85.0, "line.threshold": 85}


def test_the_order_of_kinds_is_the_order_of_priorities_and_a_wrong_kind_is_told() -> None:
    found = load_sources((), ["a > 1 -> GO"], label_column="verdict", order=["label_column"])
    assert [(r.name, r.priority) for r in found.rules] == [("verdict", 2), ("a > 1 -> GO", 1)]
    with pytest.raises(UsageError, match="no kind of source 'ruel'"):
        load_sources((), ["a > 1 -> GO"], order=["ruel"])
    with pytest.raises(UsageError, match="named twice"):
        load_sources((), ["a > 1 -> GO"], order=["rule", "rule"])
