"""Image features: their values on pictures one can reckon by hand, and how many decodes they cost."""

from __future__ import annotations

import io
import math
import zlib

import numpy as np
import pytest
from PIL import Image

from labelkit.domain.errors import ImageError
from labelkit.domain.labeling import BUILT_IN_FEATURES
from labelkit.imaging.features import image_features
from labelkit.imaging.recipes import Pixels, decode


def encoded(image: Image.Image, kind: str = "PNG", orientation: int | None = None) -> bytes:
    exif = image.getexif()
    if orientation is not None:
        exif[0x0112] = orientation
        exif[0x010F] = "Camera Works"
        exif[0x829A] = 0.02
    out = io.BytesIO()
    image.save(out, kind, exif=exif) if orientation else image.save(out, kind)
    return out.getvalue()


def halves() -> Image.Image:
    """40 wide, 20 high; the left half black, the right half white."""
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, 20:] = 255
    return Image.fromarray(pixels)


def array(value: object) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    assert isinstance(value, np.ndarray)
    return value


def test_values_of_a_picture_of_two_halves() -> None:
    found = image_features(encoded(halves()), BUILT_IN_FEATURES)
    assert set(found) == set(BUILT_IN_FEATURES)
    assert (array(found["image"]).shape, str(array(found["image"]).dtype)) == ((20, 40, 3), "uint8")
    assert (array(found["gray"]).shape, str(array(found["gray"]).dtype)) == ((20, 40), "uint8")
    assert found["brightness"] == 127.5
    assert found["contrast"] == 127.5
    assert (found["width"], found["height"], found["exif"]) == (40, 20, {})
    laplacian = [0] * 18 + [255, -255] + [0] * 18
    assert found["sharpness"] == pytest.approx(np.var(laplacian))


def test_a_flat_picture_has_no_contrast_and_no_sharpness() -> None:
    found = image_features(encoded(Image.new("L", (9, 9), 77)), ["brightness", "contrast", "sharpness"])
    assert found == {"brightness": 77.0, "contrast": 0.0, "sharpness": 0.0}
    assert image_features(encoded(Image.new("L", (2, 9), 77)), ["sharpness"]) == {"sharpness": 0.0}


def test_gray_is_luma_of_the_colours() -> None:
    gray = array(image_features(encoded(Image.new("RGB", (3, 3), (255, 0, 0))), ["gray"])["gray"])
    assert gray[0, 0] == 76  # 0.299 of 255


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_pixels_and_size_are_upright(kind: str, orientation: int) -> None:
    data = encoded(halves(), kind, orientation)
    found = image_features(data, ["width", "height", "image", "gray"])
    size: tuple[int, ...] = (20, 40) if orientation in {6, 8} else (40, 20)
    assert [found["width"], found["height"]] == list(size)
    gray = array(found["gray"]).astype(int)
    assert list(gray.shape) == list(reversed(size))
    light = {1: gray[:, 25:], 3: gray[:, :15], 6: gray[25:], 8: gray[:15]}[orientation]
    assert light.min() > 200


def test_exif_is_text_and_numbers() -> None:
    exif = image_features(encoded(halves(), "JPEG", 6), ["exif"])["exif"]
    assert exif == {"Orientation": 6, "Make": "Camera Works", "ExposureTime": pytest.approx(0.02)}


def test_sixteen_bits_are_scaled_by_their_whole_range() -> None:
    words = np.array([[0, 257, 25_700, 65_535]] * 4, np.uint16)
    gray = array(image_features(encoded(Image.fromarray(words)), ["gray"])["gray"])
    assert gray[0].tolist() == [0, 1, 100, 255]


def test_one_decode_however_many_are_asked_and_none_for_the_head(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = []

    def counted(recipe: str, data: bytes, size: tuple[int, int]) -> Pixels:
        decoded.append(size)
        return decode(recipe, data, size)

    monkeypatch.setattr("labelkit.imaging.features.decode", counted)
    data = encoded(halves(), "JPEG", 6)
    image_features(data, BUILT_IN_FEATURES)
    assert decoded == [(40, 20)]
    image_features(data, ["width", "height", "exif"])
    assert len(decoded) == 1


def test_a_cut_off_picture_still_has_a_head_but_no_pixels() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), "JPEG")[:2_000]
    assert image_features(data, ["width"]) == {"width": 64}
    with pytest.raises(ImageError):
        image_features(data, ["width", "brightness"])


@pytest.mark.parametrize("data", [b"", b"no image", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"\x89PNG\r\n\x1a\n" + bytes(64)])
@pytest.mark.parametrize("names", [["width"], ["gray"]])
def test_what_is_no_picture_is_an_error_that_says_so(data: bytes, names: list[str]) -> None:
    with pytest.raises(ImageError) as caught:
        image_features(data, names)
    assert caught.value.message


@pytest.mark.parametrize("side", [8_000, 10_000, 20_000])
def test_a_picture_of_too_many_pixels_is_refused_by_its_head(side: int) -> None:
    data = bytearray(encoded(Image.new("L", (1, 1))))
    data[16:24] = side.to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    for names in (["width"], ["gray"]):
        with pytest.raises(ImageError, match="pixels"):
            image_features(bytes(data), names)


def test_no_rule_can_alter_what_the_next_one_sees() -> None:
    found = image_features(encoded(halves()), ["image", "gray"])
    for name in ("image", "gray"):
        with pytest.raises(ValueError, match="read-only"):
            array(found[name])[0, 0] = 1


def test_numbers_are_finite_and_plain() -> None:
    found = image_features(encoded(halves()), ["brightness", "contrast", "sharpness", "width", "height"])
    assert all(isinstance(v, (int, float)) and not isinstance(v, np.generic) for v in found.values())
    assert all(math.isfinite(float(str(v))) for v in found.values())
