from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import labelkit
from labelkit.domain.errors import BundleError, DataError, UsageError
from labelkit.imaging.recipes import read_pixels
from labelkit.reporting.adopt_console import show_adoption
from labelkit.reporting.adopt_json import adoption_json
from labelkit.reporting.console import make_console
from labelkit.storage.known_models import remember
from labelkit.training.backend import keras
from labelkit.training.bundle import file_digest
from tests.reporting.test_schemas import faults
from tests.training.scenes import draw_set, scratch

SIDE = 24


@cache
def striped() -> Path:
    """40 images with upright stripes (GO) and 20 with level ones (NG): what tells them apart is no brightness."""
    rng, root = np.random.default_rng(0), scratch() / "striped"
    rows, columns = np.mgrid[:32, :32]
    for name, images, along in (("GO", 40, columns), ("NG", 20, rows)):
        (root / name).mkdir(parents=True)
        for i in range(images):
            wave = rng.uniform(30, 60) * np.sin(along * rng.uniform(0.8, 1.4) + rng.uniform(0, 6))
            pixels = np.clip(128 + wave + rng.uniform(-30, 30) + rng.normal(0, 10, (32, 32)), 0, 255)
            Image.fromarray(np.repeat(pixels.astype(np.uint8)[..., None], 3, axis=2)).save(root / name / f"{i:03}.png")
    return root


@cache
def learned() -> list[np.ndarray]:
    """The weights of a small network that was trained without labelkit, fed with 0 to 1, GO before NG."""
    keras.utils.set_random_seed(0)
    files = sorted(striped().glob("*/*"))
    x = np.stack([read_pixels(str(f), "keras-pil-nearest", (SIDE, SIDE)) for f in files]).astype(np.float32)
    model = network("0-1", "sigmoid")
    model.compile(keras.optimizers.Adam(0.01), loss="binary_crossentropy")
    model.fit(x / 255, np.array([f.parent.name == "NG" for f in files], float), epochs=120, batch_size=20, verbose=0)
    return model.get_weights()  # type: ignore[no-any-return]  # Keras ships no types


def network(scale: str, end: str) -> keras.Model:
    """A tutorial's network: `scale` is what it is fed, `end` its last activation."""
    layers = [keras.Input((SIDE, SIDE, 3))]
    if scale == "0-255":
        layers.append(keras.layers.Rescaling(1 / 255))
    layers += [keras.layers.Conv2D(8, 5, strides=2, activation="relu"), keras.layers.Conv2D(8, 3, activation="relu")]
    layers.append(keras.layers.GlobalAveragePooling2D())
    layers.append(keras.layers.Dense(1 if end == "sigmoid" else 2, activation=end))
    return keras.Sequential(layers)


@cache
def foreign(order: str, scale: str, *, end: str = "sigmoid", trained: bool = True) -> Path:
    """A tutorial's model that was trained once; with its last layer turned round it says the same in another order.

    For sigmoid(-z) = 1 - sigmoid(z), and the softmax of (-z/2, z/2) is (1 - sigmoid(z), sigmoid(z)).
    """
    keras.utils.set_random_seed(0)
    model = network(scale, end)
    if trained:
        *body, kernel, bias = learned()
        sign = 1 if order == "GO,NG" else -1
        last = [sign * kernel, sign * bias]
        if end == "softmax":
            last = [np.concatenate([-w / 2, w / 2], axis=-1) for w in last]
        model.set_weights([*body, *last])
    path = scratch() / "model.keras"
    model.save(path)
    remember(file_digest(path))  # as if opened here before: what is opened apart first is tested with that
    return path


@pytest.mark.parametrize("order", ["GO,NG", "NG,GO"])
@pytest.mark.parametrize("scale", ["0-1", "0-255"])
def test_each_of_the_four_ways_is_found(order: str, scale: str, tmp_path: Path) -> None:
    found = labelkit.adopt(foreign(order, scale), striped(), out=tmp_path / "runs")
    best = found.readings[0]
    assert (",".join(best.reading.classes), str(best.reading.scale)) == (order, scale)
    assert best.cross_entropy < found.prior_cross_entropy / 2
    assert found.card.class_map.reject == "NG"
    said = labelkit.predict(found.bundle, striped())
    right = sum(p.label == Path(p.path).parent.name for p in said)
    assert right / len(said) == pytest.approx(found.metrics.accuracy)
    assert right / len(said) > 0.95
    assert faults("adopt", adoption_json(found)) == []


def test_two_outputs_and_what_a_person_reads(tmp_path: Path) -> None:
    found = labelkit.adopt(foreign("NG,GO", "0-1", end="softmax"), striped(), out=tmp_path / "runs")
    assert found.readings[0].reading.classes == ("NG", "GO")
    console = make_console()
    with console.capture() as printed:
        show_adoption(found, console)
    text = printed.get()
    assert "index 0 = NG, index 1 = GO: the output near 1 means GO" in text
    assert text.count("fits") == 1
    card = json.loads((Path(found.bundle) / "bundle.json").read_text())
    assert card["adopted"]["readings"][0]["classes"] == ["NG", "GO"]
    assert labelkit.evaluate(found.bundle, striped()).metrics.accuracy == found.metrics.accuracy


def test_an_untrained_model_is_not_adopted(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no reading of this model fits|two readings fit alike"):
        labelkit.adopt(foreign("GO,NG", "0-1", trained=False), striped(), out=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_what_is_no_classifier_of_these_classes_is_told(tmp_path: Path) -> None:
    three = draw_set(tmp_path / "three", {"A": 8, "B": 8, "C": 8})
    with pytest.raises(BundleError, match=r"gives \(None, 1\), but there are 3 classes"):
        labelkit.adopt(foreign("GO,NG", "0-1"), three, out=tmp_path / "runs")
    with pytest.raises(UsageError, match="too few to tell"):
        labelkit.adopt(foreign("GO,NG", "0-1"), draw_set(tmp_path / "few", {"GO": 3, "NG": 3}), out=tmp_path / "runs")
    with pytest.raises(UsageError, match="no such model"):
        labelkit.adopt(tmp_path / "gone.keras", striped())
    (tmp_path / "bad.keras").write_bytes(b"\x80\x04.")
    with pytest.raises(BundleError, match="a pickle"):
        labelkit.adopt(tmp_path / "bad.keras", striped())
