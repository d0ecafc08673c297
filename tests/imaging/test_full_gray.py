"""Gray in full size: the same as the feature `gray`, whichever way it is had."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from labelkit.domain.errors import ImageError
from labelkit.imaging.features import image_features
from labelkit.imaging.full_gray import full_gray


def saved(mode: str, kind: str, *, orientation: int = 1) -> bytes:
    levels = np.random.default_rng(3).integers(0, 256, (40, 60, 3), np.uint8)
    image = Image.fromarray(levels).resize((120, 80), Image.Resampling.BICUBIC).convert(mode)
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = BytesIO()
    image.save(out, kind, **({} if kind == "BMP" else {"exif": exif.tobytes()}))
    return out.getvalue()


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize(
    ("mode", "kind", "apart"),
    [
        ("L", "JPEG", 0),
        ("RGB", "JPEG", 2),  # luma as it is stored, where the feature goes by way of rounded RGB, clipped to 0-255
        ("CMYK", "JPEG", 0),
        ("L", "PNG", 0),
        ("RGB", "PNG", 0),
        ("P", "PNG", 0),
        ("RGBA", "PNG", 0),
        ("L", "BMP", 0),
    ],
)
def test_the_same_as_the_feature(mode: str, kind: str, apart: int, orientation: int) -> None:
    data = saved(mode, kind, orientation=orientation)
    expected = np.asarray(image_features(data, ["gray"])["gray"])
    found = full_gray(data)
    assert found.shape == expected.shape
    assert found.dtype == np.uint8
    differ = np.abs(found.astype(int) - expected.astype(int))
    assert np.quantile(differ, 0.99) <= apart


def test_what_cannot_be_decoded_is_said() -> None:
    with pytest.raises(ImageError):
        full_gray(b"no image")
    with pytest.raises(ImageError):
        full_gray(saved("L", "PNG")[:200])
