from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import labelkit
from labelkit.domain.decisions import State
from labelkit.domain.errors import DataError, LabelkitError, MetadataError, RuleFailedError, StorageError, UsageError
from labelkit.domain.sort_result import SortResult
from tests.flows.scenes import contents, image, read_tree, write_table

RULE = ["score >= 80 -> GO", "score < 80 -> NG"]


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Six images in two stations, two of one name; scores 90, 84, 81, 70, none; one unlisted; one row without file."""
    for path in ("s1/1.png", "s1/2.png", "s1/3.png", "s2/1.png", "s2/4.png", "s2/5.png"):
        image(tmp_path / "raw" / path)
    rows = [("s1/1.png", "90"), ("s1/2.png", "84"), ("s1/3.png", "81"), ("s2/1.png", "70"), ("s2/4.png", "")]
    write_table(tmp_path / "m.csv", ["file", "score"], [*rows, ("s9/gone.png", "50")])
    return tmp_path / "raw"


def sort(raw: Path, threshold: int = 80, mode: str = "copy", *, dry_run: bool = False) -> SortResult:
    return labelkit.sort(
        raw,
        base_dir=raw.parent / "base_dir",
        metadata=raw.parent / "m.csv",
        rule=[f"score >= {threshold} -> GO", f"score < {threshold} -> NG"],
        mode=mode,
        dry_run=dry_run,
    )


def placed(raw: Path) -> dict[str, str]:
    return read_tree(raw.parent / "base_dir")


def test_every_image_ends_in_one_state_and_every_row_is_accounted_for(raw: Path) -> None:
    result = sort(raw)
    assert {str(s): n for s, n in result.states.items()} == {
        "labeled": 4,
        "abstained": 1,
        "conflict": 0,
        "error": 0,
        "unlisted": 1,
    }
    assert (result.seen, result.missing, result.done, result.labels) == (6, 1, 4, {"GO": 3, "NG": 1})
    assert sorted(placed(raw)) == ["GO/1.png", "GO/2.png", "GO/3.png", "NG/1.png", "labelkit.db"]
    assert [(p.file, p.row.rpartition("/")[2], p.state, p.why) for p in result.problems] == [
        ("s2/4.png", "m.csv:6", "abstained", "no value: score"),
        ("s2/5.png", "", "unlisted", "no row of the metadata speaks of it"),
        ("s9/gone.png", "m.csv:7", "missing", "the row's file is not there"),
    ]


def test_the_second_sort_moves_nothing(raw: Path) -> None:
    sort(raw)
    before = placed(raw)
    again = sort(raw)
    assert (again.done, again.already, again.relocated, again.withdrawn, again.failed) == (0, 4, 0, 0, 0)
    assert {**placed(raw), "labelkit.db": ""} == {**before, "labelkit.db": ""}


@pytest.mark.parametrize("mode", ["copy", "hardlink", "symlink", "move"])
def test_every_mode_places_sorts_again_and_keeps_what_a_person_dragged(raw: Path, mode: str) -> None:
    originals = contents(raw)
    sort(raw, 80, mode)
    second = sort(raw, 85, mode)
    assert second.relocated == 2
    assert second.moves == {("GO", "NG"): 2}
    assert Counter(p.partition("/")[0] for p in placed(raw) if "/" in p) == {"GO": 1, "NG": 3}
    base = raw.parent / "base_dir"
    (base / "NG" / "2.png").rename(base / "GO" / "2.png")
    third = sort(raw, 85, mode)
    assert third.stays == (("s1/2.png", "GO"),)
    assert (third.relocated, third.already) == (0, 4)
    fourth = sort(raw, 80, mode)
    assert (fourth.relocated, fourth.already) == (1, 3)
    labeled = [p for p in placed(raw) if "/" in p]
    assert len(labeled) == 4
    assert contents(raw, base) >= originals, "no content is ever lost"


def test_move_mode_sees_its_images_again_and_brings_withdrawn_ones_home(raw: Path) -> None:
    sort(raw, mode="move")
    assert sorted(read_tree(raw)) == ["s2/4.png", "s2/5.png"]
    write_table(raw.parent / "m.csv", ["file", "score"], [("s1/1.png", "90"), ("s1/2.png", "")])
    result = sort(raw, mode="move")
    assert (result.seen, result.withdrawn) == (6, 3)
    assert sorted(read_tree(raw)) == ["s1/2.png", "s1/3.png", "s2/1.png", "s2/4.png", "s2/5.png"]


def test_dragging_into_a_new_folder_makes_a_class(raw: Path) -> None:
    sort(raw)
    base = raw.parent / "base_dir"
    (base / "REWORK").mkdir()
    (base / "GO" / "3.png").rename(base / "REWORK" / "3.png")
    result = sort(raw)
    assert result.labels == {"GO": 2, "NG": 1, "REWORK": 1}
    assert result.stays == (("s1/3.png", "REWORK"),)


def test_five_dragged_files_stay_through_80_85_80(tmp_path: Path) -> None:
    raw, scores = tmp_path / "raw", range(70, 100)
    for s in scores:
        image(raw / f"{s}.png")
    write_table(tmp_path / "m.csv", ["file", "score"], [(f"{s}.png", str(s)) for s in scores])
    sort(raw, 80)
    sort(raw, 85)
    base = tmp_path / "base_dir"
    for s in (90, 91, 92, 70, 71):
        here, there = ("GO", "NG") if s >= 85 else ("NG", "GO")
        (base / here / f"{s}.png").rename(base / there / f"{s}.png")
    result = sort(raw, 80)
    folders = {Path(p).name: p.partition("/")[0] for p in read_tree(base) if "/" in p}
    expected = {f"{s}.png": "GO" if s >= 80 else "NG" for s in scores}
    expected.update({f"{s}.png": "NG" for s in (90, 91, 92)} | {f"{s}.png": "GO" for s in (70, 71)})
    assert folders == expected
    assert len(result.stays) == 5


def test_a_dry_run_writes_nothing_and_shows_the_plan_of_the_run(raw: Path) -> None:
    dry = sort(raw, dry_run=True)
    assert not (raw.parent / "base_dir").exists()
    wet = sort(raw)
    assert dry.plan.steps == wet.plan.steps
    assert dry.planned == wet.done + wet.already + wet.relocated + wet.withdrawn + wet.failed
    before = (raw.parent / "base_dir" / "labelkit.db").read_bytes()
    sort(raw, 85, dry_run=True)
    assert (raw.parent / "base_dir" / "labelkit.db").read_bytes() == before


def test_mode_none_records_and_places_nothing(raw: Path) -> None:
    result = sort(raw, mode="none")
    assert sorted(placed(raw)) == ["labelkit.db"]
    assert result.labels == {"GO": 3, "NG": 1}
    assert result.planned == 0


def test_two_images_of_one_name_in_one_class_both_survive(raw: Path) -> None:
    write_table(raw.parent / "m.csv", ["file", "score"], [("s1/1.png", "90"), ("s2/1.png", "95")])
    sort(raw)
    names = sorted(p for p in placed(raw) if "/" in p)
    digests = [hashlib.sha256((raw / s / "1.png").read_bytes()).hexdigest()[:8] for s in ("s1", "s2")]
    assert names == sorted(f"GO/1-{d}.png" for d in digests)
    again = sort(raw)
    assert (again.already, again.done) == (2, 0)


def test_a_second_source_never_meets_the_names_of_the_first(raw: Path, tmp_path: Path) -> None:
    sort(raw)
    image(tmp_path / "other" / "1.png", seed=7)
    result = labelkit.sort(tmp_path / "other", base_dir=tmp_path / "base_dir", rule="width > 0 -> GO")
    digest = hashlib.sha256((tmp_path / "other" / "1.png").read_bytes()).hexdigest()[:8]
    assert (result.done, result.failed) == (1, 0)
    assert f"GO/1-{digest}.png" in placed(raw)
    assert any("4 more in base_dir are in none of these sources" in line for line in result.said)


def test_a_moved_image_that_a_person_took_away_is_told(raw: Path) -> None:
    sort(raw, mode="move")
    (raw.parent / "base_dir" / "GO" / "2.png").unlink()
    result = sort(raw, mode="move")
    assert result.seen == 5
    assert [(p.file, p.state) for p in result.problems if p.state == "gone"] == [("s1/2.png", "gone")]


def test_classes_must_name_every_label(raw: Path) -> None:
    with pytest.raises(UsageError, match="--classes leaves out NG"):
        labelkit.sort(
            raw, base_dir=raw.parent / "base_dir", metadata=raw.parent / "m.csv", rule=RULE, classes=["GO", "OK"]
        )


def test_a_frame_in_memory_is_a_table_and_its_missing_cells_are_missing(raw: Path) -> None:
    frame = pd.DataFrame({"file": ["s1/1.png", "s1/2.png", "s2/1.png"], "score": [90.0, None, 10.0]})
    result = labelkit.sort(raw, base_dir=raw.parent / "base_dir", metadata=frame, rule=RULE)
    assert result.labels == {"GO": 1, "NG": 1}
    assert [p.why for p in result.problems if p.state == "abstained"] == ["no value: score"]
    with pytest.raises(MetadataError, match="no rows"):
        labelkit.sort(raw, base_dir=raw.parent / "other", metadata=frame[:0], rule=RULE)


def test_too_little_space_is_told_before_anything_is_made(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(raw)._replace(free=10)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(StorageError, match="not enough space") as caught:
        sort(raw)
    assert "--mode symlink" in caught.value.remedy
    assert not (raw.parent / "base_dir").exists()
    assert sort(raw, mode="hardlink").done == 4


def test_rows_that_vote_differently_are_a_conflict_with_both_places(raw: Path) -> None:
    write_table(raw.parent / "m.csv", ["file", "score"], [("s1/1.png", "90"), ("s1/1.png", "10"), ("s1/2.png", "90")])
    result = sort(raw)
    assert result.states[State.CONFLICT] == 1
    [problem] = [p for p in result.problems if p.state == "conflict"]
    assert [p.rpartition(":")[2] for p in problem.row.split(", ")] == ["2", "3"]
    assert "says GO" in problem.why
    assert "says NG" in problem.why


def test_a_source_written_over_after_placing_is_told_and_nothing_is_lost(raw: Path) -> None:
    sort(raw)
    before = (raw.parent / "base_dir" / "GO" / "2.png").read_bytes()
    image(raw / "s1" / "2.png", seed=99)
    result = sort(raw)
    assert result.failed == 1
    assert (raw.parent / "base_dir" / "GO" / "2.png").read_bytes() == before
    assert "written over" in result.problems[-1].why


def test_a_table_of_another_folder_stops_the_run(raw: Path) -> None:
    write_table(raw.parent / "m.csv", ["file", "score"], [("x.png", "1"), ("y.png", "2"), ("s1/1.png", "3")])
    with pytest.raises(MetadataError, match="2 of 3 rows have no file"):
        sort(raw)
    assert not (raw.parent / "base_dir").exists()


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"rule": ()}, UsageError, "nothing says where images go"),
        ({"mode": "cpoy"}, UsageError, "--mode cannot be 'cpoy'"),
        ({"policy": "mojority"}, UsageError, "unknown policy"),
        ({"map": {"OK": "GO"}}, UsageError, "--map needs --label-column"),
        ({"metadata": "none.csv"}, MetadataError, "no such metadata file"),
        ({"rule": ["scores > 1 -> GO"]}, LabelkitError, "scores"),
        ({"rule": ["score > 1 -> ../x"]}, LabelkitError, "cannot be a class folder|label"),
        ({"label_column": "lable", "rule": ()}, LabelkitError, "lable"),
        ({"on_abstain": "error"}, DataError, "1 images are abstained"),
        ({"rules": ["rules/none.py"]}, LabelkitError, "none.py"),
    ],
)
def test_bad_input_is_one_error_and_nothing_is_made(
    raw: Path, change: dict[str, object], kind: type[LabelkitError], message: str
) -> None:
    asked: dict[str, object] = {"metadata": raw.parent / "m.csv", "rule": RULE, **change}
    with pytest.raises(kind, match=message):
        labelkit.sort(raw, base_dir=raw.parent / "base_dir", **asked)  # type: ignore[arg-type] # bad on purpose
    assert not (raw.parent / "base_dir").exists()


def test_target_inside_source_and_source_inside_target_are_refused(raw: Path) -> None:
    for base_dir in (raw, raw / "sorted", raw.parent):
        with pytest.raises(UsageError, match=r"inside|same"):
            labelkit.sort(raw, base_dir=base_dir, metadata=raw.parent / "m.csv", rule=RULE)
    assert sorted(read_tree(raw)) == ["s1/1.png", "s1/2.png", "s1/3.png", "s2/1.png", "s2/4.png", "s2/5.png"]


def test_a_rule_that_raises_places_nothing_and_names_image_and_line(raw: Path) -> None:
    rules = raw.parent / "bad.py"
    rules.write_text(
        "from labelkit import labeling_function\n\n\n"
        "@labeling_function(columns=['score'])\ndef half(row):\n    return {90: 'GO'}[row.score]\n"
    )
    asked = {"base_dir": raw.parent / "base_dir", "metadata": raw.parent / "m.csv", "rules": rules}
    with pytest.raises(RuleFailedError, match=r"3 images could not be judged; half on s1/2.png") as caught:
        labelkit.sort(raw, **asked)  # type: ignore[arg-type] # one dictionary for both calls
    assert "bad.py" in str(caught.value)
    assert not (raw.parent / "base_dir").exists()
    result = labelkit.sort(raw, on_error="hold", **asked)  # type: ignore[arg-type] # as above
    assert (result.states[State.ERROR], result.labels) == (3, {"GO": 1})


NAMES = st.sampled_from(["1.png", "2.png", "1.PNG", "a b.png", "ä.png"])
FOLDERS = st.sampled_from(["", "s1/", "s2/deep/"])
CELLS = st.sampled_from(["90", "85", "80", "79.9", "10", "", "NaN", "abc", "-"])


@given(
    files=st.dictionaries(
        st.tuples(FOLDERS, NAMES), st.tuples(st.integers(0, 3), CELLS, st.booleans()), min_size=1, max_size=12
    ),
    thresholds=st.lists(st.sampled_from([80, 85, 95]), min_size=1, max_size=3),
    mode=st.sampled_from(["copy", "hardlink", "symlink", "move"]),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_is_lost_over_made_up_trees_and_tables(
    tmp_path_factory: pytest.TempPathFactory,
    files: dict[tuple[str, str], tuple[int, str, bool]],
    thresholds: list[int],
    mode: str,
) -> None:
    top = tmp_path_factory.mktemp("made-up")
    raw = top / "raw"
    for (folder, name), (seed, _, _) in files.items():
        image(raw / folder / name, seed=seed)
    rows = [(folder + name, cell) for (folder, name), (_, cell, listed) in files.items() if listed]
    write_table(top / "m.csv", ["file", "score"], rows or [(folder + name, "90") for folder, name in files])
    originals = contents(raw)
    for threshold in thresholds:
        result = sort(raw, threshold, mode)
        _check(result, top / "base_dir", len(files))
        assert contents(raw, top / "base_dir") >= originals
    shutil.rmtree(top)


def _check(result: SortResult, base_dir: Path, files: int) -> None:
    """The sum, as returned, as recorded, and as it stands on the disk."""
    assert result.seen == files == sum(result.states.values())
    on_disk = Counter(p.partition("/")[0] for p in read_tree(base_dir) if "/" in p)
    assert on_disk == {k: n for k, n in result.labels.items() if n}
    assert result.failed == 0
    with sqlite3.connect(base_dir / "labelkit.db") as db:
        [(counts,)] = db.execute("select counts from runs order by rowid desc limit 1").fetchall()
    assert f'"seen": {files}' in counts


def test_functions_and_features_of_a_persons_own_script_are_rules(raw: Path) -> None:
    @labelkit.feature
    def twice(brightness: float) -> float:
        return 2 * brightness

    @labelkit.labeling_function(labels=["GO", "NG"])
    def bright(twice: float, *, limit: float = 0.0) -> str:
        return "GO" if twice > limit else "NG"

    asked = {"base_dir": raw.parent / "base_dir", "rules": [twice, bright], "dry_run": True}
    assert labelkit.sort(raw, **asked).labels == {"GO": 6, "NG": 0}  # type: ignore[arg-type] # one dictionary
    assert labelkit.sort(raw, param={"limit": 510}, **asked).labels == {"GO": 0, "NG": 6}  # type: ignore[arg-type] # same
