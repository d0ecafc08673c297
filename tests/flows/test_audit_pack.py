"""After an audit the first epoch decodes nothing; and an audit makes nothing ready that nobody asked for."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import labelkit as package
from labelkit.cli.audit_pack import pixels_wanted
from labelkit.cli.settings import load_settings
from labelkit.domain.audit import AuditReport
from labelkit.domain.errors import ImageError
from labelkit.domain.progress import NoProgress
from labelkit.domain.recipe import Aspect, Recipe, Region
from labelkit.flows import audit_pack
from labelkit.flows.run import Run
from labelkit.imaging.probe import Also, probe
from labelkit.imaging.recipes import Pixels, decode
from labelkit.reporting.audit_json import audits_json
from labelkit.storage import pixel_folder
from labelkit.storage.pixel_folder import FOLDER
from labelkit.storage.sqlite_ledger import open_ledger
from labelkit.tasks.pixel_pack import PixelPack, are_kept, kept_pixels
from labelkit.training.pixels import PixelStore, PixelsWanted
from tests.auditing.scenes import fill, write
from tests.checkout import Command
from tests.flows.all_formats import all_formats
from tests.imaging.jpegs import cut_out, drawing

SIZE = (80, 80)


class Notes(NoProgress):
    """A progress that keeps what a person would read."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABELKIT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def decodes(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many images were decoded for their facts, and how many for their pixels, in this process."""
    found: Counter[str] = Counter()

    def probing(path: str, data: bytes, *, sha256: str = "", also: Also | None = None) -> object:
        found["facts"] += 1
        return probe(path, data, sha256=sha256, also=also)

    def decoding(recipe: Recipe, data: bytes, size: tuple[int, int]) -> Pixels:
        found["pixels"] += 1
        return decode(recipe, data, size)

    monkeypatch.setattr("labelkit.imaging.probe.probe", probing)
    monkeypatch.setattr("labelkit.imaging.recipes.decode", decoding)
    return found


def audited(base: Path, **options: object) -> tuple[AuditReport, list[str]]:
    """A report, and the lines that a person would read on the way."""
    notes = Notes()
    report = package.audit(base, run=Run(progress=notes, jobs=2), **options)  # type: ignore[arg-type]  # each test's own
    return report, [line for line in notes.lines if "ready" in line]


def fail(line: str) -> None:
    raise AssertionError(line)


@pytest.mark.parametrize(
    "recipe", [Recipe(), Recipe(aspect=Aspect.PAD, crop=Region(0, 0, 19, 8)), Recipe("keras-pil-bilinear")], ids=str
)
def test_after_an_audit_a_training_decodes_nothing(
    tmp_path: Path, cache: Path, decodes: Counter[str], recipe: Recipe
) -> None:
    base = all_formats(tmp_path / "base")
    cut_out(drawing(1), (800, 600)).save(base / "GO" / "large.jpg")
    report, lines = audited(base, pack=True, recipe=recipe)
    assert decodes["facts"] == len([f for f in report.facts if f.sha256])
    own = decodes["pixels"]
    trained = Counter[str]()
    where = [str(base / fact.path) for fact in report.facts]
    training = PixelStore(where, PixelsWanted(recipe, SIZE, 1, cache, fail))
    given = np.empty((1, *SIZE, 3), np.uint8)
    for i, fact in enumerate(report.facts):
        try:
            expected = decode(recipe, (base / fact.path).read_bytes() if fact.sha256 else b"", SIZE)
        except ImageError:
            continue
        decodes.clear()
        training.fill([i], given)
        assert (given[0] == expected).all(), fact.path
        trained[fact.sha256] += 1
        if fact.pixels is not None and not fact.damage:  # Keras' own recipes take floats, and damage as it comes
            assert not decodes, fact.path
    assert len(trained) > 45
    if recipe == Recipe():
        assert own < 12, "nearly all of them come from the decode that gave the facts"
        told = f"{sum(trained.values())} images ready for training at 80 x 80, {len(trained) * 19_200 / 1e3:.1f} kB"
        assert lines == [told]


