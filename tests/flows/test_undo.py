from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import labelkit
from labelkit.domain.decisions import DecidedBy, ImageKey
from labelkit.domain.errors import StorageError, UsageError
from labelkit.domain.placing import Action, Placement, Plan, StepReceipt
from labelkit.domain.undo_result import UndoResult
from labelkit.flows import sort_record
from labelkit.flows.undo import runs_in
from labelkit.storage.ledger import Ledger
from labelkit.storage.lock import exclusive
from labelkit.storage.transfer import execute
from tests.flows.scenes import contents
from tests.flows.undo_scenes import FILES, Line
from tests.storage.scenes import read

MODES = ["copy", "hardlink", "symlink", "move"]


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path)


def done(result: UndoResult) -> tuple[int, int, int]:
    """(withdrawn, relocated, placed)."""
    return (result.done[Action.WITHDRAW], result.done[Action.RELOCATE], result.done[Action.PLACE])


@pytest.mark.parametrize("mode", MODES)
def test_each_sort_leads_back_to_the_tree_and_the_decisions_before_it(line: Line, mode: str) -> None:
    untouched = {p: p.stat().st_mtime_ns for p in sorted(line.raw.rglob("*.png"))}
    first = line.sort(80, mode)
    after_first, decided = line.tree(), line.decisions()
    second = line.sort(101, mode)
    assert min(second.done, second.relocated, second.withdrawn) >= 1
    back = line.undo()
    assert (back.takes_back, back.left, back.exit_code) == (second.run, (), 0)
    assert done(back) == (second.done, second.relocated, second.withdrawn)
    assert line.tree() == after_first
    assert line.decisions() == decided
    assert done(line.undo(first.run)) == (4, 0, 0)
    assert read(line.raw) == FILES
    assert line.classes() == {}
    assert line.decisions() == {}
    assert {p: p.stat().st_mtime_ns for p in untouched} == untouched


def test_a_second_undo_takes_no_other_run_back(line: Line) -> None:
    first, second = line.sort(80), line.sort(101)
    line.undo()
    tree, runs = line.tree(), line.runs()
    again = line.undo()
    assert (again.already, again.takes_back, again.before, again.exit_code) == (True, second.run, first.run, 0)
    assert (line.tree(), line.runs()) == (tree, runs)


def test_sorting_again_after_an_undo_gives_the_same_tree(line: Line) -> None:
    line.sort(80)
    tree, decided = line.tree(), line.decisions()
    line.undo()
    line.sort(80)
    assert (line.tree(), line.decisions()) == (tree, decided)


def test_a_sort_that_moved_nothing_takes_only_its_decisions_back(line: Line) -> None:
    line.sort(80)
    tree, decided = line.tree(), line.decisions()
    labelkit.sort(line.raw, base_dir=line.base_dir, metadata=line.table, rule="score < 1000 -> NG", mode="none")
    assert all(d.label == "NG" for d in line.decisions().values())
    line.undo()
    assert (line.tree(), line.decisions()) == (tree, decided)


def test_where_nothing_is_placed_only_decisions_are_taken_back(line: Line) -> None:
    line.sort(80, "none")
    assert line.decisions()
    result = line.undo()
    assert (result.planned, result.exit_code) == (0, 0)
    assert line.decisions() == {}


def test_a_dry_run_shows_the_plan_and_writes_nothing(line: Line) -> None:
    line.sort(80)
    line.sort(101)
    ledger = (line.base_dir / "labelkit.db").read_bytes()
    tree = line.tree()
    shown = labelkit.undo(base_dir=line.base_dir, dry_run=True)
    assert (line.tree(), (line.base_dir / "labelkit.db").read_bytes()) == (tree, ledger)
    assert (shown.run, shown.dry_run, shown.done) == ("", True, {})
    assert line.undo().steps == shown.steps


# What is left


def left(result: UndoResult) -> dict[str, str]:
    assert result.exit_code == 4
    return {x.file: x.why for x in result.left}


def test_what_a_later_sort_changed_waits_for_that_sort(line: Line) -> None:
    first, second = line.sort(80), line.sort(101)
    why = f"run {second.run} changed it since; take that back first: labelkit undo {second.run}"
    assert left(line.undo(first.run)) == {"s1/1.png": why, "s1/2.png": why}
    assert sorted(line.classes()) == ["NG/1.png", "NG/2.png", "NG/3.png"]
    assert line.undo(second.run).left == ()
    assert line.undo(first.run).left == ()
    assert (line.classes(), read(line.raw)) == ({}, FILES)


