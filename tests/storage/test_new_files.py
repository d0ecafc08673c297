from __future__ import annotations

from pathlib import Path

import pytest

from labelkit.domain.errors import StorageError, UsageError
from labelkit.storage.demo import demo_files, in_the_way
from labelkit.storage.new_files import write_new
from tests.checkout import ROOT


def test_files_and_their_folders_are_written(tmp_path: Path) -> None:
    write_new(str(tmp_path), {"a.toml": b"1", "deep/er/b.toml": b"2"}, remedy="")
    assert (tmp_path / "a.toml").read_bytes() == b"1"
    assert (tmp_path / "deep" / "er" / "b.toml").read_bytes() == b"2"


def test_one_that_is_there_stops_all(tmp_path: Path) -> None:
    (tmp_path / "b").symlink_to("nowhere")  # a dangling link is there as well
    with pytest.raises(UsageError, match="b is there already") as e:
        write_new(str(tmp_path), {"a": b"1", "b": b"2"}, remedy="do this")
    assert e.value.remedy == "do this"
    assert [p.name for p in tmp_path.iterdir()] == ["b"]


def test_a_failure_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    with pytest.raises(StorageError, match="cannot write"):
        write_new(str(tmp_path), {"new/a": b"1", "file/b": b"2"}, remedy="")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"mine"


def test_demo_is_the_sample_and_the_rules() -> None:
    files = demo_files()
    assert files["rules/threshold.py"] == (ROOT / "rules" / "threshold.py").read_bytes()
    assert sum(name.startswith("sample_data/raw/") for name in files) == 96
    assert not [name for name in files if "__pycache__" in name]


def test_hidden_names_are_in_nobodys_way(tmp_path: Path) -> None:
    for name in (".git", "b", "a"):
        (tmp_path / name).mkdir()
    assert in_the_way(str(tmp_path)) == ["a", "b"]
