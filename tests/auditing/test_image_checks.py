"""The checks that judge images: each on a folder that has the fault, and on one that nearly has it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import labelkit
from labelkit.domain.findings import Finding, Severity
from tests.auditing.scenes import write
from tests.imaging.jpegs import cut_out, drawing, written


def folder(root: Path, **images: bytes) -> Path:
    """Two classes of one plain image each, and these beside them: `NG_a_png=...` is NG/a.png."""
    for i, name in enumerate(("GO/plain.png", "NG/plain.png")):
        write(root / name, written(Image.new("RGB", (100, 100), (90 + i, 100, 110)), "PNG"))
    for name, data in images.items():
        label, stem, suffix = name.split("_")
        write(root / label / f"{stem}.{suffix}", data)
    return root


def found(base: Path, check: str, image_size: tuple[int, int] = (80, 80)) -> list[Finding]:
    return list(labelkit.audit(base, select=[check], jobs=1, image_size=image_size).findings)


def one(base: Path, check: str, image_size: tuple[int, int] = (80, 80)) -> Finding:
    findings = found(base, check, image_size)
    assert len(findings) == 1, findings
    return findings[0]


def gray(value: int, size: tuple[int, int] = (100, 100)) -> bytes:
    return written(Image.new("L", size, value), "PNG")


def test_damage_inside_a_jpeg_is_an_error_that_says_who_reads_it_silently(tmp_path: Path) -> None:
    whole = written(cut_out(drawing(1), (640, 480)), quality=85)
    zeros = whole[:9000] + bytes(4096) + whole[9000 + 4096 :]
    base = folder(tmp_path, GO_whole_jpg=whole, NG_torn_jpg=zeros, NG_cut_jpg=whole[:9000])
    report = labelkit.audit(base, jobs=1, select=["damaged", "unreadable"])
    assert {(f.check, f.files) for f in report.findings} == {
        ("damaged", ("NG/torn.jpg",)),
        ("unreadable", ("NG/cut.jpg",)),
    }
    damaged = next(f for f in report.findings if f.check == "damaged")
    assert damaged.severity is Severity.ERROR
    assert "Pillow" in damaged.message
    assert "without a word" in damaged.message
    assert (report.files.readable, report.files.unreadable, report.exit_code) == (4, 1, 1)


def test_what_only_looks_like_damage_is_a_warning_with_its_reason(tmp_path: Path) -> None:
    whole = written(cut_out(drawing(2), (320, 240)))
    base = folder(tmp_path, GO_padded_jpg=whole[:-2] + bytes(3) + whole[-2:])
    assert found(base, "damaged") == []
    write(base / "GO" / "odd.jpg", whole[:-2] + b"0123456789abcdef" * 4 + whole[-2:])
    finding = one(base, "damaged")
    assert (finding.severity, finding.files) == (Severity.WARNING, ("GO/odd.jpg",))
    assert "coded bytes are left over" in finding.message


@pytest.mark.parametrize(
    ("name", "kind", "severity"),
    [
        ("a.png", "JPEG", Severity.INFO),
        ("a.jpg", "PNG", Severity.INFO),
        ("a.png", "TIFF", Severity.WARNING),
        ("a.bmp", "PPM", Severity.WARNING),
        ("a.jfif", "JPEG", None),
        ("a.JPG", "MPO", None),
        ("a.pgm", "PPM", None),
        ("a_jpg", "PNG", None),
    ],
)
def test_a_wrong_extension(tmp_path: Path, name: str, kind: str, severity: Severity | None) -> None:
    options = {"save_all": True, "append_images": [Image.new("RGB", (9, 9))]} if kind == "MPO" else {}
    write(folder(tmp_path) / "GO" / name, written(Image.new("RGB", (9, 9)), kind, **options))
    findings = found(tmp_path, "wrong_extension")
    assert [f.severity for f in findings] == ([severity] if severity else [])
    for finding in findings:
        assert finding.files == (f"GO/{name}",)
        assert f"the bytes are {kind}" in finding.message
        assert ("image_dataset_from_directory stops" in finding.message) == (severity is Severity.WARNING)


def sixteen_bits(top: int) -> bytes:
    return written(Image.fromarray(np.linspace(0, top, 10_000).reshape(100, 100).astype(np.uint16)), "PNG")


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return written(Image.new("RGB", (100, 100)), exif=exif)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (sixteen_bits(65_535), "cut every value at 255"),
        (written(Image.new("F", (9, 9), 0.5), "TIFF"), "floating point"),
        (written(Image.new("RGBA", (9, 9), (255, 0, 0, 0)), "PNG"), "drop the alpha channel"),
        (turned(), "turned by an EXIF mark only"),
        (written(Image.new("CMYK", (9, 9)), "JPEG"), "are CMYK"),
        (written(Image.new("L", (9, 9)), "GIF", save_all=True, append_images=[Image.new("L", (9, 9), 9)]), "frames"),
    ],
)
def test_pixels_that_loaders_do_not_agree_on(tmp_path: Path, data: bytes, told: str) -> None:
    write(folder(tmp_path) / "GO" / "odd.tif", data)
    findings = [f for f in found(tmp_path, "mixed_modes") if "coloured" not in f.message]
    assert [f.files for f in findings] == [("GO/odd.tif",)]
    assert told in findings[0].message
    assert "1 of 3 images" in findings[0].message


def test_pixels_that_all_loaders_agree_on(tmp_path: Path) -> None:
    """An alpha channel that hides nothing, a palette, gray inside of RGB among gray."""
    opaque = written(Image.new("RGBA", (9, 9), (5, 5, 5, 255)), "PNG")
    for name in ("GO/plain.png", "NG/plain.png"):
        write(tmp_path / name, gray(90))
    write(tmp_path / "GO" / "opaque.png", opaque)
    write(tmp_path / "NG" / "rgb.png", written(Image.new("RGB", (9, 9), (7, 7, 7)), "PNG"))
    write(tmp_path / "NG" / "one.png", written(Image.new("1", (9, 9), 1), "PNG"))
    assert found(tmp_path, "mixed_modes") == []


def test_twelve_bits_kept_in_sixteen_are_nearly_black_to_one_loader(tmp_path: Path) -> None:
    dark, bright = (
        folder(tmp_path / "a", GO_a_png=sixteen_bits(4095)),
        folder(tmp_path / "b", GO_a_png=sixteen_bits(9000)),
    )
    assert "nearly black" in found(dark, "mixed_modes")[0].message
    assert "nearly black" not in found(bright, "mixed_modes")[0].message


def test_gray_among_coloured_is_told_by_class(tmp_path: Path) -> None:
    finding = one(folder(tmp_path, NG_a_png=gray(80), NG_b_png=gray(81)), "mixed_modes")
    assert finding.severity is Severity.INFO
    assert "2 images gray and 2 coloured (GO 1 of 1, NG 1 of 3)" in finding.message


@pytest.mark.parametrize(
    ("side", "size", "told"), [(320, (80, 80), False), (321, (80, 80), True), (321, (81, 81), False)]
)
def test_a_large_image_shrinks_a_scratch_away(tmp_path: Path, side: int, size: tuple[int, int], told: bool) -> None:  # noqa: FBT001 - a table of cases
    base = folder(tmp_path, GO_big_png=gray(90, (side, 200)))
    assert bool(found(base, "downscale", size)) == told


def test_what_is_left_of_a_scratch(tmp_path: Path) -> None:
    finding = one(folder(tmp_path, GO_a_png=gray(90, (1280, 960)), NG_a_png=gray(91, (1280, 960))), "downscale")
    assert finding.severity is Severity.WARNING
    assert finding.numbers == {"images": 2, "factor": 16.0, "scratch": 0.1875}
    assert "2 of 4 images shrink 16.0 times to 80 x 80: a scratch 3 pixels wide becomes 0.19" in finding.message
    assert "misses it in 81 %" in finding.message


def test_dark_and_light_and_nearly_so(tmp_path: Path) -> None:
    base = folder(tmp_path, GO_dark_png=gray(81), GO_dim_png=gray(82), NG_light_png=gray(243), NG_bright_png=gray(242))
    assert one(base, "dark").files == ("GO/dark.png",)
    assert one(base, "light").files == ("NG/light.png",)
    assert "1 of 6 images dark" in one(base, "dark").message


def test_sixteen_bits_and_palettes_are_neither_light_nor_dark(tmp_path: Path) -> None:
    """The best-known auditor calls six of six middle-gray 16-bit images light, and light-gray palettes dark."""
    base = folder(tmp_path)
    palette = Image.new("P", (100, 100), 1)
    palette.putpalette([0, 0, 0, 200, 200, 200])
    for i in range(6):
        write(base / "GO" / f"w{i}.png", written(Image.new("I;16", (100, 100), 30_000 + i), "PNG"))
        write(base / "NG" / f"p{i}.png", written(palette, "PNG"))
    assert found(base, "light") == found(base, "dark") == []


def test_an_issue_that_all_images_share_is_one_finding_about_the_set(tmp_path: Path) -> None:
    for i in range(6):
        write(tmp_path / ("GO" if i % 2 else "NG") / f"{i}.png", gray(10 + i))
    finding = one(tmp_path, "dark")
    assert len(finding.files) == 6
    assert finding.message.startswith("all 6 images dark")
    assert "the light of the set" in finding.message


@pytest.mark.parametrize(
    ("sides", "odd"),
    [
        ([100, 101, 102, 103, 104, 105, 106, 107], []),
        ([100, 101, 102, 103, 104, 105, 106, 400], ["7.png"]),
        ([100, 101, 102, 103, 104, 105, 106, 10], ["7.png"]),
    ],
)
def test_an_odd_size(tmp_path: Path, sides: list[int], odd: list[str]) -> None:
    for i, side in enumerate(sides):
        write(tmp_path / ("GO" if i % 2 else "NG") / f"{i}.png", gray(90, (side, side)))
    assert [Path(f).name for finding in found(tmp_path, "odd_size") for f in finding.files] == odd


def test_one_usual_size_and_others_is_information_told_once(tmp_path: Path) -> None:
    for i in range(10):
        write(tmp_path / ("GO" if i % 2 else "NG") / f"{i}.png", gray(90 + i, (64, 66 if i > 8 else 64)))
    finding = one(tmp_path, "odd_size")
    assert (finding.severity, finding.files) == (Severity.INFO, ("GO/9.png",))
    assert "2 sizes: 64 x 64 (9), 64 x 66 (1)" in finding.message


def test_an_odd_aspect_ratio(tmp_path: Path) -> None:
    base = folder(
        tmp_path, GO_thin_png=gray(90, (100, 34)), NG_tall_png=gray(91, (34, 100)), NG_near_png=gray(9, (100, 35))
    )
    finding = one(base, "odd_aspect_ratio")
    assert finding.files == ("GO/thin.png", "NG/tall.png")
    assert "100 x 34: loaders squash them to 80 x 80" in finding.message
