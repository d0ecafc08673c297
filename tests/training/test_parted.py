"""A split that was made is kept to by both loaders, and by nothing but a word of the person gone round."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import labelkit
from labelkit.domain.dataset import Dataset
from labelkit.domain.errors import UsageError
from labelkit.domain.progress import NoProgress
from labelkit.domain.training import Loader, TrainingOptions
from labelkit.training.feed import make_feed
from labelkit.training.parted import find_parted, for_training
from labelkit.training.split import split
from tests.training.scenes import draw_set


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABELKIT_CACHE_DIR", str(tmp_path / "cache"))
    return draw_set(tmp_path / "set", {"GO": 20, "NG": 10}, side=24)


def names(base_dir: Path, part: str) -> set[str]:
    sequence = labelkit.ImageSequence.from_folder(base_dir, part=part)
    return {"/".join(Path(path).parts[-2:]) for path in sequence.paths}


def test_a_recorded_split_is_what_trains_and_validates(folder: Path) -> None:
    part_of = labelkit.split(folder, ratio="0.6,0.2,0.2").part_of
    dataset, told = for_training(find_parted(folder))
    learned, held = split(dataset, fraction=0.5, seed=3)
    assert {path for path, _ in learned.samples} == {p for p, part in part_of.items() if part == "train"}
    assert {path for path, _ in held.samples} == {p for p, part in part_of.items() if part == "validation"}
    assert told == "split as it stands: 18 to train, 6 to validate, 6 to test, kept aside"
    for part in ("train", "validation", "test"):
        assert names(folder, part) == {p for p, found in part_of.items() if found == part}


def test_an_image_without_a_part_is_refused_with_what_to_do(folder: Path) -> None:
    labelkit.split(folder)
    draw_set(folder.parent / "more", {"GO": 1}, seed=9, side=24)
    (folder.parent / "more" / "GO" / "000.png").rename(folder / "GO" / "late.png")
    with pytest.raises(UsageError, match=r"1 of 31 images are not in the recorded split, as GO/late.png") as e:
        find_parted(folder)
    assert "labelkit split" in e.value.remedy
    labelkit.split(folder)
    assert len(find_parted(folder)) == 31


def test_part_folders_are_read_part_by_part_by_both_loaders(folder: Path) -> None:
    to = folder.parent / "parts"
    part_of = labelkit.split(folder, ratio="0.6,0.2,0.2", to=to).part_of
    training, validation = labelkit.flow_from_directory(to, target_size=(32, 32))
    assert (training.samples, validation.samples) == (18, 6)
    assert training.class_indices == validation.class_indices == {"GO": 0, "NG": 1}
    assert set(validation.filenames) == {p for p, part in part_of.items() if part == "validation"}
    dataset, _ = for_training(find_parted(to))
    for loader in Loader:
        options = TrainingOptions(loader=loader, image_size=(32, 32), batch_size=8)
        feed = make_feed(
            dataset, options=options, class_mode=options.mode_for(dataset.class_map), progress=NoProgress(), threads=1
        )
        assert Counter(path.split("/")[0] for path, _ in feed.learned.samples) == {"train": 18}
        assert Counter(path.split("/")[0] for path, _ in feed.held.samples) == {"validation": 6}
    assert names(to, "test") == {p for p, part in part_of.items() if part == "test"}


def test_keras_own_split_is_refused_where_one_is_recorded(folder: Path) -> None:
    labelkit.split(folder)
    with pytest.raises(UsageError, match="would validate on the first images by name") as e:
        labelkit.flow_from_directory(folder)
    assert "--to parts" in e.value.remedy


def test_a_part_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(UsageError, match="has no recorded split"):
        labelkit.ImageSequence.from_folder(folder, part="train")
    labelkit.split(folder)
    with pytest.raises(UsageError, match="has no test part"):
        labelkit.ImageSequence.from_folder(folder, part="test")
    with pytest.raises(UsageError, match="no part 'val'"):
        labelkit.ImageSequence.from_folder(folder, part="val")


def test_train_keeps_groups_whole_without_recording_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for n, path in enumerate(sorted(folder.rglob("*.*"))):
        path.rename(path.with_name(f"lot{n % 5}_{path.name}"))
    before = sorted(folder.rglob("*"))
    with pytest.raises(UsageError, match="cannot keep groups whole"):
        labelkit.train(folder, loader="flow_from_directory", group_by="{lot}_*", out=folder.parent / "runs")
    given: list[Dataset] = []
    monkeypatch.setattr("labelkit.flows.train.train_on", lambda dataset, **_: given.append(dataset))
    labelkit.train(folder, group_by="{lot}_*", out=folder.parent / "runs")
    learned, held = split(given[0], fraction=0.2, seed=0)
    assert (len(learned), len(held)) == (24, 6)
    lots = [{Path(path).name[:4] for path, _ in side.samples} for side in (learned, held)]
    assert not lots[0] & lots[1]
    assert sorted(folder.rglob("*")) == before


def test_train_refuses_groups_that_the_recorded_split_tears(folder: Path) -> None:
    labelkit.split(folder, group_by="none")
    with pytest.raises(UsageError, match="its split parts 1 of these groups, as GO"):
        labelkit.train(folder, group_by="^(GO)", out=folder.parent / "runs")
