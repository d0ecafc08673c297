"""show, analyze and tune as Python functions: what a person reads off them, and that nothing is written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import labelkit
from labelkit.domain.errors import LabelkitError, UsageError
from labelkit.domain.rules_report import RulesAnalysis
from labelkit.domain.rules_tuning import Weights
from labelkit.imaging.recipes import Pixels, decode
from tests.flows.scenes import image, read_tree, write_table

SCORES = [10, 55, 60, 62, 70, 79, 80, 82, 84, 85, 90, 95]
TRUTH = ["N.G."] * 5 + ["OK", "N.G."] + ["OK"] * 5
MAP = {"OK": "GO", "N.G.": "NG"}

OVERLAPPING = ["score >= 80 -> GO", "score < 85 and score >= 62 -> NG"]


@pytest.fixture
def line(tmp_path: Path) -> Path:
    """Twelve images with a score and their true verdict."""
    for n in range(len(SCORES)):
        image(tmp_path / "raw" / f"{n:02}.png", seed=n)
    rows = [(f"{n:02}.png", str(s), TRUTH[n]) for n, s in enumerate(SCORES)]
    write_table(tmp_path / "m.csv", ["file", "score", "verdict"], rows)
    return tmp_path


RULES = '''\
from labelkit import ABSTAIN, feature, labeling_function

@feature
def spread(gray):
    """Brightest minus darkest."""
    return int(gray.max()) - int(gray.min())

@labeling_function(columns=["score"], labels=["GO", "NG"])
def by_score(row, *, threshold: float = 80.0):
    """GO at or above the threshold.

    More is said here.
    """
    return "GO" if row.score >= threshold else "NG"

@labeling_function(labels=["NG"], priority=9)
def dark(brightness, spread, *, limit: int = 20):
    return "NG" if brightness < limit else ABSTAIN
'''


def rules_file(folder: Path) -> Path:
    (folder / "rules.py").write_text(RULES)
    return folder / "rules.py"


def test_show_tells_everything_without_images_or_a_table(tmp_path: Path) -> None:
    shown = labelkit.show_rules(rules_file(tmp_path), rule="(score)>60 and [Los Nr.]='A' -> GO", param=["limit=30"])
    by_score, dark, expression = shown.rules
    assert (by_score.about, by_score.labels, by_score.parameters) == (
        "GO at or above the threshold.",
        ("GO", "NG"),
        {"threshold": 80.0},
    )
    assert [(c.name, c.there) for c in by_score.columns] == [("score", None)]
    assert by_score.place.endswith("rules.py:8")
    assert (dark.features, dark.parameters, dark.priority) == (("brightness", "spread"), {"limit": 30}, 9)
    assert expression.text == "score > 60 and [Los Nr.] == 'A'"
    assert [(f.name, f.inputs, f.about) for f in shown.features] == [("spread", ("gray",), "Brightest minus darkest.")]
    assert len(shown.files[0].sha256) == 64


def test_show_tells_which_columns_the_table_lacks(line: Path) -> None:
    shown = labelkit.show_rules(
        rule=["score > 1 and lot == 'A' -> GO"], label_column="verdict", metadata=line / "m.csv"
    )
    assert [(c.name, c.there) for rule in shown.rules for c in rule.columns] == [
        ("score", True),
        ("lot", False),
        ("verdict", True),
    ]


def analyzed(line: Path, *rules: Path, **more: str | list[str]) -> RulesAnalysis:
    given = {"rule": more.get("rule", ()), "gold": more.get("gold")}
    gold = given["gold"]
    assert gold is None or isinstance(gold, str)
    return labelkit.analyze_rules(
        *rules, source=line / "raw", metadata=line / "m.csv", rule=given["rule"] or (), gold=gold, map=MAP
    )


def test_analyze_finds_the_gap_and_the_double_cover_with_their_images(line: Path) -> None:
    report = analyzed(line, rule=OVERLAPPING)
    told = [(str(f.stretch), [label for _, label in f.says], f.images, f.unvoted) for f in report.line]
    assert told == [("score < 62", [], 3, 3), ("score in [80, 85)", ["GO", "NG"], 3, 0)]
    assert [(p.images, p.examples) for p in report.pairs] == [(3, ("06.png", "07.png", "08.png"))]
    assert [(r.coverage, r.overlaps, r.conflicts) for r in report.rules] == [(0.5, 0.25, 0.25), (0.5, 0.25, 0.25)]


def test_a_function_is_laid_by_what_it_said(line: Path) -> None:
    report = analyzed(line, rules_file(line), rule=["score >= 84 -> NG"])
    (finding,) = report.line
    assert str(finding.stretch) == "score >= 84"
    assert [r for r, _ in finding.says] == ["by_score", "score >= 84 -> NG"]
    assert finding.images == 4
    assert report.left_out == (("dark", "it looks at several values"),)


def test_analyze_beside_the_truth_and_with_costs(line: Path) -> None:
    report = analyzed(line, rules_file(line), gold="verdict")
    assert report.gold is not None
    decision = report.gold.decision
    assert (report.gold.reject, decision.known, decision.correct) == ("NG", 12, 10)
    assert (decision.escaped, decision.rejects, decision.overkilled, decision.good) == (1, 6, 1, 6)
    first = report.gold.rules[0]
    assert (first.name, first.voted, first.correct) == ("by_score", 12, 10)
    assert all(c.ms_per_image is not None and c.ms_per_image > 0 for c in report.costs)
    assert str(report).startswith("12 images: GO 6, NG 6, 0 held")


def test_tune_counts_at_each_value_and_names_the_cheapest(line: Path) -> None:
    report = labelkit.tune_rules(
        rules_file(line),
        grid=["threshold=60:95:5"],
        gold="verdict",
        source=line / "raw",
        metadata=line / "m.csv",
        map=MAP,
    )
    by_hand = [sum(s >= t for s in SCORES) for t in range(60, 100, 5)]
    assert [p.labels["GO"] for p in report.points] == by_hand
    assert [p.changed for p in report.points] == [abs(n - by_hand[4]) for n in by_hand]
    assert [p.is_default for p in report.points] == [t == 80 for t in range(60, 100, 5)]
    assert report.best is not None
    assert report.points[report.best].values == {"threshold": 85.0}  # one escape less is worth three overkilled
    cheap = labelkit.tune_rules(
        rules_file(line),
        grid={"threshold": [80, 85]},
        gold="verdict",
        weights=Weights(1, 1, 1),
        source=line / "raw",
        metadata=line / "m.csv",
        map=MAP,
    )
    assert cheap.best == 0


def test_tune_decodes_each_image_once_for_a_whole_grid(line: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[tuple[int, int]] = []

    def counted(recipe: str, data: bytes, size: tuple[int, int]) -> Pixels:
        decoded.append(size)
        return decode(recipe, data, size)

    monkeypatch.setattr("labelkit.imaging.features.decode", counted)
    monkeypatch.setenv("LABELKIT_CACHE_DIR", str(line / "cache"))
    levels = [*range(0, 120, 10)]
    for n, level in enumerate(levels):
        Image.new("RGB", (4, 4), (level, level, level)).save(line / "raw" / f"{n:02}.png")
    (line / "own.py").write_text(
        "from labelkit import ABSTAIN, labeling_function\n"
        "@labeling_function(labels=['NG'])\n"
        "def dim(gray, *, limit: float = 35.0, side: str = 'below'):\n"
        "    return 'NG' if (gray.mean() < limit) == (side == 'below') else ABSTAIN\n"
    )
    report = labelkit.tune_rules(line / "own.py", grid=["limit=5:115:10", "side=below,above"], source=line / "raw")
    assert len(decoded) == len(levels)
    assert [p.labels["NG"] for p in report.points] == [n for k in range(12) for n in (k + 1, 11 - k)]
    assert np.sum([p.is_default for p in report.points]) == 1


def test_nothing_is_written_beside_the_data(line: Path) -> None:
    rules = rules_file(line)
    before = read_tree(line)
    labelkit.show_rules(rules, metadata=line / "m.csv")
    analyzed(line, rules, gold="verdict")
    labelkit.tune_rules(rules, grid=["threshold=1,2"], source=line / "raw", metadata=line / "m.csv")
    assert read_tree(line) == before


def test_images_that_a_move_took_away_are_seen_where_they_are(line: Path) -> None:
    rules = rules_file(line)
    labelkit.sort(line / "raw", base_dir=line / "base", metadata=line / "m.csv", rules=rules, mode="move")
    assert not list((line / "raw").iterdir())
    before = read_tree(line / "base")
    report = labelkit.analyze_rules(rules, source=line / "raw", base_dir=line / "base", metadata=line / "m.csv")
    assert (report.images, report.labels) == (12, {"GO": 6, "NG": 6})
    assert read_tree(line / "base") == before


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"grid": []}, "no parameter to tune"),
        ({"grid": ["treshold=1:2:1"]}, "no rule has a parameter 'treshold'"),
        ({"grid": ["threshold=a,b"]}, "must be a number, not 'a'"),
        ({"grid": ["threshold=1:2:1"], "gold": "verdikt"}, "no column 'verdikt'"),
        ({"grid": ["threshold=1:2:1"], "reject": "BAD"}, "no class 'BAD' to be the reject"),
    ],
)
def test_what_cannot_be_is_refused(line: Path, given: dict[str, object], said: str) -> None:
    grid, gold, reject = given["grid"], given.get("gold"), given.get("reject")
    assert isinstance(grid, list)
    assert gold is None or isinstance(gold, str)
    assert reject is None or isinstance(reject, str)
    with pytest.raises(LabelkitError, match=said):
        labelkit.tune_rules(
            rules_file(line), grid=grid, gold=gold, reject=reject, source=line / "raw", metadata=line / "m.csv", map=MAP
        )


def test_rules_and_images_must_be_named(line: Path) -> None:
    with pytest.raises(UsageError, match="no rules to look at"):
        labelkit.show_rules()
    with pytest.raises(UsageError, match="no images to ask"):
        labelkit.analyze_rules(rules_file(line))
