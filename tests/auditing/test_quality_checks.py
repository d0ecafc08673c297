"""Quality held against the class and the group, and against what anybody would call bad."""

from __future__ import annotations

from array import array
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

import labelkit
from labelkit.auditing.neighbours import mean_distances, standardised
from labelkit.domain.findings import Finding, Severity
from tests.auditing.scenes import write
from tests.imaging.jpegs import written

SIDE = 64


def part(seed: int, *, light: float = 1.0, blur: float = 0.0, noise: float = 12.0) -> bytes:
    """A drawn part: a soft ground, one dark hole, some grain."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    values = 150 + 30 * np.sin(x / 9 + seed) + rng.normal(0, noise, (SIDE, SIDE))
    values[(x - 20 - seed % 20) ** 2 + (y - 30) ** 2 < 90] -= 90
    picture = Image.fromarray((values * light).clip(0, 255).astype(np.uint8))
    return written(picture.filter(ImageFilter.GaussianBlur(blur)) if blur else picture, "PNG")


def good(base: Path, label: str, count: int = 24, first: int = 0, name: str = "{}.png", **options: float) -> Path:
    for i in range(first, first + count):
        write(base / label / name.format(i), part(i, **options))
    return base


def found(base: Path, check: str, group_by: str = "none") -> list[Finding]:
    return list(labelkit.audit(base, select=[check], jobs=1, group_by=group_by, cache=False).findings)


def one(base: Path, check: str) -> Finding:
    findings = found(base, check)
    assert len(findings) == 1, findings
    return findings[0]


def test_one_blurred_image_is_found_among_its_class_and_a_class_of_soft_parts_is_left_in_peace(tmp_path: Path) -> None:
    good(good(tmp_path, "GO"), "NG", first=100, blur=1.5)
    assert found(tmp_path, "blurry") == []
    write(tmp_path / "GO" / "soft.png", part(50, blur=1.5))
    write(tmp_path / "GO" / "nearly.png", part(51, blur=0.3))
    finding = one(tmp_path, "blurry")
    assert (finding.severity, finding.files) == (Severity.WARNING, ("GO/soft.png",))
    assert "1 image far less sharp than the others of the same class" in finding.message
    assert "usual" in finding.message


def test_a_set_without_any_edge_is_one_finding_about_the_set(tmp_path: Path) -> None:
    for i in range(6):
        slope = np.add.outer(np.arange(200.0), np.arange(200.0)) * 0.5 + i
        write(
            tmp_path / ("GO" if i % 2 else "NG") / f"{i}.png", written(Image.fromarray(slope.astype(np.uint8)), "PNG")
        )
    finding = one(tmp_path, "blurry")
    assert len(finding.files) == 6
    assert finding.message.startswith("all 6 images blurry")
    assert "the focus of the set" in finding.message


@pytest.mark.parametrize(("check", "light", "near"), [("dark", 0.6, 0.9), ("light", 1.6, 1.08)])
def test_one_image_in_another_light(tmp_path: Path, check: str, light: float, near: float) -> None:
    good(good(tmp_path, "GO"), "NG", first=100)
    write(tmp_path / "NG" / "odd.png", part(50, light=light))
    write(tmp_path / "NG" / "near.png", part(51, light=near))
    finding = one(tmp_path, check)
    assert finding.files == ("NG/odd.png",)
    assert f"far {check}er" in finding.message
    assert "NG/odd.png" in finding.message


def test_a_station_with_another_lamp_is_told_as_a_group_and_its_own_odd_image_alone(tmp_path: Path) -> None:
    good(tmp_path, "GO", count=60, name="A-{}.png")
    good(tmp_path, "GO", count=25, first=200, name="B-{}.png", light=0.75)
    write(tmp_path / "GO" / "B-999.png", part(50, light=0.45))
    good(tmp_path, "NG", count=20, first=300, name="A-{}.png")
    single, group = sorted(found(tmp_path, "dark", group_by="{station}-*"), key=lambda f: len(f.files))
    assert single.files == ("GO/B-999.png",)
    assert len(group.files) == 25
    assert "25 of the 26 images of" in group.message
    assert "as the whole group is" in group.message


def test_next_to_nothing_to_see(tmp_path: Path) -> None:
    good(good(tmp_path, "GO"), "NG", first=100)
    write(tmp_path / "GO" / "empty.png", written(Image.new("L", (SIDE, SIDE), 90), "PNG"))
    halves = np.arange(SIDE * SIDE, dtype=np.uint8).reshape(SIDE, SIDE) % 12 * 20
    write(tmp_path / "NG" / "poor.png", written(Image.fromarray(halves), "PNG"))
    plain, poor = found(tmp_path, "low_information")
    assert plain.files == ("GO/empty.png",)
    assert "less than 3 bits of entropy" in plain.message
    assert poor.files == ("NG/poor.png",)
    assert "NG/poor.png 3.6 bits" in poor.message


def test_sixteen_bits_and_palettes_have_as_much_to_see_as_they_show(tmp_path: Path) -> None:
    """Numbers of palette entries, and 16 bits cut at 255, would be one plain white."""
    ramp = np.linspace(20_000, 60_000, SIDE * SIDE).reshape(SIDE, SIDE).astype(np.uint16)
    write(tmp_path / "GO" / "words.png", written(Image.fromarray(ramp), "PNG"))
    flat = Image.fromarray((np.arange(SIDE * SIDE) % 256).reshape(SIDE, SIDE).astype(np.uint8)).convert("P")
    flat.putpalette([120, 120, 120] * 256)
    write(tmp_path / "NG" / "palette.png", written(flat, "PNG"))
    assert one(tmp_path, "low_information").files == ("NG/palette.png",)


def test_an_image_unlike_all_others_stands_first(tmp_path: Path) -> None:
    good(good(tmp_path, "GO", 40), "NG", 20, first=100)
    write(tmp_path / "GO" / "far.png", part(50, noise=70))
    finding = one(tmp_path, "outlier")
    assert finding.severity is Severity.INFO
    assert "GO/far.png" in finding.files
    assert len(finding.files) <= 6
    assert "unlike the others: GO/far.png by its " in finding.message


def test_too_few_images_for_outliers_is_said(tmp_path: Path) -> None:
    good(tmp_path, "GO")
    report = labelkit.audit(tmp_path, select=["outlier"], jobs=1)
    assert report.findings == ()
    assert next(c.skipped for c in report.checks if c.name == "outlier") == "24 images; 50 are needed"


def test_distances_are_to_the_nearest_others() -> None:
    rows = standardised([array("d", c) for c in np.random.default_rng(0).normal(size=(3, 60)).tolist()], 3)
    apart = np.linalg.norm(rows[:, None] - rows[None], axis=2)
    expected = np.sort(apart, axis=1)[:, 1:11].mean(axis=1)
    assert mean_distances(rows, 10).tolist() == pytest.approx(expected.tolist(), abs=1e-5)


def test_far_rows_are_far_among_many_too() -> None:
    """Above 2,000 rows neighbours are sought among landmarks; which ones does not change from run to run."""
    rows = np.random.default_rng(1).normal(size=(6000, 5))
    rows[[5, 4000]] += 30
    found_far = mean_distances(rows, 10)
    assert sorted(np.argsort(found_far)[-2:].tolist()) == [5, 4000]
    assert found_far.tolist() == mean_distances(rows, 10).tolist()


@pytest.mark.parametrize(("mode", "told"), [("P", "the numbers of its entries"), ("1", "of one bit")])
def test_bitmaps_that_tensorflow_reads_otherwise(tmp_path: Path, mode: str, told: str) -> None:
    channels = [Image.effect_noise((40, 40), 60) for _ in range(3)]
    picture = Image.merge("RGB", channels).convert(mode)
    write(tmp_path / "GO" / "a.bmp", written(picture, "BMP"))
    write(tmp_path / "NG" / "a.bmp", written(Image.effect_noise((40, 40), 60), "BMP"))
    assert [f.files for f in found(tmp_path, "mixed_modes") if told in f.message] == [("GO/a.bmp",)]
