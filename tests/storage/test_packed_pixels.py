"""Packed pixels: found again by content; whatever happens to the files or the process, never a wrong pixel."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from labelkit.storage import pixel_file, pixel_folder
from labelkit.storage.packed_pixels import NOWHERE, PackedPixels
from tests.checkout import quiet_environment
from tests.storage.pixel_writer import MADE_BY, PIXEL_BYTES, digest_of, pixels_of

ROOT = Path(__file__).resolve().parents[2]


def opened(cache: Path, said: list[str] | None = None, **options: int) -> PackedPixels:
    say = (lambda _: None) if said is None else said.append
    return PackedPixels(cache, MADE_BY, PIXEL_BYTES, say=say, **options)


def add(packed: PackedPixels, *numbers: int) -> list[int]:
    return [packed.add(digest_of(n), memoryview(pixels_of(n))) for n in numbers]


def found(packed: PackedPixels, *numbers: int) -> set[int]:
    """Which of these images are there; asserts that each is the right one."""
    digests = np.frombuffer(b"".join(digest_of(n) for n in numbers), np.uint8).reshape(-1, 32)
    there = set()
    for number, place in zip(numbers, packed.find(digests).tolist(), strict=True):
        out = bytearray(PIXEL_BYTES)
        if place != NOWHERE and packed.read(place, memoryview(out), digest_of(number)):
            assert bytes(out) == pixels_of(number), number
            there.add(number)
    return there


def files(cache: Path) -> list[Path]:
    return sorted(cache.glob("pixels/*/*.pixels"))


def test_what_one_training_packs_the_next_one_finds(tmp_path: Path) -> None:
    first = opened(tmp_path)
    places = add(first, *range(20))
    assert NOWHERE not in places
    out = bytearray(2 * PIXEL_BYTES)
    assert first.read_checked([(0, places[3]), (1, places[7])], memoryview(out)) == []
    assert bytes(out) == pixels_of(3) + pixels_of(7)
    assert found(opened(tmp_path), *range(25)) == set(range(20))
    other = PackedPixels(tmp_path, "made otherwise", PIXEL_BYTES, say=lambda _: None)
    assert found(other, *range(20)) == set(), "another recipe or decoder finds nothing"
    assert all(f.stat().st_mode & 0o077 == 0 for f in [*files(tmp_path), *tmp_path.glob("pixels/*")])


def test_two_at_once_both_pack_and_neither_harms_the_other(tmp_path: Path) -> None:
    one, two = opened(tmp_path), opened(tmp_path)
    for n in range(10):
        add(one, n)
        add(two, n, 100 + n)
    assert len(files(tmp_path)) == 2, "each adds to a file of its own"
    assert found(opened(tmp_path), *range(120)) == {*range(10), *range(100, 110)}
    del one, two
    add(opened(tmp_path), 500)
    assert len(files(tmp_path)) == 2, "a file that nobody adds to any more is added to"


def test_killed_at_any_moment_what_is_found_is_right_and_packing_goes_on(tmp_path: Path) -> None:
    packed = 0
    rng = np.random.default_rng(1)
    for turn in range(4):
        words = [sys.executable, "-m", "tests.storage.pixel_writer", str(tmp_path), str(1000 * turn)]
        with subprocess.Popen(words, cwd=ROOT, env=quiet_environment(), stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            first = child.stdout.readline()
            time.sleep(float(rng.uniform(0, 0.05)))
            child.send_signal(signal.SIGKILL)
            said = [int(line) for line in (first + child.stdout.read()).splitlines() if line.isdigit()]
        last = max([1000 * turn, *said])
        there = found(opened(tmp_path), *range(1000 * turn, last + 3))
        assert set(range(1000 * turn, last + 1)) <= there, "what was told as packed is there"
        packed += len(there)
    assert packed > 20
    assert len(files(tmp_path)) == 1, "a lock goes with its holder"


@pytest.mark.parametrize("missing", [1, 40, PIXEL_BYTES, PIXEL_BYTES + 20])
def test_a_torn_end_is_no_record_and_is_written_over(tmp_path: Path, missing: int) -> None:
    add(opened(tmp_path), 1, 2, 3)
    (file,) = files(tmp_path)
    os.truncate(file, file.stat().st_size - missing)
    again = opened(tmp_path)
    assert found(again, 1, 2, 3) == {1, 2}
    add(again, 3, 4)
    assert found(opened(tmp_path), 1, 2, 3, 4) == {1, 2, 3, 4}


def test_no_flipped_byte_anywhere_gives_a_wrong_pixel(tmp_path: Path) -> None:
    add(opened(tmp_path), *range(12))
    (file,) = files(tmp_path)
    whole = file.read_bytes()
    rng = np.random.default_rng(2)
    lost = 0
    for position in rng.integers(0, len(whole), 60).tolist():
        damaged = bytearray(whole)
        damaged[position] ^= int(rng.integers(1, 256))
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(damaged)
        there = found(opened(tmp_path), *range(12))  # asserts that what it finds is right
        lost += 12 - len(there)
        assert len(there) >= 11 or position < pixel_file.HEAD_BYTES
    assert lost >= 40


def test_a_damaged_record_is_not_found_for_ever(tmp_path: Path) -> None:
    add(opened(tmp_path), 1, 2)
    (file,) = files(tmp_path)
    data = bytearray(file.read_bytes())
    data[-5] ^= 255
    file.write_bytes(data)
    again = opened(tmp_path)
    assert found(again, 1, 2) == {1}
    add(again, 2)
    assert found(opened(tmp_path), 1, 2) == {1, 2}


@pytest.mark.parametrize("at_positions", [True, False], ids=["pwritev", "lseek and write"])
def test_a_full_disk_is_told_once_and_leaves_whole_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, at_positions: bool
) -> None:
    said: list[str] = []
    packed = opened(tmp_path, said)
    places = add(packed, 1, 2)
    writev, write = os.pwritev, os.write

    def full(descriptor: int, data: bytes) -> int:
        if len(data) < 1000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[: len(data) - 900])

    def full_at(descriptor: int, parts: Sequence[bytes], offset: int) -> int:
        data = b"".join(parts)
        if len(data) < 1000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return writev(descriptor, [data[: len(data) - 900]], offset)

    monkeypatch.setattr(pixel_file, "_PWRITEV", full_at if at_positions else None)
    monkeypatch.setattr(os, "write", full)
    assert add(packed, 3, 4) == [NOWHERE, NOWHERE]
    monkeypatch.undo()
    assert len(said) == 1
    assert "No space left on device" in said[0]
    assert not packed.keeps
    assert add(packed, 5) == [NOWHERE], "it is not tried again and again"
    out = bytearray(2 * PIXEL_BYTES)
    assert packed.read_checked(list(enumerate(places)), memoryview(out)) == []
    assert bytes(out) == pixels_of(1) + pixels_of(2), "what was packed before can still be read"
    (file,) = files(tmp_path)
    assert (file.stat().st_size - pixel_file.HEAD_BYTES) % (PIXEL_BYTES + 36) == 0
    assert found(opened(tmp_path), 1, 2, 3, 4) == {1, 2}


def test_space_is_left_to_others_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(pixel_folder, "FREE_BYTES", 1 << 60)
    assert add(opened(tmp_path, said), 1) == [NOWHERE]
    assert "the cache or the disk is full" in said[0]


def test_the_cap_throws_away_what_was_used_longest_ago_and_nothing_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labelkit.storage.packed_pixels._ROOM_BYTES", 10 * PIXEL_BYTES)
    for kind in ("old", "older still"):
        packed = PackedPixels(tmp_path, kind, PIXEL_BYTES, say=lambda _: None)
        add(packed, *range(10))
    for age, file in enumerate(sorted(files(tmp_path), key=lambda f: f.stat().st_mtime_ns)):
        os.utime(file, (1000 + age, 1000 + age))
    said: list[str] = []
    capped = opened(tmp_path, said, max_bytes=60_000 + 10 * PIXEL_BYTES)
    assert NOWHERE not in add(capped, *range(5))
    assert len(files(tmp_path)) == 2, "the oldest went"
    assert not said
    small = opened(tmp_path / "small", said, max_bytes=25 * PIXEL_BYTES)
    places = add(small, *range(30))
    assert 10 <= len([p for p in places if p != NOWHERE]) <= 25
    assert len(said) == 1
    assert pixel_folder.state(tmp_path / "small").bytes_used <= 25 * PIXEL_BYTES + 5000


def test_thrown_away_while_in_use_it_goes_on(tmp_path: Path) -> None:
    packed = opened(tmp_path)
    places = add(packed, 1, 2)
    used = pixel_folder.state(tmp_path).bytes_used
    assert pixel_folder.clear(tmp_path) == used > 2 * PIXEL_BYTES
    assert not (tmp_path / "pixels").exists()
    out = bytearray(PIXEL_BYTES)
    assert packed.read(places[1], memoryview(out), digest_of(2))
    assert NOWHERE not in add(packed, 3)
    assert found(opened(tmp_path), 1, 2, 3) == set()


def test_a_folder_that_cannot_be_made_is_told_and_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    said: list[str] = []
    packed = opened(tmp_path / "cache", said)
    assert add(packed, 1) == [NOWHERE]
    assert len(said) == 1
