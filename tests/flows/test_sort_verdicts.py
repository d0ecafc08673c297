"""A person's answers in a sort: handed in as a table, recorded, lasting; and how they get on with drags and rules."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import labelkit
from labelkit.domain.decisions import DecidedBy
from labelkit.domain.errors import LabelkitError
from labelkit.domain.sort_result import SortResult
from labelkit.domain.spreadsheet import cell
from labelkit.storage.sqlite_ledger import open_ledger
from tests.flows.answer_scenes import drag, folders, held, recorded
from tests.flows.scenes import image, read_tree, write_table

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


def by_rules(raw: Path, **more: object) -> SortResult:
    base_dir, table = raw.parent / "base_dir", raw.parent / "m.csv"
    return labelkit.sort(raw, base_dir=base_dir, metadata=table, rule=RULE, **more)  # type: ignore[arg-type] # one dictionary


def by_verdicts(raw: Path, *files: str, **more: object) -> SortResult:
    return labelkit.sort(raw, base_dir=raw.parent / "base_dir", verdicts=files, **more)  # type: ignore[arg-type] # as above


def entries(raw: Path) -> int:
    """How many decisions were ever recorded."""
    ledger = open_ledger(raw.parent / "base_dir", create=False, read_only=True)
    try:
        return sum(len(ledger.history(key)) for key in ledger.decisions())
    finally:
        ledger.close()


def test_answers_alone_settle_what_was_held_and_leave_everything_else(raw: Path) -> None:
    by_rules(raw)
    before = recorded(raw)
    result = by_verdicts(raw, held(raw, [("s1/d.png", "GO"), ("s1/e.png", "")]), metadata="m.csv")
    assert folders(raw) == {"a.png": "GO", "b.png": "GO", "c.png": "NG", "d.png": "GO"}
    assert (result.done, result.already, result.relocated, result.withdrawn) == (1, 3, 0, 0)
    assert "held.csv: 1 verdict (GO 1), 1 empty" in result.said
    assert "metadata: not read, for no rule asks for it" in result.said
    assert [(p.file, p.state, p.why) for p in result.problems] == [
        ("s1/e.png", "unlisted", "no row of the metadata speaks of it")
    ]
    now = recorded(raw)
    assert {k: d for k, d in now.items() if k != "s1/d.png"} == {k: d for k, d in before.items() if k != "s1/d.png"}
    settled = now["s1/d.png"]
    assert (settled.by, settled.name, settled.label) == (DecidedBy.VERDICT, "held.csv", "GO")
    assert (settled.why, settled.votes) == ("held.csv:2 says GO", (("held.csv", "GO"),))
    [source] = result.sources
    assert (source.name, source.coverage, source.decided) == ("held.csv", 0.2, 1)


def test_an_answer_lasts_over_plain_sorts_until_it_is_answered_anew(raw: Path) -> None:
    by_rules(raw)
    by_verdicts(raw, held(raw, [("s1/d.png", "GO"), ("s1/c.png", "GO")]))
    for policy in ("priority", "unanimous", "majority", "any:NG"):
        result = by_rules(raw, policy=policy)
        assert folders(raw) == {"a.png": "GO", "b.png": "GO", "c.png": "GO", "d.png": "GO"}
        assert "2 verdicts of earlier sorts hold (held.csv 2)" in result.said
    assert recorded(raw)["s1/c.png"].by is DecidedBy.VERDICT
    size = entries(raw)
    by_rules(raw, policy="any:NG")
    assert entries(raw) == size, "the ledger does not grow without need"
    by_verdicts(raw, held(raw, [("s1/d.png", "NG")], "later.csv"))
    by_rules(raw)
    assert folders(raw)["d.png"] == "NG"


def test_undoing_the_sort_takes_its_answers_back(raw: Path) -> None:
    by_rules(raw)
    by_verdicts(raw, held(raw, [("s1/d.png", "GO"), ("s1/c.png", "GO")]))
    labelkit.undo(base_dir=raw.parent / "base_dir")
    assert folders(raw) == {"a.png": "GO", "b.png": "GO", "c.png": "NG"}
    result = by_rules(raw)
    assert folders(raw) == {"a.png": "GO", "b.png": "GO", "c.png": "NG"}
    assert not [line for line in result.said if "earlier sort" in line]


def test_an_older_answer_does_not_come_back_over_a_later_one(raw: Path) -> None:
    by_rules(raw)
    first, later = held(raw, [("s1/d.png", "GO")]), held(raw, [("s1/d.png", "NG")], "later.csv")
    by_verdicts(raw, first)
    by_verdicts(raw, later)
    result = by_verdicts(raw, first)
    assert folders(raw)["d.png"] == "NG"
    assert "held.csv:2 says GO, but later.csv says NG since: it stays" in result.said
    assert result.stays == (("s1/d.png", "NG"),)


def test_the_last_of_drag_and_answer_holds(raw: Path) -> None:
    by_rules(raw)
    by_verdicts(raw, held(raw, [("s1/d.png", "GO")]))
    drag(raw, "d.png", "GO", "NG")
    told = "held.csv:2 says GO, but a person put it into NG: it stays"
    for again in range(3):  # the drag is found, then recorded, then recorded since long
        result = by_verdicts(raw, "held.csv") if again < 2 else by_rules(raw, verdicts="held.csv")
        assert told in result.said
        assert result.stays == (("s1/d.png", "NG"),)
        assert folders(raw)["d.png"] == "NG"
    by_verdicts(raw, held(raw, [("s1/d.png", "GO")], "anew.csv"))
    assert folders(raw)["d.png"] == "GO"
    assert recorded(raw)["s1/d.png"].name == "anew.csv"


def test_a_drag_found_in_the_very_sort_beats_a_new_answer_for_good(raw: Path) -> None:
    by_rules(raw)
    drag(raw, "a.png", "GO", "NG")
    new = held(raw, [("s1/a.png", "GO")])
    for _ in range(2):
        result = by_verdicts(raw, new)
        assert "held.csv:2 says GO, but a person put it into NG: it stays" in result.said
        assert result.stays == (("s1/a.png", "NG"),)
    assert recorded(raw)["s1/a.png"].by is DecidedBy.PERSON
    by_rules(raw)
    assert folders(raw)["a.png"] == "NG"


@pytest.mark.parametrize("policy", ["priority", "unanimous", "majority", "any:NG"])
def test_an_answer_outranks_rules_under_every_policy_and_a_rule_that_fails(raw: Path, policy: str) -> None:
    @labelkit.labeling_function(columns=["score"], priority=10**6)
    def fails(row: object) -> str:
        return {70: "NG", 90: "NG"}[getattr(row, "score")]  # noqa: B009 - rows have any attribute

    answers = held(raw, [("s1/b.png", "GO"), ("s1/c.png", "GO")])
    asked = {"metadata": "m.csv", "verdicts": answers, "rules": [fails], "rule": RULE, "policy": policy}
    result = labelkit.sort(raw, base_dir="base_dir", **asked)  # type: ignore[arg-type] # one dictionary
    assert {k: v for k, v in folders(raw).items() if k in {"b.png", "c.png"}} == {"b.png": "GO", "c.png": "GO"}
    assert result.sources[0].decided == 2


def test_answers_are_found_in_what_a_spreadsheet_gives_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["=1.png", "'q.png", "検査.png", "\t x.png", "s2/a.png", "a.png"]
    for name in names:
        image(tmp_path / "raw" / name)
    rows = [
        (cell(n), cell(str(tmp_path / "raw")), "x", "two\nlines", "n.g." if i else "NG ") for i, n in enumerate(names)
    ]
    for kind, (encoding, separator, strip) in enumerate(
        [("utf-8-sig", ",", False), ("cp932", ";", True), ("utf-16", "\t", True)]
    ):
        back = [[c.removeprefix("'") if strip else c for c in row] for row in rows]
        with Path(f"back{kind}.csv").open("w", encoding=encoding, newline="") as f:
            csv.writer(f, delimiter=separator).writerows([["File", "SOURCE", "state", "why", "Ｖerdict"], *back])  # noqa: RUF001 - a wide letter
        result = labelkit.sort(
            "raw", base_dir=f"base{kind}", verdicts=f"back{kind}.csv", classes=["GO", "NG"], dry_run=True
        )
        assert (result.labels, result.missing) == ({"NG": 6}, 0)
        assert f"back{kind}.csv: 5 verdicts read as NG: 'n.g.'" in result.said


def test_rows_without_a_source_find_their_images_as_metadata_does_and_missing_ones_are_told(raw: Path) -> None:
    write_table(raw.parent / "v.csv", ["Image", "Verdict"], [("s1\\a.png", "NG"), ("b.png", "NG"), ("gone.png", "GO")])
    write_table(raw.parent / "w.csv", ["file", "source", "verdict"], [("s1/a.png", "elsewhere", "NG")])
    result = by_verdicts(raw, "v.csv", "w.csv", classes=["GO", "NG"])
    assert folders(raw) == {"a.png": "NG", "b.png": "NG"}
    assert [(p.file, p.row) for p in result.problems if p.state == "missing"] == [
        ("gone.png", "v.csv:4"),
        ("s1/a.png", "w.csv:2"),
    ]
    assert result.missing == 2
    assert "v.csv: 2 verdicts (NG 2), 1 without its image" in result.said
    assert {p.why for p in result.problems if p.state == "abstained"} == {"no verdict on it"}


BAD = {
    "unknown": (
        [("s1/a.png", "GOO")],
        3,
        ["held.csv:2", "'GOO' is no label", "did you mean 'GO'", "--classes GO,NG,GOO"],
    ),
    "two unknown": ([("s1/a.png", "x"), ("s1/b.png", "y")], 3, ["neither are 'y'", "--classes GO,NG,x,y"]),
    "impossible": ([("s1/a.png", "a/b")], 3, ["held.csv:2", "cannot be one"]),
    "contradiction": (
        [("s1/a.png", "GO"), ("s1/b.png", ""), ("s1/a.png", "NG")],
        3,
        ["two answers about s1/a.png: held.csv:2 says GO, held.csv:4 says NG"],
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_an_answer_that_cannot_be_taken_stops_the_sort(raw: Path, case: str) -> None:
    by_rules(raw)
    rows, code, parts = BAD[case]
    before = read_tree(raw.parent / "base_dir")
    with pytest.raises(LabelkitError) as caught:
        by_verdicts(raw, held(raw, rows))
    assert caught.value.exit_code == code
    for part in parts:
        assert part in str(caught.value)
    assert read_tree(raw.parent / "base_dir") == before


def test_files_that_are_no_answers_stop_the_sort(raw: Path) -> None:
    write_table(raw.parent / "none.csv", ["file", "vredict"], [("s1/a.png", "GO")])
    write_table(raw.parent / "twice.csv", ["file", "verdict", "Verdict"], [("s1/a.png", "GO", "GO")])
    held(raw, [("s1/a.png", "GO")], "one.csv")
    held(raw, [("s1/a.png", "NG")], "two.csv")
    for files, message in (
        (["nowhere.csv"], "nowhere.csv: there is no such file of verdicts"),
        (["none.csv"], "has no column 'verdict'"),
        (["twice.csv"], "two columns are called 'verdict'"),
        (["one.csv", "two.csv"], "one.csv:2 says GO, two.csv:2 says NG"),
    ):
        with pytest.raises(LabelkitError, match=message) as caught:
            by_verdicts(raw, *files, classes=["GO", "NG"])
        assert caught.value.exit_code == 3
    assert not (raw.parent / "base_dir").exists()


def test_a_new_class_is_allowed_by_declaring_it_and_a_folder_is_a_label(raw: Path) -> None:
    by_rules(raw)
    (raw.parent / "base_dir" / "SCRATCH").mkdir()
    by_verdicts(
        raw, held(raw, [("s1/d.png", "scratch"), ("s1/e.png", "REWORK")]), classes=["GO", "NG", "SCRATCH", "REWORK"]
    )
    assert (folders(raw)["d.png"], folders(raw)["e.png"]) == ("SCRATCH", "REWORK")


def test_the_files_are_recorded_with_their_hash(raw: Path) -> None:
    by_verdicts(raw, held(raw, [("s1/d.png", "GO")]), classes=["GO", "NG"])
    ledger = open_ledger(raw.parent / "base_dir", create=False, read_only=True)
    [run] = ledger.runs()
    ledger.close()
    [file] = json.loads(run.arguments)["answers"]
    assert (file["file"], len(file["sha256"])) == ("held.csv", 64)


LETTERS = "abcde"


@given(
    thresholds=st.lists(st.sampled_from([75, 80, 88]), min_size=1, max_size=2),
    dragged=st.sets(st.sampled_from(LETTERS), max_size=2),
    answers=st.dictionaries(st.sampled_from(LETTERS), st.sampled_from(["GO", "NG", ""]), max_size=4),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_else_moves_when_only_answers_are_given(
    tmp_path_factory: pytest.TempPathFactory, thresholds: list[int], dragged: set[str], answers: dict[str, str]
) -> None:
    top = tmp_path_factory.mktemp("answers")
    raw = top / "raw"
    for name in LETTERS:
        image(raw / f"{name}.png", seed=ord(name))
    write_table(top / "m.csv", ["file", "score"], [("a.png", "90"), ("b.png", "85"), ("c.png", "70"), ("d.png", "")])
    for t in thresholds:
        rule = (f"score >= {t} -> GO", f"score < {t} -> NG")
        labelkit.sort(raw, base_dir=top / "base_dir", metadata=top / "m.csv", rule=rule, classes=["GO", "NG"])
    for name, here in folders(raw).items():
        if name[0] in dragged:
            drag(raw, name, here, "NG" if here == "GO" else "GO")
    before, decided = folders(raw), recorded(raw)
    table = held(raw, [(f"{name}.png", label) for name, label in sorted(answers.items())] or [("z.png", "")])
    result = by_verdicts(raw, str(top / table))
    expected = dict(before)
    for name, label in answers.items():
        if label and not (name in dragged and f"{name}.png" in before):
            expected[f"{name}.png"] = label
    assert folders(raw) == expected
    touched = {f"{n}.png" for n in [*(n for n, label in answers.items() if label), *dragged]}
    now = recorded(raw)
    assert {k: now[k] for k in now if k not in touched} == {k: decided[k] for k in decided if k not in touched}
    assert result.seen == 5 == sum(result.states.values())
    again = by_verdicts(raw, str(top / table))
    assert (again.done, again.relocated, again.withdrawn) == (0, 0, 0)
    shutil.rmtree(top)
