"""A second audit reads and decodes nothing that it knows, and never takes one content for another."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PIL import Image

import labelkit
from labelkit.domain.audit import AuditReport
from labelkit.domain.facts import ImageFacts
from labelkit.flows.cache import cache_info, clear_cache
from labelkit.flows.run import Run
from labelkit.imaging.probe import Also, probe
from labelkit.storage.fact_cache import FILE
from labelkit.tasks.probe import Read, read_image
from tests.auditing.scenes import fill, write
from tests.checkout import quiet_environment

FILES = 10


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, int]:
    """How many files were read and how many images decoded."""
    found = {"read": 0, "decoded": 0, "for thumbnails": 0}

    def showing(where: str) -> Read:
        found["for thumbnails"] += 1
        return read_image(where)

    def reading(where: str) -> Read:
        found["read"] += 1
        return read_image(where)

    def decoding(path: str, data: bytes, *, sha256: str = "", also: Also | None = None) -> ImageFacts:
        found["decoded"] += 1
        return probe(path, data, sha256=sha256, also=also)

    monkeypatch.setattr("labelkit.tasks.probe_known.read_image", reading)
    monkeypatch.setattr("labelkit.tasks.thumbnail.read_image", showing)
    monkeypatch.setattr("labelkit.imaging.probe.probe", decoding)
    monkeypatch.setenv("LABELKIT_CACHE_DIR", str(tmp_path / "cache"))
    return found


def took(counts: dict[str, int]) -> tuple[int, int]:
    out = (counts["read"], counts["decoded"])
    counts.update(read=0, decoded=0)
    return out


@pytest.fixture
def base(tmp_path: Path) -> Path:
    fill(tmp_path / "base", GO=FILES // 2, NG=FILES // 2 - 1)
    write(tmp_path / "base" / "NG" / "broken.png", b"\x89PNG\r\n\x1a\n")
    time.sleep(0.15)  # times of files settle
    return tmp_path / "base"


def audited(base: Path, **options: bool) -> AuditReport:
    return labelkit.audit(base, jobs=1, **options)  # type: ignore[arg-type]  # cache is the one option given here


def test_a_second_audit_reads_nothing(base: Path, counts: dict[str, int]) -> None:
    first = audited(base)
    assert took(counts) == (FILES, FILES)
    counts["for thumbnails"] = 0
    second = audited(base)
    assert took(counts) == (0, 0)
    assert counts["for thumbnails"] == 0
    assert (second.facts, second.findings) == (first.facts, first.findings)
    assert [f.fault for f in second.facts if not f.readable] == [f.fault for f in first.facts if not f.readable] != []


def test_without_the_cache_all_is_read_and_nothing_kept(base: Path, counts: dict[str, int], tmp_path: Path) -> None:
    for _ in range(2):
        audited(base, cache=False)
        assert took(counts) == (FILES, FILES)
    assert not (tmp_path / "cache").exists()


def test_a_fresh_checkout_is_hashed_but_not_decoded(base: Path, counts: dict[str, int]) -> None:
    first = audited(base)
    took(counts)
    copy = base.parent / "copy"
    shutil.copytree(base, copy, copy_function=shutil.copyfile)
    for n, path in enumerate(sorted(copy.rglob("*.png"))):
        os.utime(path, ns=(0, 1_600_000_000_123_000_000 + n * 10**9))
    second = audited(copy)
    assert took(counts) == (FILES, 0)
    assert [f.sha256 for f in second.facts] == [f.sha256 for f in first.facts]
    assert [f.modified[:19] for f in second.facts][:2] == ["2020-09-13T12:26:40", "2020-09-13T12:26:41"]


def test_a_changed_file_is_seen_and_it_alone(base: Path, counts: dict[str, int]) -> None:
    first = audited(base)
    took(counts)
    before = (base / "GO" / "i0.png").stat()
    data = bytearray((base / "GO" / "i0.png").read_bytes())
    data[-20] ^= 1
    (base / "GO" / "i0.png").write_bytes(data)
    os.utime(base / "GO" / "i0.png", ns=(before.st_atime_ns, before.st_mtime_ns))  # same size, same mtime
    second = audited(base)
    assert took(counts) == (1, 1)
    assert [f.path for f, g in zip(second.facts, first.facts, strict=True) if f.sha256 != g.sha256] == ["GO/i0.png"]


def test_what_was_read_as_it_was_written_is_read_again(base: Path, counts: dict[str, int]) -> None:
    write(base / "GO" / "new.png")
    audited(base)
    took(counts)
    audited(base)
    assert took(counts) == (1, 0)


def test_parts_of_a_dataset_are_known_again_too(counts: dict[str, int], tmp_path: Path) -> None:
    for part in ("train", "test"):
        fill(tmp_path / "parted" / part, GO=3, NG=3)
    time.sleep(0.15)
    first, second = audited(tmp_path / "parted"), audited(tmp_path / "parted")
    assert took(counts) == (12, 12)
    assert sorted(f.path for f in second.facts) == sorted(
        f"{part}/{label}/i{n}.png" for part in ("train", "test") for label in ("GO", "NG") for n in range(3)
    )
    assert (second.facts, second.findings) == (first.facts, first.findings)


def test_very_many_images_are_told_the_same(
    base: Path, counts: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = audited(base)
    for module in ("labelkit.flows.audit_facts", "labelkit.domain.file_table"):
        monkeypatch.setattr(f"{module}.MANY", 3)
    second = audited(base)
    assert took(counts) == (FILES, FILES)
    assert isinstance(second.facts, Sequence)
    assert not isinstance(second.facts, tuple)
    assert (tuple(second.facts), second.findings) == (first.facts, first.findings)
    assert second.facts_table() == first.facts_table()


def test_one_content_under_two_suffixes(base: Path, counts: dict[str, int]) -> None:
    for name in ("x.png", "x.heic"):
        write(base / "GO" / name, b"neither of them")
    for _ in range(2):
        faults = {f.path: f.fault for f in audited(base).facts}
        assert "heic" in faults["GO/x.heic"]
        assert "heic" not in faults["GO/x.png"]
    assert took(counts)[1] == FILES + 2


def test_a_decoder_of_another_version_decodes_again(
    base: Path, counts: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    audited(base)
    took(counts)
    monkeypatch.setattr("labelkit.tasks.probe_recipe.made_by", lambda: "pillow 99")
    monkeypatch.setattr("labelkit.tasks.probe_recipe._for_suffix", lambda named: f"facts 99 {named}")
    audited(base)
    assert took(counts) == (FILES, FILES)


class Notes:
    """A progress that only keeps what a person would read."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def start(self, what: str, total: int | None) -> None: ...

    def describe(self, what: str) -> None: ...

    def advance(self, items: int = 1) -> None: ...

    def finish(self) -> None: ...

    def note(self, line: str) -> None:
        self.lines.append(line)


