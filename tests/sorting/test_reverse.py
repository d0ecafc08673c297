from __future__ import annotations

import json
from dataclasses import replace

from labelkit.domain.decisions import ImageKey
from labelkit.domain.placing import Action, Change, Mode, Placement, RunRecord, Stamp, Step
from labelkit.domain.undo_result import Left
from labelkit.sorting.reverse import Reversal, There, reversals, step_back
from labelkit.sorting.run_groups import RunGroup, group_runs

A, B = ImageKey("/raw", "a.png"), ImageKey("/raw", "b.png")
SHA = "0" * 64
STAMP: Stamp = (4, 5, 6, 7)


def run(name: str, *, ended: bool = True, back: str = "", sources: str = "raw") -> RunRecord:
    arguments = json.dumps({"sources": [sources]})
    return RunRecord(name, "2026-01-02T03:04:05+00:00", Mode.COPY, arguments, "{}" if ended else "", back)


def change(name: str, image: ImageKey, before: str, target: str) -> Change:
    action = Action.PLACE if not before else Action.RELOCATE if target else Action.WITHDRAW
    return Change(name, image, action, before, target, Mode.COPY, SHA)


def ids(groups: list[RunGroup]) -> list[tuple[str, ...]]:
    return [g.ids for g in groups]


def test_killed_runs_belong_to_the_run_of_the_same_folders_that_follows() -> None:
    cut = [run("1"), run("2", ended=False), run("3", ended=False), run("4"), run("5", ended=False)]
    assert ids(group_runs(cut)) == [("1",), ("2", "3", "4"), ("5",)]
    assert ids(group_runs([run("1", ended=False), run("2", sources="other")])) == [("1",), ("2",)]
    assert ids(group_runs([run("1", ended=False), run("2", back="1"), run("3")])) == [("1",), ("3",)]
    assert ids(group_runs([replace(run("1", ended=False), arguments="?"), run("2")])) == [("1",), ("2",)]


def test_only_an_undo_that_ended_has_taken_a_sort_back() -> None:
    assert [g.undone_by for g in group_runs([run("1"), run("2", back="1", ended=False)])] == [""]
    assert [g.undone_by for g in group_runs([run("1"), run("2", back="1", ended=False), run("3", back="1")])] == ["3"]


def back(changes: list[Change], runs: list[RunRecord], name: str) -> dict[str, tuple[str, str, str]]:
    """What is to be taken back: image to (was, now, later)."""
    groups = group_runs(runs)
    sort = next(g for g in groups if name in g.ids)
    return {r.image.path: (r.was, r.now, r.later) for r in reversals(changes, groups, runs, sort)}


def test_only_the_last_change_of_an_image_can_be_taken_back() -> None:
    runs = [run("1"), run("2")]
    done = [change("1", A, "", "GO/a"), change("1", B, "", "GO/b"), change("2", A, "GO/a", "NG/a")]
    assert back(done, runs, "1") == {"a.png": ("", "", "2"), "b.png": ("", "GO/b", "")}
    assert back(done, runs, "2") == {"a.png": ("GO/a", "NG/a", "")}


def test_what_an_undo_has_done_already_is_not_done_again() -> None:
    runs = [run("1"), run("2"), run("3", back="2", ended=False)]
    done = [change("1", A, "", "GO/a"), change("2", A, "GO/a", "NG/a"), change("2", B, "", "NG/b")]
    done.append(change("3", A, "NG/a", "GO/a"))
    assert back(done, runs, "2") == {"b.png": ("", "NG/b", "")}
    assert back(done, runs, "1") == {"a.png": ("", "GO/a", "")}


def test_the_changes_of_a_killed_sort_and_of_its_successor_are_taken_back_in_one_step() -> None:
    runs = [run("1"), run("2", ended=False), run("3")]
    done = [change("1", A, "", "GO/a"), change("2", A, "GO/a", "NG/a"), change("3", A, "NG/a", "60/a")]
    assert back(done, runs, "3") == back(done, runs, "2") == {"a.png": ("GO/a", "60/a", "")}
    there_again = [*done[:2], change("3", A, "NG/a", "GO/a")]
    assert back(there_again, runs, "3") == {}
    assert back(there_again, runs, "1") == {"a.png": ("", "GO/a", "")}


def test_an_undo_that_could_only_park_an_image_leaves_it_to_the_next_one() -> None:
    runs = [run("1"), run("2"), run("3", back="2")]
    done = [change("1", A, "", "GO/a"), change("2", A, "GO/a", "NG/a"), change("3", A, "NG/a", "GO/.part")]
    assert back(done, runs, "2") == {"a.png": ("GO/a", "GO/.part", "")}


def reversal(was: str, now: str, later: str = "") -> Reversal:
    return Reversal(A, was, now, Mode.COPY, SHA, later)


def there(target: str = "", *, altered: str = "", source: bool = True) -> There:
    placement = Placement(A, target, Mode.COPY, SHA, STAMP, STAMP) if target else None
    return There(placement, altered, STAMP if source else None)


def test_each_change_has_its_step_back() -> None:
    assert step_back(reversal("", "GO/a"), there("GO/a")) == Step(Action.WITHDRAW, A, STAMP, before="GO/a", sha256=SHA)
    assert step_back(reversal("NG/a", "GO/a"), there("GO/a")) == Step(
        Action.RELOCATE, A, STAMP, target="NG/a", before="GO/a", sha256=SHA
    )
    assert step_back(reversal("NG/a", ""), there()) == Step(Action.PLACE, A, STAMP, target="NG/a", sha256=SHA)
    assert step_back(reversal("", "GO/a"), there("GO/renamed")) == Step(
        Action.WITHDRAW, A, STAMP, before="GO/renamed", sha256=SHA
    )


def test_what_is_there_already_needs_no_step() -> None:
    assert step_back(reversal("", "GO/a"), there()) is None
    assert step_back(reversal("GO/b", "GO/a"), there("GO/b")) is None


def test_what_is_left_says_why() -> None:
    def why(found: Step | Left | None) -> str:
        assert isinstance(found, Left)
        assert found.file == "a.png"
        return found.why

    assert "labelkit undo 9" in why(step_back(reversal("", "", "9"), there("GO/a")))
    assert why(step_back(reversal("", "GO/a"), there("NG/a"))) == "a person put it into NG: it stays there"
    assert why(step_back(reversal("NG/a", ""), there("GO/a"))) == "a person put it into GO: it stays there"
    assert (
        why(step_back(reversal("", "GO/a"), there("GO/a", altered="other content"))) == "other content; GO/a was left"
    )
    assert "not in its source either" in why(step_back(reversal("", "GO/a"), there(source=False)))
    assert why(step_back(reversal("NG/a", "GO/a"), there())) == "it is gone: it stood under GO/a"
    assert "its source is gone" in why(step_back(reversal("NG/a", ""), there(source=False)))