@pytest.mark.parametrize("mode", MODES)
def test_a_file_that_a_person_dragged_stays_their_decision(line: Line, mode: str) -> None:
    first = line.sort(80, mode)
    (line.base_dir / "GO/1.png").rename(line.base_dir / "NG/1.png")
    assert left(line.undo()) == {"s1/1.png": "a person put it into NG: it stays there"}
    assert list(line.classes()) == ["NG/1.png"]
    decided = line.decisions()
    assert {(n, d.label, d.by) for n, d in decided.items()} == {("s1/1.png", "NG", DecidedBy.PERSON)}
    again = line.undo(first.run)
    assert (again.already, again.exit_code, [x.file for x in again.left]) == (True, 0, ["s1/1.png"])
    assert line.sort(80, mode).stays == (("s1/1.png", "NG"),)
    assert "NG/1.png" in line.classes()


def test_a_file_that_a_person_renamed_in_its_class_goes_back_all_the_same(line: Line) -> None:
    line.sort(80, "move")
    (line.base_dir / "GO/1.png").rename(line.base_dir / "GO/the one with the scratch.png")
    assert line.undo().left == ()
    assert (line.classes(), read(line.raw)) == ({}, FILES)


@pytest.mark.parametrize("mode", ["copy", "move"])
def test_an_altered_file_is_left_and_taken_once_it_is_put_right(line: Line, mode: str) -> None:
    first = line.sort(80, mode)
    placed = line.base_dir / "GO/1.png"
    good = placed.read_bytes()
    placed.write_bytes(b"drawn over")
    told = left(line.undo())
    assert list(told) == ["s1/1.png"]
    assert told["s1/1.png"] == f"it was altered: 10 bytes instead of {len(good):,}; GO/1.png was left"
    assert line.classes() == {"GO/1.png": b"drawn over"}
    placed.write_bytes(good)
    assert done(line.undo(first.run)) == (1, 0, 0)
    assert (line.classes(), read(line.raw)) == ({}, FILES)


def test_links_that_are_no_longer_ours_are_left(line: Line) -> None:
    line.sort(80, "symlink")
    (line.base_dir / "GO/1.png").unlink()
    (line.base_dir / "GO/1.png").symlink_to("2.png")
    (line.base_dir / "NG/4.png").unlink()
    (line.base_dir / "NG/4.png").write_bytes(b"a file of its own")
    assert left(line.undo()) == {
        "s1/1.png": "the link leads elsewhere: to 2.png; GO/1.png was left",
        "s2/4.png": "a file stands there instead of a link; NG/4.png was left",
    }


def test_a_link_whose_source_is_gone_goes(line: Line) -> None:
    line.sort(80, "symlink")
    (line.raw / "s1/1.png").unlink()
    assert line.undo().left == ()
    assert line.classes() == {}


def test_a_placed_file_that_is_gone_is_told_only_when_nothing_is_left_of_it(line: Line) -> None:
    line.sort(80, "copy")
    (line.base_dir / "GO/1.png").unlink()
    assert line.undo().left == ()
    line.sort(80, "move")
    (line.base_dir / "GO/1.png").unlink()
    assert left(line.undo()) == {"s1/1.png": "it is gone: it stood under GO/1.png, and is not in its source either"}
    assert read(line.raw) == {n: c for n, c in FILES.items() if n != "s1/1.png"}


def test_a_moved_file_whose_source_name_is_taken_is_left_until_it_is_free(line: Line) -> None:
    first = line.sort(80, "move")
    (line.raw / "s1/1.png").write_bytes(b"a newcomer")
    told = left(line.undo())
    assert list(told) == ["s1/1.png"]
    assert "source holds something else now" in told["s1/1.png"]
    assert line.classes() == {"GO/1.png": FILES["s1/1.png"]}
    assert (line.raw / "s1/1.png").read_bytes() == b"a newcomer"
    (line.raw / "s1/1.png").unlink()
    assert line.undo(first.run).left == ()
    assert (line.classes(), read(line.raw)) == ({}, FILES)


def test_when_the_source_folder_is_gone_nothing_goes(line: Line) -> None:
    line.sort(80, "move")
    tree = line.classes()
    shutil.rmtree(line.raw)
    told = left(line.undo())
    assert len(told) == 4
    assert all("its source folder" in why and "is not there" in why for why in told.values())
    assert line.classes() == tree