def garbled(cache: Path) -> None:
    (cache / FILE).write_bytes(b"no database at all" * 100)


def taken(cache: Path) -> None:
    shutil.rmtree(cache)
    cache.write_text("a file where the folder should be")


@pytest.mark.parametrize(("harm", "words"), [(garbled, "started anew"), (taken, "not used")])
def test_a_cache_in_trouble_is_told_once_and_the_audit_goes_on(
    base: Path, counts: dict[str, int], tmp_path: Path, harm: Callable[[Path], None], words: str
) -> None:
    first = audited(base)
    harm(tmp_path / "cache")
    took(counts)
    notes = Notes()
    second = labelkit.audit(base, run=Run(progress=notes, jobs=1))
    assert took(counts) == (FILES, FILES)
    assert second.facts == first.facts
    assert [words in line for line in notes.lines if "cache" in line] == [True]


def test_several_audits_at_once(base: Path, tmp_path: Path) -> None:
    env = quiet_environment() | {"LABELKIT_CACHE_DIR": str(tmp_path / "shared")}
    command = [sys.executable, "-m", "labelkit", "audit", str(base), "--json", "--fail-on", "never"]
    running = [
        subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    outs = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert len({out.partition('"timing"')[0] for out, _ in outs}) == 1
    assert not any("cache" in err for _, err in outs)


def test_thumbnails_are_made_once_and_of_what_was_audited(base: Path, counts: dict[str, int]) -> None:
    report = audited(base)
    clear_cache()
    counts["for thumbnails"] = 0
    asked = ["NG/broken.png", "GO/i1.png", "GO/i0.png", "no such.png"]
    first = dict(report.thumbnails.pictures(asked))
    assert list(first) == asked
    assert [bool(picture) for picture in first.values()] == [False, True, True, False]
    assert counts["for thumbnails"] == 2
    assert dict(report.thumbnails.pictures(asked)) == first
    assert counts["for thumbnails"] == 2
    write(base / "GO" / "i2.png", b"another content")
    assert dict(report.thumbnails.pictures(["GO/i2.png"])) == {"GO/i2.png": b""}


def test_a_thumbnail_stands_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the stored top is the right side
    wide = Image.new("RGB", (300, 200))
    wide.paste((255, 255, 255), (0, 0, 300, 100))
    (tmp_path / "GO").mkdir()
    wide.save(tmp_path / "GO" / "a.jpg", exif=exif)
    report = labelkit.audit(tmp_path, jobs=1, cache=False)
    (tmp_path / "t.jpg").write_bytes(dict(report.thumbnails.pictures(["GO/a.jpg"]))["GO/a.jpg"])
    with Image.open(tmp_path / "t.jpg") as picture:
        assert picture.size == (64, 96)
        assert picture.convert("L").getpixel((60, 50)) > 200  # type: ignore[operator]  # one number: it is gray
        assert picture.convert("L").getpixel((3, 50)) < 50  # type: ignore[operator]  # as above


def test_cache_info_counts_it_and_clear_removes_it(base: Path, counts: dict[str, int], tmp_path: Path) -> None:
    report = audited(base)
    list(report.thumbnails.pictures(["GO/i0.png"]))
    info = cache_info()
    assert info.facts > info.images == FILES
    assert info.bytes_used == (tmp_path / "cache" / FILE).stat().st_size
    assert clear_cache().bytes_freed == info.bytes_used
    assert not (tmp_path / "cache" / FILE).exists()
    took(counts)
    audited(base)
    assert took(counts) == (FILES, FILES)
