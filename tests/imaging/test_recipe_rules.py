"""What each recipe makes of proportions, regions, orientation, depth, and of JPEGs decoded at a fraction."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from labelkit.domain.errors import ImageError, UsageError
from labelkit.domain.recipe import INTERPOLATIONS, Aspect, Recipe, Region, parse_region, recipe_of_json
from labelkit.imaging.recipes import Pixels, decode

RNG = np.random.default_rng(3)


def picture(width: int, height: int) -> Image.Image:
    """Shapes with edges in all directions, and a little noise."""
    image = Image.new("RGB", (width, height), (90, 110, 130))
    draw = ImageDraw.Draw(image)
    for _ in range(25):
        x, y = int(RNG.integers(0, width)), int(RNG.integers(0, height))
        r = int(RNG.integers(5, 80))
        color = tuple(int(v) for v in RNG.integers(0, 256, 3))
        draw.ellipse((x - r, y - r // 2, x + r, y + r // 2), color)
    noisy = np.asarray(image).astype(np.int64) + RNG.integers(-8, 9, (height, width, 3))
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def encoded(image: Image.Image, name: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, name, **options)
    return out.getvalue()


def area_mean(whole: Pixels, height: int, width: int) -> np.ndarray:
    """The mean of each target pixel's area, parts of pixels counted as parts."""

    def along(a: np.ndarray, n: int) -> np.ndarray:
        sums = np.concatenate([np.zeros((1, *a.shape[1:])), np.cumsum(a, 0)])
        edges = np.linspace(0, len(a), n + 1)
        at = np.minimum(edges.astype(int), len(a) - 1)
        reached = sums[at] + (edges - at).reshape(-1, 1, 1) * a[at]
        means: np.ndarray = np.diff(reached, axis=0) * n / len(a)
        return means

    return along(along(whole.astype(float), height).swapaxes(0, 1), width).swapaxes(0, 1)


