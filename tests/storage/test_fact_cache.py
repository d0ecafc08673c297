"""The cache of image facts: exact, private, capped, shared, and never in the way."""

from __future__ import annotations

import io
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from labelkit.domain.facts import ImageFacts
from labelkit.domain.tree import FileEntry
from labelkit.imaging.probe import probe
from labelkit.storage.fact_cache import FILE, FactCache, is_settled, key_of, name_of, stamp_of
from labelkit.storage.fact_values import packed, unpacked

SECOND = 1_000_000_000
NOW = 1_700_000_000 * SECOND


def picture(kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera \ud83d\ude00 Works"
    image = Image.effect_noise((120, 100), 60).convert("RGB")
    image.save(out, kind, **({"exif": exif} if kind == "JPEG" else {}), **options)
    return out.getvalue()


@pytest.mark.parametrize("data", [picture("JPEG"), picture("PNG"), b"", b"no image", picture("JPEG")[:900]])
def test_facts_come_back_as_they_were(data: bytes) -> None:
    facts = replace(probe("a/b.jpg", data), modified="2026-01-31T08:15:00.123Z")
    assert unpacked(packed(facts), path="a/b.jpg", modified="2026-01-31T08:15:00.123Z") == facts


def test_path_and_time_of_a_file_are_not_kept() -> None:
    body = packed(replace(probe("secret/b.jpg", picture("JPEG")), modified="2026"))
    assert b"secret" not in body
    back = unpacked(body, path="c.jpg", modified="")
    assert (back.path, back.modified) == ("c.jpg", "")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"[1,2]", b"\xff"])
def test_a_row_of_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each of these has its own words
        unpacked(body, path="a", modified="")


