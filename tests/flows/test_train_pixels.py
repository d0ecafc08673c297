"""Training with a region, a recipe, images left out, and the sheet that shows what the network will see."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labelkit.domain.errors import ImageError, UsageError
from labelkit.domain.recipe import Aspect, Recipe, Region
from labelkit.flows.predict import predict
from tests.checkout import Command
from tests.training.scenes import SIZE, draw_set, train_quickly


def test_recipe_region_and_aspect_travel_with_the_bundle_and_bad_images_are_left_out(tmp_path: Path) -> None:
    base_dir = draw_set(tmp_path / "set", {"GO": 12, "NG": 12}, side=60)
    for path in base_dir.glob("*/*"):  # what tells the classes apart stands in one corner; the rest is one gray
        with Image.open(path) as image:
            corner = np.asarray(image.convert("RGB"))[:20, :30]
        whole = np.full((60, 60, 3), 128, np.uint8)
        whole[30:50, 20:50] = corner
        Image.fromarray(whole).save(path, quality=95)
    bad = base_dir / "GO" / "004.jpg"
    bad.write_bytes(b"no picture")
    with pytest.raises(ImageError) as told:
        train_quickly(base_dir, tmp_path / "runs")
    assert (told.value.place, told.value.exit_code) == (str(bad), 3)
    result = train_quickly(base_dir, tmp_path / "runs", crop="20,30,30,20", aspect="pad", skip_bad=1, epochs=16)
    assert [s.path for s in result.skipped] == [str(bad)]
    assert sum(result.samples.values()) == 23
    assert not any("reads" in line for line in result.warnings)
    card = json.loads((Path(result.bundle) / "bundle.json").read_text(encoding="utf-8"))
    assert (card["recipe"], card["aspect"], card["crop"]) == ("labelkit-v1", "pad", [20, 30, 30, 20])
    assert result.options.recipe == Recipe(aspect=Aspect.PAD, crop=Region(20, 30, 30, 20))
    said = predict(result.bundle, [base_dir / "GO" / "000.png", base_dir / "NG" / "000.png"])
    assert said[1].logits[0] > said[0].logits[0] + 0.1, "it has seen the corner"
    small = tmp_path / "small.png"
    Image.new("RGB", (30, 30)).save(small)
    assert "reaches beyond this picture of 30 x 30" in predict(result.bundle, small)[0].error


def test_keras_loader_refuses_what_it_cannot_do(tmp_path: Path) -> None:
    base_dir = draw_set(tmp_path / "set", {"GO": 6, "NG": 6})
    for options, message in (
        ({"skip_bad": 1}, "cannot skip"),
        ({"crop": "0,0,9,9"}, "cannot crop a region"),
        ({"recipe": "labelkit-v1"}, "its recipes are keras-pil-"),
    ):
        with pytest.raises(UsageError, match=message):
            train_quickly(base_dir, tmp_path / "runs", loader="flow_from_directory", **options)


def test_the_sheet_is_a_picture_and_nothing_is_trained(tmp_path: Path, labelkit: Command) -> None:
    base_dir = draw_set(tmp_path / "set", {"GO": 12, "NG": 12})
    words = ["train", str(base_dir), "--show-augment", "sheet.png", "--augment", "flip,rotate=5", "--image-size", "32"]
    done = labelkit(*words, "--json", cwd=tmp_path)
    assert done.returncode == 0
    told = json.loads(done.stdout)
    assert told == {"schema": 1, "sheet": {"file": "sheet.png", "augment": "flip,rotate=5", "images": 8, "views": 7}}
    with Image.open(tmp_path / "sheet.png") as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    step = SIZE[0] * 4 + 6
    assert pixels.shape[1] == 6 + 8 * step
    tiles = [pixels[60:180, 6 + k * step : 6 + k * step + 100] for k in range(8)]
    assert len({t.tobytes() for t in tiles}) == 8, "every view is another"
    assert not (tmp_path / "runs").exists()
    wrong = labelkit("train", str(base_dir), "--augment", "flop", cwd=tmp_path)
    assert (wrong.returncode, "did you mean 'flip'" in wrong.stderr) == (2, True)


def test_a_bundle_that_averages_views_says_the_same_of_a_part_however_it_lies(tmp_path: Path) -> None:
    base_dir = draw_set(tmp_path / "set", {"GO": 12, "NG": 12})
    result = train_quickly(base_dir, tmp_path / "runs", epochs=1, average_views=True, augment="flip,turn")
    image = base_dir / "NG" / "000.png"
    with Image.open(image) as picture:
        picture.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.png")
    one, other = predict(result.bundle, [image, tmp_path / "turned.png"])
    np.testing.assert_allclose(one.logits, other.logits, atol=5e-3)  # shrinking rounds rows and columns in turn
    options = json.loads((Path(result.bundle) / "bundle.json").read_text(encoding="utf-8"))["options"]
    assert options["average_views"] is True