@pytest.mark.parametrize(("width", "height"), [(1280, 960), (643, 481), (200, 170)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_labelkit_v1_lies_close_to_the_area_mean(width: int, height: int, kind: str) -> None:
    data = encoded(picture(width, height), kind, **({"quality": 88} if kind == "JPEG" else {}))
    truth = area_mean(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")), 80, 96)
    away = np.abs(decode("labelkit-v1", data, (80, 96)) - truth)
    assert away.mean() < 1.2
    assert np.percentile(away, 99) < 10
    nearest = np.abs(decode("keras-pil-nearest", data, (80, 96)) - truth)
    assert nearest.mean() > 3 * away.mean()


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("keep", [False, True])
def test_keras_recipes_are_bit_identical_to_keras(tmp_path: Path, interpolation: str, *, keep: bool) -> None:
    from labelkit.training.backend import keras

    rgb = picture(61, 47)
    rgba = rgb.convert("RGBA")
    rgba.putalpha(128)
    kinds = {"a.png": rgb, "b.jpg": rgb.convert("L"), "c.png": rgba, "d.bmp": rgb.convert("P"), "e.tif": rgb}
    recipe = Recipe(f"keras-pil-{interpolation}", Aspect.CROP if keep else Aspect.SQUASH)
    for name, image in kinds.items():
        image.save(tmp_path / name)
        for size in ((20, 31), (47, 61), (80, 33)):
            theirs = keras.utils.load_img(
                tmp_path / name, target_size=size, interpolation=interpolation, keep_aspect_ratio=keep
            )
            mine = decode(recipe, (tmp_path / name).read_bytes(), size)
            assert (mine == np.asarray(theirs)).all(), (name, size)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_a_region_is_cut_from_the_upright_picture(orientation: int, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {}
    data = encoded(picture(201, 123), kind, exif=exif, **options)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    found = decode(Recipe(crop=Region(11, 21, 60, 64)), data, (64, 60)).astype(int)
    assert np.abs(found - np.asarray(upright.crop((11, 21, 71, 85)))).max() <= 2
    whole = decode("labelkit-v1", data, (40, 30)).astype(float)
    assert np.abs(whole - area_mean(np.asarray(upright), 40, 30)).mean() < 1.5


def test_nothing_outside_a_region_has_a_say_whatever_the_scale() -> None:
    inside = picture(256, 256)
    surroundings = [Image.new("RGB", (1024, 768), color) for color in ((0, 0, 0), (255, 255, 255))]
    found = []
    for whole in surroundings:
        whole.paste(inside, (128, 64))
        found.append(decode(Recipe(crop=Region(128, 64, 256, 256)), encoded(whole), (32, 32)))
    assert (found[0] == found[1]).all()
    jpegs = [encoded(whole, "JPEG", quality=95, subsampling=0) for whole in surroundings]
    both = [decode(Recipe(crop=Region(128, 64, 256, 256)), data, (32, 32)) for data in jpegs]
    assert (both[0] == both[1]).all(), "the region lies along the blocks of the JPEG, and so does the fraction"


def test_aspect_squashes_pads_or_crops() -> None:
    image = Image.new("RGB", (200, 100), (255, 255, 255))
    image.paste((255, 0, 0), (0, 0, 50, 100))
    data = encoded(image)
    squashed, padded, cropped = (decode(Recipe(aspect=a), data, (40, 40)).astype(int) for a in Aspect)
    assert squashed[20, 5].tolist() == [255, 0, 0]
    assert squashed[20, 15].tolist() == [255, 255, 255]
    assert padded[:9].max() == padded[31:].max() == 0, "black above and below"
    assert padded[20, 5].tolist() == [255, 0, 0]
    assert padded[20, 38].tolist() == [255, 255, 255]
    assert cropped[:, 2:].min() == 255, "the red quarter at the left is outside the middle"
    tall = decode(Recipe(aspect=Aspect.PAD), encoded(image.transpose(Image.Transpose.ROTATE_90)), (40, 40))
    assert tall[:, :9].max() == tall[:, 31:].max() == 0


def test_a_region_beyond_the_picture_is_told_with_both_sizes() -> None:
    with pytest.raises(ImageError, match=r"150,0,100,50 reaches beyond this picture of 200 x 100"):
        decode(Recipe(crop=Region(150, 0, 100, 50)), encoded(Image.new("RGB", (200, 100))), (40, 40))


def test_damage_inside_a_jpeg_is_refused_by_labelkit_and_read_by_keras_recipe() -> None:
    data = bytearray(encoded(picture(640, 480), "JPEG", quality=90))
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(4000)
    with pytest.raises(ImageError, match="damaged"):
        decode("labelkit-v1", bytes(data), (40, 40))
    assert decode("keras-pil-nearest", bytes(data), (40, 40)).shape == (40, 40, 3)


def test_gray_cmyk_and_progressive_jpegs_take_the_fast_way_or_none() -> None:
    rgb = picture(640, 480)
    for image, options in ((rgb.convert("L"), {}), (rgb.convert("CMYK"), {}), (rgb, {"progressive": True})):
        data = encoded(image, "JPEG", quality=95, subsampling=0, **options)
        truth = area_mean(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")), 60, 80)
        assert np.abs(decode("labelkit-v1", data, (60, 80)) - truth).mean() < 1.5


def test_a_recipe_goes_to_a_bundle_and_back() -> None:
    for recipe in (Recipe(), Recipe(aspect=Aspect.PAD, crop=Region(1, 2, 3, 4)), Recipe("keras-pil-box", Aspect.CROP)):
        assert recipe_of_json(recipe.as_json()) == recipe
    assert recipe_of_json({"recipe": "labelkit-v1"}) == Recipe(), "as the first bundles have it"
    for bad in (
        {"recipe": "labelkit-v9"},
        {"recipe": "labelkit-v1", "aspect": "zoom"},
        {**Recipe().as_json(), "crop": [1]},
    ):
        with pytest.raises(UsageError):
            recipe_of_json(bad)


@pytest.mark.parametrize("text", ["1,2,3", "a,b,c,d", "1,2,0,4", "-1,0,5,5", ""])
def test_what_is_no_region_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(UsageError, match=r"X,Y,W,H|at least 1"):
        parse_region(text)


def test_keras_recipes_refuse_what_keras_cannot() -> None:
    for options in ({"crop": Region(0, 0, 5, 5)}, {"aspect": Aspect.PAD}):
        with pytest.raises(UsageError, match="does as Keras does"):
            Recipe("keras-pil-nearest", **options)