@pytest.mark.parametrize("mode", ["copy", "hardlink"])
def test_the_last_copy_goes_back_to_its_source(line: Line, mode: str) -> None:
    line.sort(80, mode)
    (line.raw / "s1/1.png").unlink()
    assert line.undo().left == ()
    assert (line.classes(), read(line.raw)) == ({}, FILES)


def test_a_source_that_has_become_the_class_folder_itself_costs_no_file(line: Line) -> None:
    """Someone who thinks that the copies are the originals now lets the source lead to them."""
    line.sort(80, "copy")
    shutil.rmtree(line.raw / "s1")
    (line.raw / "s1").symlink_to(line.base_dir / "GO", target_is_directory=True)
    told = left(line.undo())
    assert set(told) == {"s1/1.png", "s1/2.png"}
    assert line.classes() == {"GO/1.png": FILES["s1/1.png"], "GO/2.png": FILES["s1/2.png"]}


def test_what_cannot_be_placed_again_is_told(line: Line) -> None:
    line.sort(80, "copy")
    second = line.sort(101, "copy")  # takes s1/1.png out of GO, and s1/2.png from GO to NG
    (line.raw / "s1/1.png").write_bytes(b"written over since")
    (line.base_dir / "GO").mkdir()
    (line.base_dir / "GO/2.png").write_bytes(b"somebody else's")
    assert left(line.undo()) == {
        "s1/1.png": "its source holds something else now: it was not placed under GO/1.png again",
        "s1/2.png": "something else stands under GO/2.png; both were left as they are",
    }
    assert line.classes()["GO/2.png"] == b"somebody else's"
    (line.base_dir / "GO/2.png").unlink()
    (line.raw / "s1/1.png").unlink()
    assert left(line.undo(second.run)) == {"s1/1.png": "its source is gone: it cannot be placed under GO/1.png again"}
    assert line.classes()["GO/2.png"] == FILES["s1/2.png"]


