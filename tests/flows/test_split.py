"""`labelkit split` on real folders: recorded, stable, honoured; part folders by links; nothing lost or overwritten."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import labelkit
from labelkit.domain.errors import DataError, StorageError, UsageError
from labelkit.domain.placing import Mode, Plan, StepReceipt
from labelkit.domain.split import LEFT_OUT, SplitResult
from labelkit.storage.ledger import Ledger
from labelkit.storage.lock import exclusive
from labelkit.storage.split_record import recorded_split
from labelkit.storage.transfer import execute
from tests.flows.scenes import grainy, read_tree, write_table


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELKIT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Class folders that are nobody's: 6 lots of 4 GO and 2 NG each, `lot0_003_cam1.png`."""
    for lot in range(6):
        add_lot(tmp_path / "set", lot)
    return tmp_path / "set"


def add_lot(root: Path, lot: int) -> None:
    for n in range(6):
        grainy(root / ("GO" if n < 4 else "NG") / f"lot{lot}_{n:03}.png", seed=100 * lot + n)


@pytest.fixture
def sorted_dir(tmp_path: Path) -> Path:
    """A base_dir that sort filled from 48 images with lot and serial in their rows."""
    rows = []
    for n in range(48):
        grainy(tmp_path / "raw" / f"{n}.png", seed=n)
        rows.append((f"{n}.png", str(n), "NG" if n % 4 < 2 else "GO", "ABCDEF"[n // 8], str(n // 2)))
    table = write_table(tmp_path / "m.csv", ["file", "score", "verdict", "lot", "serial"], rows)
    labelkit.sort(tmp_path / "raw", base_dir=tmp_path / "base", metadata=table, label_column="verdict")
    return tmp_path / "base"


def lots_of(result: SplitResult) -> dict[str, set[str]]:
    """Lot to the parts that it lies in, by the names of `folder`."""
    found: dict[str, set[str]] = {}
    for path, part in result.part_of.items():
        found.setdefault(path.partition("/")[2].partition("_")[0], set()).add(part)
    return found


def test_a_folder_that_is_nobodys_keeps_its_split_in_a_table(folder: Path) -> None:
    before = read_tree(folder)
    result = labelkit.split(folder)
    assert {len(parts) for parts in lots_of(result).values()} == {1}
    assert {s.part: dict(s.classes) for s in result.sides} == {
        "train": {"GO": 20, "NG": 10},
        "validation": {"GO": 4, "NG": 2},
    }
    assert "lot in file names" in result.grouping.by
    after = read_tree(folder)
    assert after.pop("split.csv")
    assert after == before
    assert (folder / "split.csv").read_text().splitlines()[0] == "part,file,label,group,sha256"


def test_a_dry_run_writes_nothing_and_shows_what_the_run_does(folder: Path) -> None:
    before = read_tree(folder.parent)
    shown = labelkit.split(folder, dry_run=True, to=folder.parent / "parts")
    assert read_tree(folder.parent) == before
    assert shown.placed is not None
    assert (shown.placed.planned, shown.placed.done) == (36, 0)
    done = labelkit.split(folder, to=folder.parent / "parts")
    assert done.part_of == shown.part_of
    assert done.placed is not None
    assert done.placed.done == 36


def test_the_ledger_keeps_the_split_of_a_sorted_folder(sorted_dir: Path) -> None:
    result = labelkit.split(sorted_dir, ratio=(0.6, 0.2, 0.2), group_by="lot")
    assert result.recorded_in == str(sorted_dir / "labelkit.db")
    assert not (sorted_dir / "split.csv").exists()
    assert {a.path: a.part for a in recorded_split(sorted_dir)} == result.part_of
    assert labelkit.verify(sorted_dir).exit_code == 0
    again = labelkit.split(sorted_dir, group_by="lot")
    assert (again.part_of, again.new) == (result.part_of, frozenset())
    assert len(recorded_split(sorted_dir)) == 48


def test_images_keep_their_part_when_they_are_renamed_relabeled_removed_and_brought_back(folder: Path) -> None:
    first = labelkit.split(folder)
    gone = (folder / "GO" / "lot0_000.png").rename(folder.parent / "away.png")
    (folder / "GO" / "lot1_000.png").rename(folder / "NG" / "lot1_000.png")
    (folder / "GO" / "lot2_000.png").rename(folder / "GO" / "other.png")
    add_lot(folder, 6)
    second = labelkit.split(folder)
    third_lot = second.part_of["GO/lot6_000.png"]
    assert all(second.part_of[f"GO/lot6_00{n}.png"] == third_lot for n in range(4))
    assert second.part_of["NG/lot1_000.png"] == first.part_of["GO/lot1_000.png"]
    assert second.part_of["GO/other.png"] == first.part_of["GO/lot2_000.png"]
    gone.rename(folder / "GO" / "lot0_000.png")
    third = labelkit.split(folder)
    assert third.part_of["GO/lot0_000.png"] == first.part_of["GO/lot0_000.png"]
    assert third.part_of | second.part_of == third.part_of


def test_a_new_image_of_a_lot_whose_images_are_gone_still_joins_its_lot(folder: Path) -> None:
    first = labelkit.split(folder, group_by="{lot}_*")
    lot = next(a.group for a in first.assigned if a.part == "train").removeprefix("lot=")
    for path in sorted(folder.rglob(f"{lot}_*")):
        path.unlink()
    grainy(folder / "GO" / f"{lot}_999.png", seed=9999)
    second = labelkit.split(folder, group_by="{lot}_*")
    assert second.part_of == {
        **{path: part for path, part in first.part_of.items() if f"/{lot}_" not in path},
        f"GO/{lot}_999.png": "train",
    }


def test_a_side_that_lost_all_images_of_a_class_is_refused(folder: Path) -> None:
    first = labelkit.split(folder)
    for path, part in first.part_of.items():
        if part == "validation" and path.startswith("NG/"):
            (folder / path).unlink()
    with pytest.raises(UsageError, match=r"class 'NG' would have no image to validate on: its 10 images are on the"):
        labelkit.split(folder)


def test_copies_go_to_one_side_whatever_their_groups(folder: Path) -> None:
    for lot in (0, 5):
        shutil.copy(folder / "GO" / "lot0_000.png", folder / "GO" / f"lot{lot}_copy.png")
    result = labelkit.split(folder)
    assert result.part_of["GO/lot0_copy.png"] == result.part_of["GO/lot5_copy.png"] == result.part_of["GO/lot5_000.png"]


def test_a_guess_that_cannot_be_kept_whole_gives_way_and_says_so(tmp_path: Path) -> None:
    for lot in range(2):
        for n in range(10):
            label = ("GO", "NG")[lot]
            grainy(tmp_path / "set" / label / f"lot{lot}_{n:03}.png", seed=10 * lot + n)
    result = labelkit.split(tmp_path / "set", dry_run=True)
    assert not result.grouping.by
    assert any("lot in file names cannot be kept whole: class 'GO'" in line for line in result.grouping.said)
    with pytest.raises(UsageError, match="class 'GO' would have no image"):
        labelkit.split(tmp_path / "set", group_by="{lot}_*")


def test_columns_of_a_given_table_and_unknown_ones(sorted_dir: Path) -> None:
    table = sorted_dir.parent / "m.csv"
    result = labelkit.split(sorted_dir, group_by="serial", metadata=table, dry_run=True)
    assert len(result.grouping.sizes) == 24
    with pytest.raises(UsageError, match="the ledger has no such column") as e:
        labelkit.split(sorted_dir, group_by="lots")
    assert "did you mean 'lot'?" in e.value.remedy


def test_somebody_elses_table_is_left_and_a_broken_line_is_named(folder: Path) -> None:
    theirs = folder / "split.csv"
    theirs.write_text("id,fold\n1,train\n")
    with pytest.raises(UsageError, match=r"not one of labelkit's"):
        labelkit.split(folder)
    assert theirs.read_text() == "id,fold\n1,train\n"
    theirs.unlink()
    labelkit.split(folder)
    theirs.write_text(theirs.read_text().replace("train,", "trian,", 1))
    with pytest.raises(DataError, match="saw trian") as e:
        labelkit.split(folder)
    assert "split.csv:" in e.value.place


def test_hostile_names_come_back_from_the_table(folder: Path) -> None:
    names = ["=cmd().png", 'a,b"c.png', "line\nbreak.png", os.fsdecode(b"\xff\xfe.png"), "検査.png"]
    for n, name in enumerate(names):
        grainy(folder / "GO" / name, seed=5000 + n)
    result = labelkit.split(folder, group_by="none")
    assert labelkit.split(folder, group_by="none").new == frozenset()
    assert {a.path: a.part for a in recorded_split(folder)} == result.part_of


def parts_in(to: Path) -> dict[str, str]:
    """`class/name` to its part, as it stands on disk."""
    files = [p.relative_to(to).as_posix().split("/", 1) for p in to.rglob("*.png")]
    return {path: part for part, path in files}


def test_part_folders_hold_the_very_files_by_hard_links(folder: Path) -> None:
    to = folder.parent / "parts"
    result = labelkit.split(folder, to=to)
    assert result.placed is not None
    assert result.placed.mode == "hardlink"
    assert parts_in(to) == result.part_of
    assert all((to / part / path).samefile(folder / path) for path, part in result.part_of.items())
    again = labelkit.split(folder, to=to)
    assert again.placed is not None
    assert (again.placed.done, again.placed.already) == (0, 36)


def test_a_split_that_was_cut_off_while_placing_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    to = folder.parent / "parts"

    def cut_off(plan: Plan, ledger: Ledger, *, run_id: str) -> Iterator[StepReceipt]:
        for n, receipt in enumerate(execute(plan, ledger, run_id=run_id, batch=5)):
            if n == 7:
                raise KeyboardInterrupt
            yield receipt

    monkeypatch.setattr("labelkit.flows.split_place.execute", cut_off)
    with pytest.raises(KeyboardInterrupt):
        labelkit.split(folder, to=to)
    monkeypatch.setattr("labelkit.flows.split_place.execute", execute)
    assert 0 < len(parts_in(to)) < len(recorded_split(folder))
    result = labelkit.split(folder, to=to)
    assert parts_in(to) == result.part_of
    assert not list(to.rglob("*.part"))


def test_part_folders_follow_a_changed_label_and_leave_what_is_gone(folder: Path) -> None:
    to = folder.parent / "parts"
    labelkit.split(folder, to=to)
    (folder / "GO" / "lot1_000.png").rename(folder / "NG" / "lot1_000.png")
    (folder / "GO" / "lot2_000.png").unlink()
    foreign = grainy(to / "train" / "GO" / "mine.png", seed=777)
    result = labelkit.split(folder, to=to)
    assert result.placed is not None
    part = result.part_of["NG/lot1_000.png"]
    assert (to / part / "NG" / "lot1_000.png").exists()
    assert not (to / part / "GO" / "lot1_000.png").exists()
    assert [path.partition("/")[2] for path in result.placed.stale] == ["GO/lot2_000.png"]
    assert foreign.exists()
    assert not (folder / "GO" / "lot2_000.png").exists()
    assert not (folder / "GO" / "lot1_000.png").exists()


def test_a_split_that_was_thrown_away_leaves_nothing_on_two_sides(folder: Path) -> None:
    to = folder.parent / "parts"
    first = labelkit.split(folder, ratio="0.5,0.3,0.2", to=to)
    (folder / "split.csv").unlink()
    second = labelkit.split(folder, ratio="0.5,0.5", seed=3, to=to)
    assert second.part_of != first.part_of
    assert second.placed is not None
    assert second.placed.failed == ()
    assert parts_in(to) == second.part_of
    assert len(list(to.rglob("*.png"))) == len(list(folder.rglob("*.png"))) == 36


def test_nothing_is_overwritten_in_part_folders(folder: Path) -> None:
    to = folder.parent / "parts"
    shown = labelkit.split(folder, dry_run=True)
    path, part = next(iter(shown.part_of.items()))
    theirs = to / part / path
    grainy(theirs, seed=31337)
    before = theirs.read_bytes()
    result = labelkit.split(folder, to=to)
    assert theirs.read_bytes() == before
    assert result.placed is not None
    assert result.placed.done == 36


def test_links_that_cannot_be_made_give_way_with_a_word(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(plan: Plan) -> None:
        if plan.mode is Mode.HARDLINK:
            raise StorageError("no hard links can be made here: not supported")

    monkeypatch.setattr("labelkit.flows.split_place.try_links", refuse)
    result = labelkit.split(folder, to=folder.parent / "parts")
    assert result.placed is not None
    assert (result.placed.mode, result.placed.why) == ("symlink", "no hard links can be made here: not supported")
    assert all(p.is_symlink() for p in (folder.parent / "parts").rglob("*.png"))
    with pytest.raises(StorageError, match="no hard links"):
        labelkit.split(folder, to=folder.parent / "others", mode="hardlink")


@pytest.mark.parametrize("where", ["set/parts", "set", "."])
def test_part_folders_never_stand_in_class_folders(folder: Path, where: str) -> None:
    to = folder.parent / where
    before = read_tree(folder)
    if where == ".":
        folder = folder.rename(folder.parent / "train")
    with pytest.raises(UsageError, match="--to"):
        labelkit.split(folder, to=to)
    assert read_tree(folder) == before


def test_originals_that_sort_never_placed_can_be_split_and_placed(sorted_dir: Path, tmp_path: Path) -> None:
    base = tmp_path / "none"
    rule = ["score < 24 -> GO", "score >= 24 -> NG"]
    labelkit.sort(tmp_path / "raw", base_dir=base, metadata=tmp_path / "m.csv", rule=rule, mode="none")
    result = labelkit.split(base, group_by="serial", to=tmp_path / "parts")
    assert len(result.assigned) == 48
    assert len(parts_in(tmp_path / "parts")) == 48
    assert sorted_dir.exists()


def test_part_folders_are_not_split_again(folder: Path) -> None:
    labelkit.split(folder, to=folder.parent / "parts")
    with pytest.raises(UsageError, match="holds the part folders train, validation"):
        labelkit.split(folder.parent / "parts")


def test_a_folder_that_is_at_work_is_left_alone(sorted_dir: Path) -> None:
    with exclusive(sorted_dir, run_id="other"), pytest.raises(StorageError):
        labelkit.split(sorted_dir)
    assert recorded_split(sorted_dir) == ()


def test_an_image_that_cannot_be_read_has_no_part(folder: Path) -> None:
    (folder / "GO" / "broken.png").write_bytes(b"no picture")
    result = labelkit.split(folder)
    assert result.unreadable == ("GO/broken.png",)
    assert "GO/broken.png" not in result.part_of


def test_a_left_out_image_is_told_and_on_no_side(folder: Path) -> None:
    first = labelkit.split(folder, group_by="none")
    two = {part: next(p for p, found in first.part_of.items() if found == part) for part in ("train", "validation")}
    names = dict.fromkeys(two.values(), "X")
    table = write_table(folder.parent / "t.csv", ["file", "lot"], [*names.items(), ("GO/new.png", "X")])
    grainy(folder / "GO" / "new.png", seed=4242)
    result = labelkit.split(folder, group_by="lot", metadata=table, to=folder.parent / "parts")
    assert result.part_of["GO/new.png"] == LEFT_OUT
    assert result.torn == ("lot=X",)
    assert not list((folder.parent / "parts").rglob("new.png"))
