"""The cache of image features: found by stat and by content, exact, private, capped, and never in the way."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from labelkit.storage.feature_cache import (
    FILE,
    FeatureCache,
    NewValues,
    cache_folder,
    remove,
    stamp_of_file,
)
from labelkit.storage.feature_rows import values_by_content
from labelkit.storage.feature_values import can_keep

DIGEST = bytes(range(32))


def kept(folder: Path, file: Path, values: dict[str, object], digest: bytes = DIGEST) -> None:
    cache = FeatureCache(folder)
    cache.keep([NewValues(stamp_of_file(str(file)), digest, values)])
    cache.close()


def found(folder: Path, file: Path, *recipes: str) -> dict[str, object]:
    said: list[str] = []
    cache = FeatureCache(folder, say=said.append)
    values = cache.lookup([stamp_of_file(str(file))], recipes)[0]
    cache.close()
    assert not said
    return values


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    path.write_bytes(b"content")
    return path


@pytest.mark.parametrize(
    "value",
    [0.1, 3, True, -0.0, 2**62, np.float64(0.1), np.float32(0.1), np.uint8(7), np.int64(-(2**40)), np.bool_(False)],
)
def test_a_number_comes_back_as_the_very_thing_it_was(tmp_path: Path, file: Path, value: object) -> None:
    assert can_keep(value)
    kept(tmp_path / "c", file, {"own/1": value})
    back = found(tmp_path / "c", file, "own/1")["own/1"]
    assert (type(back), repr(back)) == (type(value), repr(value))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**64, "7", None, np.zeros(2), 1j, np.float64("nan")])
def test_what_is_no_plain_number_is_not_kept(value: object) -> None:
    assert not can_keep(value)


def test_only_the_recipes_asked_for_are_found(tmp_path: Path, file: Path) -> None:
    kept(tmp_path / "c", file, {"brightness/1": 3.5, "own of 00": 4})
    assert found(tmp_path / "c", file, "brightness/1", "brightness/2") == {"brightness/1": 3.5}


@pytest.mark.parametrize("change", ["size", "mtime", "inode"])
def test_a_changed_file_is_not_found_by_stat(tmp_path: Path, file: Path, change: str) -> None:
    kept(tmp_path / "c", file, {"brightness/1": 3.5})
    before = file.stat()
    if change == "size":
        file.write_bytes(b"longer content")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    elif change == "mtime":
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    else:
        (tmp_path / "b.png").write_bytes(b"content")
        (tmp_path / "b.png").replace(file)
    assert found(tmp_path / "c", file, "brightness/1") == {}
    assert values_by_content(str(tmp_path / "c" / FILE), DIGEST, ["brightness/1"]) == {"brightness/1": 3.5}


def test_it_is_private_to_the_user_and_where_the_environment_says(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELKIT_CACHE_DIR", str(tmp_path / "c"))
    kept(cache_folder(), file, {"brightness/1": 3.5})
    assert stat.S_IMODE((tmp_path / "c").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "c" / FILE).stat().st_mode) == 0o600
    monkeypatch.delenv("LABELKIT_CACHE_DIR")
    assert cache_folder().name == "labelkit"


def damage_header(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)


def damage_value(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("UPDATE value SET value = value + 1")
    db.close()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


@pytest.mark.parametrize("damage", [damage_header, damage_value, cut])
def test_a_damaged_cache_is_thrown_away_and_said(tmp_path: Path, file: Path, damage: object) -> None:
    kept(tmp_path / "c", file, {"brightness/1": 3.5})
    assert callable(damage)
    damage(tmp_path / "c" / FILE)
    said: list[str] = []
    cache = FeatureCache(tmp_path / "c", say=said.append)
    assert cache.lookup([stamp_of_file(str(file))], ["brightness/1"]) == [{}]
    assert len(said) == 1
    assert "started anew" in said[0]
    cache.keep([NewValues(stamp_of_file(str(file)), DIGEST, {"brightness/1": 4.5})])
    cache.close()
    assert found(tmp_path / "c", file, "brightness/1") == {"brightness/1": 4.5}


def test_one_that_cannot_be_used_is_told_once_and_is_in_nobodys_way(tmp_path: Path, file: Path) -> None:
    (tmp_path / "c").write_text("a file where the folder should be")
    said: list[str] = []
    cache = FeatureCache(tmp_path / "c", say=said.append)
    for _ in range(2):
        cache.keep([NewValues(None, DIGEST, {"brightness/1": 3.5})])
        assert cache.lookup([stamp_of_file(str(file))], ["brightness/1"]) == [{}]
    assert len(said) == 1
    assert "is not used" in said[0]


def test_one_that_another_process_holds_is_not_waited_for_without_end(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labelkit.storage.feature_cache._WAIT_S", 0.05)
    kept(tmp_path / "c", file, {"brightness/1": 3.5})
    said: list[str] = []
    cache = FeatureCache(tmp_path / "c", say=said.append)
    other = sqlite3.connect(tmp_path / "c" / FILE)
    other.execute("BEGIN EXCLUSIVE")
    cache.keep([NewValues(None, bytes(32), {"brightness/1": 9.5})])
    other.rollback()
    other.close()
    assert [("locked" in line, "is not used" in line) for line in said] == [(True, True)]
    assert found(tmp_path / "c", file, "brightness/1") == {"brightness/1": 3.5}


def test_the_oldest_go_when_it_gets_too_large(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path / "c", max_bytes=300_000)
    digests = [n.to_bytes(32, "big") for n in range(6000)]
    for start in range(0, 6000, 500):
        cache.keep([NewValues((f"1:{n}", n, n, n), digests[n], {"b/1": n}) for n in range(start, start + 500)])
    state = cache.state()
    there = [bool(v) for v in cache.lookup([(f"1:{n}", n, n, n) for n in range(6000)], ["b/1"])]
    cache.close()
    assert state.bytes_used <= 400_000
    assert 500 < state.values < 6000
    assert there == sorted(there)  # the oldest are gone, the newest are there
    assert there[-1]


WRITER = """
import sys
from pathlib import Path
from labelkit.storage.feature_cache import FeatureCache, NewValues
first, said = int(sys.argv[2]), []
for turn in range(20):
    cache = FeatureCache(Path(sys.argv[1]), say=said.append)
    n = first + turn
    cache.keep([NewValues((f"1:{n}", n, n, n), n.to_bytes(32, "big"), {"b/1": n})])
    cache.close()
sys.exit("\\n".join(said) or 0)
"""


def test_several_processes_share_one(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path / "c")]
    running = [subprocess.Popen([*command, str(100 * k)], stderr=subprocess.PIPE, text=True) for k in range(3)]
    told = [process.communicate(timeout=60)[1] for process in running]
    assert told == ["", "", ""]
    cache = FeatureCache(tmp_path / "c")
    assert cache.state().values == 60
    cache.close()


def test_clearing_it_frees_what_it_took(tmp_path: Path, file: Path) -> None:
    kept(tmp_path / "c", file, {"b/1": 1})
    size = (tmp_path / "c" / FILE).stat().st_size
    assert remove(tmp_path / "c" / FILE) == size
    assert remove(tmp_path / "c" / FILE) == 0
