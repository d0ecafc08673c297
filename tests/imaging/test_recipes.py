from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labelkit.domain.errors import ImageError, UsageError
from labelkit.imaging.decode import stored_size
from labelkit.imaging.recipes import Pixels, decode, read_pixels, read_steady

RNG = np.random.default_rng(5)
RGB = RNG.integers(0, 256, (30, 50, 3), dtype=np.uint8)


def encoded(image: Image.Image, name: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, name, **options)
    return out.getvalue()


def png_head(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def images() -> dict[str, Image.Image]:
    rgb = Image.fromarray(RGB)
    rgba = rgb.convert("RGBA")
    rgba.putalpha(Image.fromarray(RNG.integers(0, 256, (30, 50), dtype=np.uint8)))
    return {
        "RGB": rgb,
        "L": rgb.convert("L"),
        "RGBA": rgba,
        "LA": rgba.convert("LA"),
        "P": rgb.convert("P"),
        "1": rgb.convert("1"),
        "CMYK": rgb.convert("CMYK"),
        "I;16": Image.fromarray(RNG.integers(0, 65536, (30, 50)).astype(np.uint16)),
    }


CASES = [
    *((mode, ".png") for mode in ("RGB", "L", "RGBA", "LA", "P", "1", "I;16")),
    *((mode, ".jpg") for mode in ("RGB", "L", "CMYK")),
    *((mode, ".bmp") for mode in ("RGB", "L", "P", "1")),
    *((mode, ".tif") for mode in ("RGB", "L", "CMYK", "I;16")),
]


@pytest.mark.parametrize(("mode", "suffix"), CASES)
@pytest.mark.parametrize("size", [(20, 35), (30, 50), (64, 64)])
def test_keras_recipe_is_bit_identical_to_flow_from_directory(
    tmp_path: Path, mode: str, suffix: str, size: tuple[int, int]
) -> None:
    from labelkit.training.directory import flow_from_directory

    for name in ("A", "B"):
        (tmp_path / name).mkdir()
        for i in range(2):
            images()[mode].save(tmp_path / name / f"{i}{suffix}")
    x, _ = flow_from_directory(tmp_path, target_size=size, validation_split=0.5, shuffle=False).training[0]
    mine = decode("keras-pil-nearest", (tmp_path / "A" / f"1{suffix}").read_bytes(), size)
    assert mine.dtype == np.uint8
    assert (mine * np.float32(1 / 255) == x[0]).all()


def test_sixteen_bits_are_scaled_by_a_fixed_range_and_never_clipped() -> None:
    words = np.array([[0, 257, 300, 25700, 65534, 65535]], np.uint16)
    pixels = decode("labelkit-v1", encoded(Image.fromarray(words)), (1, 6))
    assert pixels[0, :, 0].tolist() == [0, 1, 1, 100, 255, 255]
    dark = decode("labelkit-v1", encoded(Image.fromarray((words // 16).astype(np.uint16))), (1, 6))
    assert dark.max() == 16, "twelve-bit data stays dark: no image is stretched to its own range"


def test_thirty_two_bit_values_beyond_the_range_are_refused() -> None:
    fine = Image.fromarray(np.full((4, 4), 65535, np.int32))
    assert (decode("labelkit-v1", encoded(fine, "TIFF"), (4, 4)) == 255).all()
    for values in (np.full((4, 4), 70000, np.int32), np.full((4, 4), -1, np.int32)):
        with pytest.raises(ImageError, match="0 to 65535 are expected"):
            decode("labelkit-v1", encoded(Image.fromarray(values), "TIFF"), (4, 4))


def test_floating_point_pixels_are_refused_with_a_way_out() -> None:
    with pytest.raises(ImageError, match="save it with 8 or 16 bits"):
        decode("labelkit-v1", encoded(Image.fromarray(np.zeros((4, 4), np.float32)), "TIFF"), (4, 4))


def test_transparent_pixels_show_black_not_the_hidden_colour() -> None:
    hidden = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    assert decode("labelkit-v1", encoded(hidden), (4, 4)).max() == 0
    half = Image.new("RGBA", (4, 4), (200, 100, 0, 128))
    assert decode("labelkit-v1", encoded(half), (4, 4))[0, 0].tolist() == [100, 50, 0]
    palette = Image.new("P", (4, 4), 0)
    palette.putpalette([255, 0, 0, 0, 255, 0])
    assert decode("labelkit-v1", encoded(palette, transparency=0), (4, 4)).max() == 0


def test_cmyk_becomes_rgb() -> None:
    pixels = decode("labelkit-v1", encoded(Image.new("CMYK", (8, 8), (255, 0, 0, 0)), "JPEG", quality=100), (8, 8))
    assert pixels[4, 4, 0] < 5
    assert pixels[4, 4, 1:].min() > 250


def test_exif_rotation_is_applied_by_labelkit_and_not_by_keras_recipe() -> None:
    picture = Image.new("RGB", (20, 10))
    picture.paste((255, 255, 255), (0, 0, 10, 10))
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(picture, "PNG", exif=exif)
    turned, stored = decode("labelkit-v1", data, (20, 10)), decode("keras-pil-nearest", data, (10, 20))
    assert turned[2, 5].tolist() == [255, 255, 255]
    assert turned[17, 5].tolist() == [0, 0, 0]
    assert stored[5, 2].tolist() == [255, 255, 255]


def test_a_thin_scratch_survives_the_shrinking() -> None:
    plate = np.full((200, 200, 3), 128, np.uint8)
    plate[:, 102] = 255
    data = encoded(Image.fromarray(plate))
    assert decode("labelkit-v1", data, (80, 80)).max() > 140
    assert decode("keras-pil-nearest", data, (80, 80)).max() == 128, "nearest neighbour deletes this one"


def test_size_is_height_and_width() -> None:
    assert decode("labelkit-v1", encoded(Image.fromarray(RGB)), (12, 34)).shape == (12, 34, 3)


def test_first_frame_of_an_animation() -> None:
    red, blue = Image.new("RGB", (6, 6), (255, 0, 0)), Image.new("RGB", (6, 6), (0, 0, 255))
    data = encoded(red, "GIF", save_all=True, append_images=[blue])
    assert decode("labelkit-v1", data, (6, 6))[0, 0].tolist() == [255, 0, 0]


def hostile() -> dict[str, tuple[bytes, str]]:
    whole = encoded(Image.fromarray(RGB), "JPEG")
    png = encoded(Image.fromarray(RGB))
    return {
        "empty": (b"", "empty"),
        "text": (b"<html>not an image</html>", "no image of a known format"),
        "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no image of a known format"),
        "truncated jpeg": (whole[: len(whole) // 2], "cannot be decoded|the file ends too early"),
        "truncated png": (png[: len(png) - 60], "cannot be decoded"),
        "bomb": (png_head(60_000, 60_000), "cannot be decoded|at most 50,000,000"),
        "large": (png_head(9_000, 9_000), "at most 50,000,000"),
        "nothing in it": (png_head(30, 30), "cannot be decoded"),
    }


@pytest.mark.parametrize("recipe", ["labelkit-v1", "keras-pil-nearest"])
@pytest.mark.parametrize("name", hostile())
def test_what_cannot_be_decoded_in_full_is_refused_by_name(tmp_path: Path, recipe: str, name: str) -> None:
    data, message = hostile()[name]
    path = tmp_path / "part.png"
    path.write_bytes(data)
    with pytest.raises(ImageError, match=message) as told:
        read_pixels(str(path), recipe, (8, 8))
    assert told.value.place == str(path)
    assert told.value.exit_code == 3


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(ImageError, match="no plain file"):
        read_pixels(str(tmp_path / "pipe.png"), "labelkit-v1", (8, 8))
    with pytest.raises(ImageError, match="No such file"):
        read_pixels(str(tmp_path / "gone.png"), "labelkit-v1", (8, 8))


def test_a_file_that_changes_while_it_is_read_is_known_to_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real = tmp_path / "a.png", os.read
    path.write_bytes(b"before")
    data, status = read_steady(str(path))
    assert (data, status and status.st_ino) == (b"before", path.stat().st_ino)

    def read(handle: int, size: int) -> bytes:
        data = real(handle, size)
        path.write_bytes(b"behind")
        os.utime(path, ns=(0, 1_700_000_000_000_000_000))
        return data

    monkeypatch.setattr(os, "read", read)
    assert read_steady(str(path)) == (b"before", None)


def test_unknown_recipe_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'labelkit-v1'"):
        decode("labelkit-v2", encoded(Image.fromarray(RGB)), (8, 8))


def test_stored_size_reads_the_head_only(tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"nothing")
    assert stored_size(str(tmp_path / "a.png")) == (30, 50)
    assert stored_size(str(tmp_path / "b.png")) is None


def test_same_bytes_give_same_pixels() -> None:
    data = encoded(Image.fromarray(RGB), "JPEG")
    first: Pixels = decode("labelkit-v1", data, (16, 16))
    assert (first == decode("labelkit-v1", data, (16, 16))).all()