@pytest.mark.parametrize(
    ("mtime", "ctime", "settled"),
    [
        (NOW - 9 * SECOND, NOW - 9 * SECOND, True),
        (NOW - SECOND + 7, NOW - SECOND + 7, True),
        (NOW - SECOND // 20 + 7, NOW - SECOND + 7, False),  # written within a tick of the reading
        (NOW - 9 * SECOND, NOW - SECOND // 20 + 7, False),  # its mtime was set back
        (NOW - 2 * SECOND, NOW - 2 * SECOND, False),  # whole seconds: the clock may tick in twos
        (NOW + 900 * SECOND, NOW - 9 * SECOND, False),  # from the future
    ],
)
def test_a_file_changed_as_it_was_read_is_not_known_by_its_times(mtime: int, ctime: int, *, settled: bool) -> None:
    assert is_settled(FileEntry("a.png", 5, mtime, ctime, 1, 1), NOW) is settled


def test_each_part_of_a_stamp_counts() -> None:
    file = FileEntry("a.png", 5, 10, 20, 30, 40)
    others = [
        file._replace(size=99),
        file._replace(mtime_ns=99),
        file._replace(ctime_ns=99),
        file._replace(inode=99),
        file._replace(device=99),
    ]
    assert len({stamp_of(f) for f in [file, *others]}) == 6
    assert stamp_of(file._replace(path="b.png")) == stamp_of(file)


FACTS = ImageFacts("a.png", 3, "ab" * 32, fault="no image")
KEY = key_of(FACTS.sha256, "facts/1")
FILED = (name_of("/somewhere/a.png"), stamp_of(FileEntry("a.png", 3, 1, 2, 3, 4)), FACTS.sha256)


def filled(folder: Path) -> FactCache:
    cache = FactCache(folder)
    cache.keep([FILED], [(KEY, packed(FACTS))])
    return cache


def test_both_levels(tmp_path: Path) -> None:
    filled(tmp_path / "c").close()
    cache = FactCache(tmp_path / "c")
    assert cache.digests([FILED[:2], (FILED[0], b"other stamp"), (b"other name", FILED[1])]) == [FACTS.sha256, "", ""]
    assert cache.bodies([KEY, b"other"]) == {KEY: packed(FACTS)}
    assert (cache.state().values, cache.state().files) == (1, 1)
    cache.close()
    assert stat.S_IMODE((tmp_path / "c").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "c" / FILE).stat().st_mode) == 0o600
    assert b"somewhere" not in (tmp_path / "c" / FILE).read_bytes()


def header(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)


def body(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("UPDATE kept SET body = CAST(replace(CAST(body AS TEXT), 'no', 'on') AS BLOB)")
    db.close()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


@pytest.mark.parametrize("damage", [header, body, cut])
def test_a_damaged_one_is_thrown_away_and_said_once(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    filled(tmp_path / "c").close()
    damage(tmp_path / "c" / FILE)
    said: list[str] = []
    cache = FactCache(tmp_path / "c", say=said.append)
    assert cache.bodies([KEY]) == {}
    assert cache.digests([FILED[:2]]) == [""]
    cache.keep([FILED], [(KEY, packed(FACTS))])
    assert cache.bodies([KEY]) == {KEY: packed(FACTS)}
    cache.close()
    assert ["started anew" in line for line in said] == [True]


def test_every_bit_of_a_row_is_watched(tmp_path: Path) -> None:
    filled(tmp_path / "c").close()
    whole = (tmp_path / "c" / FILE).read_bytes()
    at = whole.index(packed(FACTS))
    for offset in range(0, len(packed(FACTS)), 3):
        broken = bytearray(whole)
        broken[at + offset] ^= 1 << offset % 8
        (tmp_path / "c" / FILE).write_bytes(broken)
        cache = FactCache(tmp_path / "c")
        assert cache.bodies([KEY]) == {}, offset
        cache.close()


def test_one_that_cannot_be_used_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("a file where the folder should be")
    said: list[str] = []
    cache = FactCache(tmp_path / "c", say=said.append)
    for _ in range(2):
        cache.keep([FILED], [(KEY, packed(FACTS))])
        assert cache.digests([FILED[:2]]) == [""]
        assert cache.bodies([KEY]) == {}
    assert ["is not used" in line for line in said] == [True]


def test_a_full_disk_is_told_once(tmp_path: Path) -> None:
    said: list[str] = []
    cache = FactCache(tmp_path / "c", say=said.append)
    assert cache._db is not None
    cache._db.execute("PRAGMA max_page_count = 8")  # SQLite answers as it does when the disk is full
    cache.keep([], [(n.to_bytes(16, "big"), bytes(3000)) for n in range(50)])
    cache.keep([FILED], [])
    assert ["not used" in line and "full" in line for line in said] == [True]


def test_the_oldest_go_when_it_gets_too_large(tmp_path: Path) -> None:
    cache = FactCache(tmp_path / "c", max_bytes=400_000)
    keys = [n.to_bytes(16, "big") for n in range(2000)]
    for start in range(0, 2000, 100):
        part = keys[start : start + 100]
        cache.keep([(key, key, "ab") for key in part], [(key, bytes(500)) for key in part])
    there = cache.bodies(keys)
    files = [bool(d) for d in cache.digests([(key, key) for key in keys])]
    assert cache.state().bytes_used <= 500_000
    cache.close()
    assert 200 < len(there) < 2000
    assert set(there) == set(keys[-len(there) :])
    assert files == sorted(files)
    assert files[-1]


WRITER = """
import sys
from pathlib import Path
from labelkit.storage.fact_cache import FactCache
said = []
for turn in range(20):
    cache = FactCache(Path(sys.argv[1]), say=said.append)
    key = (int(sys.argv[2]) + turn).to_bytes(16, "big")
    cache.keep([(key, key, "ab")], [(key, key * 9)])
    assert cache.bodies([key]) == {key: key * 9}
    cache.close()
sys.exit("\\n".join(said) or 0)
"""


def test_several_processes_share_one(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path / "c")]
    running = [subprocess.Popen([*command, str(100 * k)], stderr=subprocess.PIPE, text=True) for k in range(3)]
    assert [process.communicate(timeout=120)[1] for process in running] == ["", "", ""]
    cache = FactCache(tmp_path / "c")
    assert (cache.state().values, cache.state().files) == (60, 60)
    cache.close()
