"""Sorting again with links: a link shows its source as it is by now; one that was parted from it is compared."""

from __future__ import annotations

from pathlib import Path

import pytest

import labelkit
from labelkit.domain.sort_result import SortResult
from labelkit.storage import hashing
from labelkit.storage.folders import Entry
from tests.flows.scenes import contents, image, write_table


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Three images in two folders, and their scores."""
    rows = [("a/1.png", "90"), ("a/2.png", "10"), ("b/1.png", "90")]
    for name, _ in rows:
        image(tmp_path / "raw" / name)
    write_table(tmp_path / "m.csv", ["file", "score"], rows)
    return tmp_path / "raw"


def sort(raw: Path, mode: str, threshold: int = 80) -> SortResult:
    rules = [f"score >= {threshold} -> GO", f"score < {threshold} -> NG"]
    base_dir = raw.parent / "base_dir"
    return labelkit.sort(raw, metadata=raw.parent / "m.csv", base_dir=base_dir, rule=rules, mode=mode, jobs=1)


def saved_anew(path: Path, seed: int) -> None:
    """As editors save: a new file takes the name."""
    image(path.with_name("new"), seed=seed).replace(path)


@pytest.mark.parametrize("mode", ["hardlink", "symlink"])
def test_only_images_whose_names_meet_are_read(raw: Path, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    """a/1.png and b/1.png meet in GO; a/2.png is never opened for its bytes, in no run."""
    read: list[str] = []
    real = hashing.content_of

    def content_of(entry: Entry) -> str:
        read.append(entry.name)
        return real(entry)

    monkeypatch.setattr(hashing, "content_of", content_of)
    (raw / "a/2.png").touch()
    first = sort(raw, mode)
    (raw / "a/2.png").touch()
    again = sort(raw, mode)
    assert (first.done, first.failed, again.already, again.failed) == (3, 0, 3, 0)
    assert len({p.name for p in (raw.parent / "base_dir/GO").iterdir()}) == 2
    assert [n for n in read if n.endswith("2.png")] == []


@pytest.mark.parametrize("mode", ["hardlink", "symlink"])
def test_a_source_written_in_place_is_what_its_link_shows(raw: Path, mode: str) -> None:
    sort(raw, mode)
    image(raw / "a/2.png", seed=99, size=(20, 20))
    again = sort(raw, mode)
    assert (again.failed, again.already, again.problems) == (0, 3, ())
    assert (raw.parent / "base_dir/NG/2.png").read_bytes() == (raw / "a/2.png").read_bytes()
    assert sort(raw, mode, 5).relocated == 1


def test_a_symbolic_link_leads_to_the_source_that_was_saved_anew(raw: Path) -> None:
    sort(raw, "symlink")
    saved_anew(raw / "a/2.png", seed=99)
    again = sort(raw, "symlink")
    assert (again.failed, again.already) == (0, 3)


def test_a_hard_link_keeps_what_its_source_held_before_it_was_saved_anew(raw: Path) -> None:
    originals = contents(raw)
    sort(raw, "hardlink")
    saved_anew(raw / "a/2.png", seed=99)
    again = sort(raw, "hardlink")
    assert again.failed == 1
    assert "written over" in again.problems[-1].why
    assert contents(raw, raw.parent / "base_dir") >= originals
    saved_anew(raw / "a/2.png", seed=99)
    (raw / "a/2.png").write_bytes((raw.parent / "base_dir/NG/2.png").read_bytes())
    back = sort(raw, "hardlink")
    assert (back.failed, back.already) == (0, 3), "another file, but the same picture again"


@pytest.mark.parametrize("mode", ["hardlink", "symlink"])
def test_a_link_dragged_by_copying_is_still_the_persons_word(raw: Path, mode: str) -> None:
    """Some file managers copy and delete: what stands in the other class is no link any more."""
    sort(raw, mode)
    base = raw.parent / "base_dir"
    (base / "GO/2.png").write_bytes((base / "NG/2.png").read_bytes())
    (base / "NG/2.png").unlink()
    again = sort(raw, mode)
    assert again.stays == (("a/2.png", "GO"),)
    assert not (base / "NG").exists() or list((base / "NG").iterdir()) == []
    assert (again.relocated, again.failed, again.done) == (0, 0, 0)
