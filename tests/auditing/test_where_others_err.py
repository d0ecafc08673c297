"""What the best-known auditors get wrong, each as a folder that they would misjudge."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import labelkit
from labelkit.domain.audit import AuditReport
from labelkit.domain.findings import Severity
from tests.auditing.scenes import fill, photo, picture, write
from tests.imaging.jpegs import written


def checks(report: AuditReport) -> set[str]:
    return {finding.check for finding in report.findings}


@pytest.mark.parametrize("broken", [photo()[:3000], b"", b"<html>404</html>"])
def test_a_broken_file_is_named_and_the_others_are_judged(tmp_path: Path, broken: bytes) -> None:
    """Some stop at the first one with an exception and report nothing."""
    fill(tmp_path, GO=5, NG=5)
    write(tmp_path / "GO" / "broken.jpg", broken)
    write(tmp_path / "NG" / "dark.png", written(Image.new("L", (50, 50), 9), "PNG"))
    report = labelkit.audit(tmp_path, jobs=1)
    assert [f.files for f in report.findings if f.check == "unreadable"] == [("GO/broken.jpg",)]
    assert [f.files for f in report.findings if f.check == "dark"] == [("NG/dark.png",)]
    assert (report.files.readable, report.files.unreadable) == (11, 1)


def test_every_format_of_a_plant_is_seen(tmp_path: Path) -> None:
    """Some look for .jpg and .png in lower case only, and say nothing of the rest."""
    kinds = {"a.bmp": "BMP", "b.tif": "TIFF", "c.tiff": "TIFF", "d.Png": "PNG", "e.jfif": "JPEG", "f.JPG": "JPEG"}
    for name, kind in {**kinds, "g.pgm": "PPM", "h.BMP": "BMP", "i.webp": "WEBP"}.items():
        write(tmp_path / "GO" / name, picture(name, kind))
        write(tmp_path / "NG" / name, picture(f"NG {name}", kind))
    report = labelkit.audit(tmp_path, jobs=1)
    assert (report.files.seen, report.files.readable) == (18, 18)


def test_bit_depth_and_palette_do_not_make_an_image_light_dark_or_a_copy(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for i in range(6):
        words = rng.integers(25_000, 40_000, (64, 64)).astype(np.uint16)
        write(tmp_path / "GO" / f"w{i}.png", written(Image.fromarray(words), "PNG"))
        entries = Image.fromarray(rng.integers(0, 4, (64, 64), dtype=np.uint8)).convert("P")
        entries.putpalette([190, 190, 190, 200, 200, 200, 205, 205, 205, 215, 215, 215])
        write(tmp_path / "NG" / f"p{i}.png", written(entries, "PNG"))
    report = labelkit.audit(tmp_path, jobs=1)
    assert not checks(report) & {"dark", "light", "blurry", "exact_duplicates", "near_duplicates"}
    scores = [f.pixels.light_score for f in report.facts if f.pixels is not None]
    assert len(scores) == 12
    assert all(0.2 < score < 0.8 for score in scores)


def test_what_all_images_share_is_told(tmp_path: Path) -> None:
    """Some keep silent about an issue that more than half of the images have."""
    rng = np.random.default_rng(0)
    for i in range(8):
        dim = rng.integers(0, 60, (64, 64), dtype=np.uint8)
        write(tmp_path / ("GO" if i % 2 else "NG") / f"{i}.png", written(Image.fromarray(dim), "PNG"))
    dark = [f for f in labelkit.audit(tmp_path, jobs=1).findings if f.check == "dark"]
    assert [(len(f.files), f.message.startswith("all 8 images dark")) for f in dark] == [(8, True)]


def test_one_name_with_a_word_for_a_split_hides_all_other_files_from_hugging_face(tmp_path: Path) -> None:
    fill(tmp_path, GO=2, NG=1)
    assert "skipped_by_loader" not in checks(labelkit.audit(tmp_path, jobs=1))
    write(tmp_path / "GO" / "test_1.png")
    report = labelkit.audit(tmp_path, jobs=1)
    warned = [f for f in report.findings if f.check == "skipped_by_loader"]
    assert [(f.severity, f.files) for f in warned] == [(Severity.WARNING, ("GO/i0.png", "GO/i1.png", "NG/i0.png"))]
    assert "Hugging Face imagefolder: a word for a split in 'GO/test_1.png'" in warned[0].message
    seen = next(s for s in report.loaders if s.loader == "huggingface")
    assert (seen.reads, seen.class_indices) == (1, {})


@pytest.mark.parametrize(
    ("names", "read"),
    [
        (["GO/contest_1.png", "NG/latest.png", "NG/Test_1.png", "NG/testingA.png"], 4),
        (["GO/a-val.png", "NG/b.png"], 1),
        (["GO/a_eval_1.png", "NG/2dev3.png", "NG/c.png"], 2),
        (["GO/test_1.png", "NG validation/b.png"], 1),
        (["GO/a.png", "NG/b.png", "NG/test_notes.txt"], 0),
    ],
)
def test_which_names_hold_such_a_word(tmp_path: Path, names: list[str], read: int) -> None:
    for name in names:
        write(tmp_path / name)
    report = labelkit.audit(tmp_path, jobs=1)
    assert next(s for s in report.loaders if s.loader == "huggingface").reads == read
