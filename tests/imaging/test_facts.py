"""Facts of images that one can reckon by hand: every mode, bit depth and orientation on its true range."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageOps
from scipy.fft import dct

from labelkit.domain.facts import ImageFacts, PixelFacts, fact_columns, table_of_facts
from labelkit.imaging.brightness_facts import _values_at
from labelkit.imaging.probe import probe
from tests.imaging.jpegs import cut_out, drawing, written


def facts_of(image: Image.Image, kind: str = "PNG", **options: object) -> ImageFacts:
    facts = probe("a", written(image, kind, **options))
    assert facts.readable, facts.fault
    return facts


def pixels_of(image: Image.Image, kind: str = "PNG", **options: object) -> PixelFacts:
    pixels = facts_of(image, kind, **options).pixels
    assert pixels is not None
    return pixels


def test_percentiles_are_those_of_all_values_in_order() -> None:
    rng = np.random.default_rng(4)
    for size in [1, 2, 3, 19, 50, 101, 400] * 20:
        values = rng.integers(0, int(rng.integers(1, 300)), size).astype(np.float32)
        ranks = [round(p * (size - 1) / 100) for p in (1, 5, 50, 95, 99)]
        assert _values_at(values, ranks) == np.sort(values)[ranks].tolist()


def test_numbers_of_a_picture_of_two_halves() -> None:
    """40 x 20, the left half black, the right half white."""
    values = np.zeros((20, 40), np.uint8)
    values[:, 20:] = 255
    found = pixels_of(Image.fromarray(values))
    assert (found.scale, found.gray) == (1, True)
    assert (found.brightness, found.p1, found.p5, found.p95, found.p99) == (0.5, 0, 0, 1, 1)
    assert (found.contrast, found.entropy) == (0.5, 1)
    laplacian = [0] * 18 + [1, -1] + [0] * 18
    assert found.sharpness == pytest.approx(np.var(laplacian), abs=1e-6)
    assert (found.border, found.border_contrast) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("colour", "seen"), [((255, 0, 0), 0.241**0.5), ((0, 255, 0), 0.691**0.5), ((0, 0, 255), 0.068**0.5)]
)
def test_brightness_is_the_perceived_one(colour: tuple[int, int, int], seen: float) -> None:
    found = pixels_of(Image.new("RGB", (30, 30), colour))
    assert (found.red, found.green, found.blue) == tuple(c / 255 for c in colour)
    assert found.brightness == pytest.approx(seen, abs=1e-6)
    assert (found.contrast, found.sharpness, found.entropy) == (0, 0, 0)


@pytest.mark.parametrize(
    ("image", "mode", "bits", "brightness"),
    [
        (Image.new("1", (9, 9), 1), "1", 1, 1.0),
        (Image.new("L", (9, 9), 51), "L", 8, 0.2),
        (Image.new("I;16", (9, 9), 13107), "I;16", 16, 0.2),
        (Image.new("RGB", (9, 9), (51, 51, 51)), "RGB", 8, 0.2),
    ],
)
def test_each_bit_depth_is_judged_on_its_own_range(image: Image.Image, mode: str, bits: int, brightness: float) -> None:
    facts = facts_of(image)
    assert (facts.mode, facts.bits, facts.transparent) == (mode, bits, False)
    assert facts.pixels is not None
    assert facts.pixels.brightness == pytest.approx(brightness, abs=1e-6)


def test_sixteen_bits_are_reduced_without_losing_their_steps() -> None:
    words = np.zeros((400, 400), np.uint16)
    words[:, ::2] = 100
    found = pixels_of(Image.fromarray(words), "TIFF")
    assert found.scale == 4
    assert [found.brightness, found.p99] == pytest.approx([50 / 65535] * 2, abs=1e-6)


def test_thirty_two_bits_in_the_range_are_read_as_sixteen_and_else_not_judged() -> None:
    assert pixels_of(Image.fromarray(np.full((9, 9), 13107, np.int32)), "TIFF").brightness == pytest.approx(0.2)
    beyond = facts_of(Image.fromarray(np.full((9, 9), 70_000, np.int32)), "TIFF")
    real = facts_of(Image.fromarray(np.full((9, 9), 0.5, np.float32)), "TIFF")
    assert (beyond.pixels, beyond.bits, real.pixels, real.bits) == (None, 32, None, 32)


def test_a_palette_is_judged_by_its_colours() -> None:
    image = Image.new("P", (9, 9), 3)
    image.putpalette([0, 0, 0] * 3 + [200, 200, 200])
    facts = facts_of(image)
    assert facts.pixels is not None
    assert facts.pixels.brightness == pytest.approx(200 / 255, abs=1e-6)
    assert (facts.mode, facts.pixels.gray, facts.transparent) == ("P", True, False)


def test_alpha_shows_black_and_counts_only_where_it_is_used() -> None:
    opaque, half = Image.new("RGBA", (9, 9), (255, 255, 255, 255)), Image.new("RGBA", (9, 9), (255, 255, 255, 51))
    assert (facts_of(opaque).transparent, facts_of(half).transparent) == (False, True)
    assert pixels_of(half).brightness == pytest.approx(0.2, abs=1e-6)
    palette = Image.new("P", (9, 9), 0)
    palette.putpalette([255, 255, 255])
    facts = facts_of(palette, transparency=0)
    assert facts.transparent
    assert facts.pixels is not None
    assert facts.pixels.brightness == 0


def test_cmyk_is_told_and_judged_as_rgb() -> None:
    image = Image.new("RGB", (64, 64), (200, 100, 50))
    facts = facts_of(image.convert("CMYK"), "JPEG", quality=100)
    assert (facts.mode, facts.damage) == ("CMYK", "")
    assert facts.pixels is not None
    told = (facts.pixels.red, facts.pixels.green, facts.pixels.blue)
    assert told == pytest.approx((200 / 255, 100 / 255, 50 / 255), abs=0.02)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG", "WEBP"])
def test_turned_by_exif_or_turned_for_good_is_the_same(kind: str) -> None:
    upright = cut_out(drawing(1), (120, 100))
    lossless = {"lossless": True} if kind == "WEBP" else {}
    for orientation, back in {
        3: Image.Transpose.ROTATE_180,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        8: Image.Transpose.ROTATE_270,
    }.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = written(upright.transpose(back), kind, exif=exif, **lossless)
        marked = probe("a", data)
        assert marked.orientation == (1 if kind == "TIFF" else orientation), "Pillow turns a TIFF by itself"
        with Image.open(io.BytesIO(data)) as image:
            plain = pixels_of(ImageOps.exif_transpose(image))
        assert marked.pixels is not None
        assert marked.pixels.phash == plain.phash
        assert marked.pixels.digest == plain.digest


def test_the_digest_is_of_pixels_not_of_bytes_and_of_the_shape_too() -> None:
    image = cut_out(drawing(2), (60, 40))
    assert pixels_of(image).digest == pixels_of(image, "BMP").digest == pixels_of(image, "TIFF").digest
    gray = image.convert("L")
    assert pixels_of(gray).digest == pixels_of(gray.convert("RGB")).digest
    assert pixels_of(Image.new("L", (100, 50), 7)).digest != pixels_of(Image.new("L", (50, 100), 7)).digest
    other = image.copy()
    other.putpixel((30, 20), (0, 255, 0))
    assert pixels_of(other).digest != pixels_of(image).digest


def bits_apart(first: str, second: str) -> int:
    return (int(first, 16) ^ int(second, 16)).bit_count()


def reference_hash(data: bytes) -> str:
    """What imagehash 4.3 does: full decode, gray, Lanczos to 32 x 32, DCT-II both ways, median of the 8 x 8."""
    with Image.open(io.BytesIO(data)) as image:
        tiny = np.asarray(image.convert("L").resize((32, 32), Image.Resampling.LANCZOS), np.float64)
    low = dct(dct(tiny, axis=0), axis=1)[:8, :8]
    return np.packbits(low > np.median(low)).tobytes().hex()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_perceptual_hash_is_near_that_of_imagehash(kind: str) -> None:
    rng = drawing(3)
    apart = []
    for _ in range(40):
        data = written(cut_out(rng, (rng.randint(100, 790), rng.randint(100, 630))), kind)
        pixels = probe("a", data).pixels
        assert pixels is not None
        apart.append(bits_apart(pixels.phash, reference_hash(data)))
    assert max(apart) <= 4
    assert sum(apart) / len(apart) < 1.5


@pytest.mark.parametrize("quality", [1, 30, 50, 75, 90, 100])
def test_the_quality_of_a_jpeg_is_read_from_its_tables(quality: int) -> None:
    image = cut_out(drawing(4), (64, 48))
    jpeg = facts_of(image, "JPEG", quality=quality, subsampling=0, progressive=quality > 80).jpeg
    assert jpeg is not None
    assert (jpeg.quality, jpeg.ijg_tables, jpeg.subsampling) == (quality, True, "4:4:4")
    assert jpeg.progressive == (quality > 80)
    camera = facts_of(image, "JPEG", qtables=[list(range(1, 65)), [9] * 64]).jpeg
    assert camera is not None
    assert not camera.ijg_tables
    assert camera.tables != jpeg.tables


def test_exif_tells_time_camera_and_program() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0131] = "Camera Works", "C-1", "Line 4 "
    exif[0x0132] = "2026:01:31 08:15:00"
    exif.get_ifd(0x8769)[0x9003] = "2026:01:30 07:00:00"
    told = facts_of(Image.new("L", (9, 9)), "JPEG", exif=exif).exif
    assert told is not None
    assert (told.taken, told.camera, told.software) == ("2026:01:30 07:00:00", "Camera Works C-1", "Line 4")
    assert facts_of(Image.new("L", (9, 9)), "JPEG").exif is None


def test_frames_are_counted_and_the_first_is_judged() -> None:
    black, white = Image.new("RGB", (30, 30)), Image.new("RGB", (30, 30), (255, 255, 255))
    for kind in ("MPO", "GIF", "TIFF", "PNG", "WEBP"):
        facts = facts_of(black, kind, save_all=True, append_images=[white.copy()])
        assert (facts.format, facts.frames) == (kind, 2)
        assert facts.pixels is not None
        assert facts.pixels.brightness < 0.01


def test_what_pillow_makes_of_sixteen_bit_colour_is_told_with_its_depth() -> None:
    """Pillow gives the upper eight bits, and calls the mode RGB."""
    data = bytearray(written(Image.new("RGB", (1, 1), (51, 51, 51))))
    assert probe("a", bytes(data)).bits == 8
    words = Image.new("I;16", (2, 1), 30_000)
    assert facts_of(words, "TIFF").bits == 16
    ppm = b"P6 1 1 65535\n" + struct.pack(">3H", 13107, 13107, 13107)
    assert probe("a.ppm", ppm).readable


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (2, 2), (3, 3), (191, 95), (192, 192), (2000, 20)])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_every_number_is_finite_and_in_its_range(size: tuple[int, int], kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    found = pixels_of(Image.fromarray(noise), kind)
    parts = ("brightness", "p1", "p5", "p50", "p95", "p99", "red", "green", "blue", "border")
    assert all(0 <= getattr(found, name) <= 1 for name in parts)
    assert found.p1 <= found.p5 <= found.p50 <= found.p95 <= found.p99
    assert 0 <= found.contrast <= 0.5
    assert 0 <= found.border_contrast <= 0.5
    assert 0 <= found.sharpness <= 16
    assert 0 <= found.entropy <= 8


@pytest.mark.parametrize("data", [b"", b"no image", written(cut_out(drawing(5), (99, 99)))[:900]])
def test_what_cannot_be_read_has_a_row_all_the_same(data: bytes) -> None:
    table = table_of_facts([probe("GO/a.jpg", data)])
    assert list(table) == list(fact_columns())
    assert table["path"] == ["GO/a.jpg"]
    assert table["fault"] != [""]
    assert table["brightness"] == [None]
