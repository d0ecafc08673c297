"""What a sort takes for its sources: folders, single images, and no file as two images."""

from __future__ import annotations

from pathlib import Path

import pytest

import labelkit
from labelkit.domain.errors import UsageError
from labelkit.domain.sort_result import SortResult
from tests.flows.scenes import image, read_tree, write_table


@pytest.fixture(autouse=True)
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two images in each of two folders, and their scores."""
    monkeypatch.chdir(tmp_path)
    for name in ("s1/a.png", "s1/b.png", "s2/a.png", "s2/c.png"):
        image(tmp_path / "raw" / name)
    scores = [("s1/a.png", "90"), ("s1/b.png", "70"), ("s2/a.png", "85"), ("s2/c.png", "60")]
    write_table(tmp_path / "m.csv", ["file", "score"], scores)
    return tmp_path / "raw"


def sort(*source: Path | str, rule: str = "score >= 80 -> GO", **more: object) -> SortResult:
    asked = {"metadata": "m.csv", "rule": [rule, "score < 80 -> NG"], "allow_missing": True, **more}
    return labelkit.sort(*source, **asked)  # type: ignore[arg-type] # one dictionary for all calls


def folders() -> dict[str, str]:
    paths = (p for p in read_tree(Path("base_dir")) if "/" in p)
    return {p.partition("/")[2]: p.partition("/")[0] for p in paths}


def test_single_images_are_sorted_alone_and_the_others_stay_as_they_are() -> None:
    sort("raw")
    result = sort("raw/s1/a.png", "raw/s2/c.png", rule="score >= 95 -> GO", metadata="m.csv")
    assert (result.seen, result.relocated, result.withdrawn) == (2, 0, 1)
    assert "raw/s1/a.png and 1 more: single images" in result.said
    assert "2 more in base_dir are in none of these sources and left as they are" in result.said
    assert sorted(folders().values()) == ["GO", "NG", "NG"]


def test_a_single_image_that_was_moved_is_seen_where_it_stands(raw: Path) -> None:
    first = sort("raw/s1/a.png", mode="move")
    assert (first.done, (raw / "s1" / "a.png").exists()) == (1, False)
    again = sort("raw/s1/a.png", mode="move")
    assert (again.seen, again.done, again.already) == (1, 0, 1)
    assert "raw/s1/a.png: a single image" in again.said
    with pytest.raises(UsageError, match="no such folder: raw/s1/gone"):
        sort("raw/s1/gone.png", mode="move")


def test_a_source_given_twice_is_one(raw: Path) -> None:
    result = sort("raw", "./raw/", raw, "raw/s1/a.png")
    assert (result.seen, result.done) == (4, 4)
    assert result.said[:2] == (f"{raw}: 4 images", "raw/s1/a.png: a single image")


def test_a_link_named_as_an_image_is_refused(raw: Path) -> None:
    Path("link.png").symlink_to(raw / "s1" / "a.png")
    with pytest.raises(UsageError, match="sources are read without following links"):
        sort("link.png")
    assert not Path("base_dir").exists()


@pytest.mark.parametrize(
    ("before", "then"), [(["raw"], ["raw/s1"]), (["raw/s1"], ["raw"]), (["raw/s2/c.png"], ["raw"])]
)
def test_no_file_becomes_two_images_from_one_sort_to_the_next(raw: Path, before: list[str], then: list[str]) -> None:
    sort(*before)
    stood = read_tree(Path("base_dir"))
    with pytest.raises(UsageError, match="stands in base_dir already, as one of") as caught:
        sort(*then, rule="score >= 0 -> NG")
    assert f"give {raw if before == ['raw'] else raw / before[0][4:6]} as before" in caught.value.remedy
    assert read_tree(Path("base_dir")) == stood


def test_nor_within_one(raw: Path) -> None:
    with pytest.raises(UsageError, match="lie in one another"):
        sort("raw/s1", "raw")
    (raw.parent / "raw2").mkdir()
    image(raw.parent / "raw2" / "s1" / "d.png")
    assert sort("raw", "raw2").seen == 5