# Killed sorts


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let sorts end after so many steps, one step a batch; 0 lets them end by themselves again."""

    def after(steps: int) -> None:
        def some(
            plan: Plan,
            ledger: Ledger,
            *,
            run_id: str,
            records: Mapping[ImageKey, Placement] | None,
            jobs: int,
            beforehand: Callable[[], None],
        ) -> Iterator[StepReceipt]:
            with closing(
                execute(plan, ledger, run_id=run_id, records=records, batch=1, jobs=jobs, beforehand=beforehand)
            ) as receipts:
                for n, receipt in enumerate(receipts, 1):
                    yield receipt
                    if n == steps:
                        raise KeyboardInterrupt

        monkeypatch.setattr(sort_record, "execute", some if steps else execute)

    return after


@pytest.mark.parametrize("mode", ["copy", "move"])
def test_a_killed_sort_and_the_one_that_went_on_are_one(line: Line, killed: Callable[[int], None], mode: str) -> None:
    line.sort(80, mode)
    tree, decided = line.tree(), line.decisions()
    for steps in (1, 2):
        killed(steps)
        with pytest.raises(KeyboardInterrupt):
            line.sort(101, mode)
    killed(0)
    last = line.sort(101, mode)
    back = line.undo()
    assert (back.takes_back, len(back.killed), back.left) == (last.run, 2, ())
    assert (line.tree(), line.decisions()) == (tree, decided)
    assert line.undo().already
    assert line.undo(back.killed[0]).takes_back == last.run


def test_a_sort_that_was_killed_and_left_alone_is_taken_back_as_far_as_it_came(
    line: Line, killed: Callable[[int], None]
) -> None:
    killed(2)
    with pytest.raises(KeyboardInterrupt):
        line.sort(80)
    assert len(line.classes()) == 2
    assert done(line.undo()) == (2, 0, 0)
    assert (line.classes(), line.decisions()) == ({}, {})


def test_a_killed_sort_of_another_folder_is_another_sort(
    line: Line, killed: Callable[[int], None], tmp_path: Path
) -> None:
    shutil.copytree(line.raw, tmp_path / "other")
    killed(2)
    with pytest.raises(KeyboardInterrupt):
        labelkit.sort(tmp_path / "other", base_dir=line.base_dir, metadata=line.table, rule="score > 0 -> GO")
    killed(0)
    there = line.classes()
    line.sort(80)
    assert line.undo().killed == ()
    assert line.classes() == there


def test_two_sorts_of_equal_images_never_share_a_file_so_one_can_go(line: Line, tmp_path: Path) -> None:
    shutil.copytree(line.raw, tmp_path / "other")
    line.sort(80, "move")
    there = line.classes()
    labelkit.sort(tmp_path / "other", base_dir=line.base_dir, metadata=line.table, rule="score > 0 -> GO", mode="move")
    assert len(line.classes()) == len(there) + len(FILES)
    assert line.undo().left == ()
    assert (line.classes(), read(tmp_path / "other")) == (there, FILES)
    assert labelkit.verify(line.base_dir).exit_code == 0


# Refusals


def test_an_unknown_run_is_refused_with_those_that_are_known(line: Line) -> None:
    run = line.sort(80).run
    with pytest.raises(UsageError, match=rf"no run 'x{run[1:]}'(?s:.*)did you mean '{run}'(?s:.*)labelkit undo --list"):
        line.undo(f"x{run[1:]}")


def test_an_undo_is_not_undone(line: Line) -> None:
    line.sort(80)
    back = line.undo()
    with pytest.raises(UsageError, match=r"is itself an undo(?s:.*)sort again"):
        line.undo(back.run)


def test_without_a_ledger_it_says_what_writes_one(line: Line) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        line.undo()
    line.base_dir.mkdir()
    with pytest.raises(UsageError, match=r"no ledger(?s:.*)labelkit sort writes one"):
        line.undo()
    assert list(line.base_dir.iterdir()) == []


def test_one_at_a_time(line: Line) -> None:
    line.sort(80)
    with exclusive(line.base_dir), pytest.raises(StorageError, match="another labelkit is at work here"):
        line.undo()


def test_the_list_tells_each_run(line: Line) -> None:
    first, second = line.sort(80), line.sort(101)
    back = line.undo()
    told = [
        (r.run, r.placed, r.relocated, r.withdrawn, r.takes_back, r.taken_back_by) for r in runs_in(line.base_dir).runs
    ]
    assert told == [
        (first.run, 4, 0, 0, "", ""),
        (second.run, 2, 1, 1, "", back.run),
        (back.run, 1, 1, 2, second.run, ""),
    ]


# Anything, in any order

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("sort"), st.integers(0, 8).map(lambda n: 30 + 10 * n), st.sampled_from(MODES)),
        st.tuples(st.just("drag"), st.integers(0, 5), st.sampled_from(["GO", "NG"])),
        st.tuples(st.just("undo"), st.integers(0, 9), st.just("")),
    ),
    min_size=2,
    max_size=8,
)


@given(STEPS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_lost_in_any_order_of_sorts_drags_and_undos(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, str]]
) -> None:
    line = Line(tmp_path_factory.mktemp("line"))
    for what, n, word in steps:
        if what == "sort":
            line.sort(n, word)
        elif what == "drag":
            drag(line, n, word)
        elif line.base_dir.exists():
            runs = [r.id for r in line.runs() if not r.takes_back]
            line.undo(runs[n % len(runs)])
        assert contents(line.raw, line.base_dir) >= ALL
        assert not [name for name in line.classes() if name.endswith(".part")]


ALL = {hashlib.sha256(content).hexdigest() for content in FILES.values()}


def drag(line: Line, n: int, label: str) -> None:
    """Put the n-th file of the class folders into a class, as a person would."""
    there = [name for name in line.classes() if "/" in name]
    if there:
        source = line.base_dir / there[n % len(there)]
        target = line.base_dir / label / source.name
        target.parent.mkdir(exist_ok=True)
        if not target.exists():
            source.rename(target)


@given(st.lists(st.integers(0, 8).map(lambda n: 30 + 10 * n), min_size=2, max_size=5), st.sampled_from(MODES))
@settings(max_examples=25, deadline=None)
def test_undone_newest_first_each_earlier_tree_comes_back(
    tmp_path_factory: pytest.TempPathFactory, thresholds: list[int], mode: str
) -> None:
    line = Line(tmp_path_factory.mktemp("line"))
    trees, runs = [line.tree()], []
    for threshold in thresholds:
        runs.append(line.sort(threshold, mode).run)
        trees.append(line.tree())
    for run, before in zip(reversed(runs), reversed(trees[:-1]), strict=True):
        result = line.undo(run)
        assert (result.left, line.tree()) == ((), before)
    assert line.decisions() == {}