def test_workers_pack_as_well_and_the_report_is_the_same(tmp_path: Path, cache: Path) -> None:
    base = fill(tmp_path / "base", GO=200, NG=140)
    shutil.copy(base / "GO" / "i1.png", base / "GO" / "copy.png")
    plain = audits_json([package.audit(base, cache=False, image_size=(8, 6), jobs=1)])
    report, lines = audited(base, pack=True, image_size=(8, 6))
    assert lines == ["341 images ready for training at 8 x 6, 49.0 kB"]
    assert len(list((cache / FOLDER).glob("*/*"))) == 2, "each worker has a file of its own"
    assert without_timing(audits_json([report])) == without_timing(plain)


def without_timing(told: dict[str, object]) -> str:
    return json.dumps({k: v for k, v in told.items() if k != "timing"}, sort_keys=True)


@pytest.mark.usefixtures("cache")
def test_what_is_known_is_not_decoded_again_and_what_is_missing_is_made_up_for(
    tmp_path: Path, decodes: Counter[str]
) -> None:
    base = fill(tmp_path / "base", GO=6, NG=4)
    write(base / "GO" / "broken.png", b"\x89PNG")
    for path in base.glob("*/*"):
        os.utime(path, (1e9, 1e9))
    audited(base)
    assert decodes == {"facts": 11}
    for size, told, expected in ((8, "8 x 8, 1.9 kB", 10), (8, "8 x 8, 1.9 kB", 0), (9, "9 x 9, 2.4 kB", 10)):
        decodes.clear()
        _, lines = audited(base, pack=True, image_size=(size, size))
        assert lines == [f"10 images ready for training at {told}"]
        assert (decodes["facts"], decodes["pixels"]) == (0, expected)


def test_only_where_training_is_set_up(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = fill(tmp_path / "base", GO=3, NG=3)
    assert audited(base)[1] == []
    open_ledger(base, create=True).close()
    assert audited(base, pack=False)[1] == []
    assert audited(base, cache=False, pack=True)[1] == []
    with monkeypatch.context() as without:
        without.setattr(audit_pack, "find_spec", lambda _: None)
        assert audited(base)[1] == []
    with monkeypatch.context() as small:
        small.setattr(audit_pack, "MAX_BYTES", 100_000)
        (line,) = audited(base)[1]
        assert "6 images take 115.2 kB at 80 x 80, and an audit makes at most 100.0 kB ready" in line
    assert not (cache / FOLDER).exists()
    assert audited(base)[1] == ["6 images ready for training at 80 x 80, 115.2 kB"]


@pytest.mark.usefixtures("cache")
def test_a_full_disk_is_told_and_costs_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = fill(tmp_path / "base", GO=3, NG=3)
    expected, _ = audited(base, cache=False)
    monkeypatch.setattr(pixel_folder, "FREE_BYTES", 1 << 62)
    report, lines = audited(base, pack=True)
    assert lines == ["0 images ready for training at 80 x 80, 0 B; 6 more could not be kept and are decoded again"]
    assert (report.facts, report.findings) == (expected.facts, expected.findings)


def test_the_settings_say_for_which_training(tmp_path: Path, cache: Path, labelkit: Command) -> None:
    base = fill(tmp_path / "base", GO=3, NG=3)
    settings = tmp_path / "labelkit.toml"
    settings.write_text('base_dir = "base"\nimage_size = "6x9"\naspect = "pad"\ncrop = "1,0,2,2"\n')
    done = labelkit("audit", "base", "--json", cwd=tmp_path)
    assert "6 images ready for training at 6 x 9, 972 B" in done.stderr
    recipe = Recipe(aspect=Aspect.PAD, crop=Region(1, 0, 2, 2))
    packed = kept_pixels(PixelPack(str(cache), recipe, (6, 9)))
    contents = [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(base.glob("*/*"))]
    assert are_kept(packed, contents) == [True] * 6
    plain = labelkit("audit", "base", "--json", "--no-pack", cwd=tmp_path)
    assert "ready" not in plain.stderr
    assert without_timing(json.loads(plain.stdout)) == without_timing(json.loads(done.stdout))
    settings.write_text('base_dir = "base"\nloader = "flow_from_directory"\n')
    assert pixels_wanted(base, load_settings(None, tmp_path), refused=False)["pack"] is False
