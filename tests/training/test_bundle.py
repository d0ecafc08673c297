from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labelkit.domain.errors import BundleError, UsageError
from labelkit.domain.progress import NoProgress
from labelkit.domain.training import Loader, TrainingOptions
from labelkit.storage.known_models import remember
from labelkit.training import quarantine
from labelkit.training.backend import keras
from labelkit.training.folder import find_dataset
from labelkit.training.open_bundle import open_bundle
from labelkit.training.predicting import predict_images
from tests.training.scenes import EPOCHS, SIZE, bundle, go_ng

LOADERS = ("generator", "flow_from_directory")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle("generator"), tmp_path / "bundle"))


def edit(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


def admit(folder: Path) -> None:
    """Write the digests anew, as somebody who knows how would."""
    names = ("model.keras", "classes.json")
    found = {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in names if (folder / n).exists()}
    edit(folder / "bundle.json", sha256=found)
    if "model.keras" in found:
        remember(found["model.keras"])  # what is opened apart first is tested with that


@pytest.mark.parametrize("loader", LOADERS)
def test_predict_gives_the_training_batch_s_own_logits(loader: str) -> None:
    from labelkit.training.feed import make_feed

    opened = open_bundle(bundle(loader))
    core = next(layer for layer in opened.model.layers if isinstance(layer, keras.Model))
    options = TrainingOptions(loader=Loader(loader), image_size=SIZE, batch_size=8)
    dataset = find_dataset(go_ng())
    feed = make_feed(dataset, options=options, class_mode=opened.card.class_mode, progress=NoProgress(), threads=2)
    x, y = feed.validation[0]
    own = np.asarray(core(x, training=False))[:, 0]
    paths = [str(go_ng() / path) for path, _ in feed.held.samples[: len(x)]]
    said = list(predict_images(opened, paths, batch_size=5))
    assert np.abs(own - [p.logits[0] for p in said]).max() < 1e-5
    assert np.ptp(own) > 0.1, "a network that says one thing of all images would prove nothing"
    assert [p.path for p in said] == paths
    assert [dataset.class_map.classes[int(i)] for i in y] == [name for _, name in feed.held.samples[: len(x)]]


@pytest.mark.parametrize("loader", LOADERS)
def test_a_bundle_says_what_it_is(loader: str) -> None:
    folder = bundle(loader)
    card = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    classes = json.loads((folder / "classes.json").read_text(encoding="utf-8"))
    assert classes == {
        "classes": ["GO", "NG"],
        "positive": "NG",
        "reject": "NG",
        "source": "text",
        "class_mode": "binary",
    }
    assert card["recipe"] == {"generator": "labelkit-v1", "flow_from_directory": "keras-pil-nearest"}[loader]
    assert card["image_size"] == list(SIZE)
    assert {"keras", "tensorflow", "labelkit", "numpy", "pillow", "python"} <= set(card["versions"])
    assert card["sha256"]["model.keras"] == hashlib.sha256((folder / "model.keras").read_bytes()).hexdigest()
    whole = hashlib.sha256()
    for file in sorted(go_ng().glob("*/*"), key=lambda p: p.relative_to(go_ng()).as_posix()):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        whole.update(f"{file.relative_to(go_ng()).as_posix()}\0{file.parent.name}\0{content}\n".encode())
    assert card["data"] == {"images": 72, "sha256": whole.hexdigest()}
    with (folder / "history.csv").open(encoding="utf-8", newline="") as f:
        assert [row["epoch"] for row in csv.DictReader(f)] == [str(i + 1) for i in range(EPOCHS)]
    with Image.open(folder / "curves.png") as picture:
        assert picture.size == (1000, 400)


def test_the_saved_model_takes_the_bytes_of_pixels() -> None:
    model = open_bundle(bundle("generator")).model
    assert model.inputs[0].dtype == "uint8"
    assert model.output_shape == (None, 1)
    black, white = np.zeros((1, *SIZE, 3), np.uint8), np.full((1, *SIZE, 3), 255, np.uint8)
    core = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    for pixels, scaled in ((black, 0.0), (white, 1.0)):
        own = core(np.full((1, *SIZE, 3), scaled, np.float32), training=False)
        assert np.asarray(model(pixels)) == pytest.approx(np.asarray(own), abs=1e-5)


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def with_classes(*names: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        edit(folder / "classes.json", classes=list(names))
        edit(folder / "bundle.json", learned=dict.fromkeys(names, 9))
        admit(folder)

    return change


def other_model(side: int, outputs: int, dtype: str = "uint8") -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        pixels = keras.Input((side, side, 3), dtype=dtype)
        x = keras.layers.Dense(outputs)(keras.layers.Flatten()(keras.layers.Rescaling(1.0)(pixels)))
        keras.Model(pixels, x).save(folder / "model.keras")
        admit(folder)

    return change


def garbage(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).write_bytes(b"{not this")
        if name != "bundle.json":
            admit(folder)

    return change


def other_bytes(folder: Path) -> None:
    (folder / "model.keras").write_bytes((folder / "model.keras").read_bytes() + b"x")


FAULTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "no class map": (without("classes.json"), "has no classes.json"),
    "no card": (without("bundle.json"), "has no bundle.json"),
    "no model": (without("model.keras"), "has no model.keras"),
    "class map no JSON": (garbage("classes.json"), "no valid JSON"),
    "model no model": (garbage("model.keras"), "this is no whole .keras archive"),
    "order changed by hand": (
        lambda folder: edit(folder / "classes.json", classes=["NG", "GO"]),
        "classes.json is not the one that training wrote",
    ),
    "model of another training": (
        other_bytes,
        "model.keras is not the one",
    ),
    "three classes, one output": (with_classes("60", "80", "100"), "tells two classes apart"),
    "one class": (with_classes("GO"), "at least two names"),
    "a class twice": (with_classes("GO", "GO"), "named twice"),
    "unknown recipe": (lambda folder: edit(folder / "bundle.json", recipe="labelkit-v9"), "labelkit-v9"),
    "no size": (lambda folder: edit(folder / "bundle.json", image_size=80), "height and width"),
    "another size": (other_model(16, 1), "the bundle says uint8"),
    "floats": (other_model(SIZE[0], 1, "float32"), "the bundle says uint8"),
    "two outputs": (other_model(SIZE[0], 2), "2 outputs, but the class map wants 1"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_bundle_that_does_not_fit_together_is_refused(copy: Path, name: str) -> None:
    change, message = FAULTS[name]
    change(copy)
    with pytest.raises(BundleError, match=message) as told:
        open_bundle(copy)
    assert told.value.exit_code == 3
    assert str(copy) in told.value.place


def test_no_such_bundle_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such bundle"):
        open_bundle(tmp_path / "latest")
    with pytest.raises(UsageError, match="is a file"):
        open_bundle(bundle("generator") / "model.keras")


def test_answers_that_are_no_numbers_are_errors_and_never_a_label(copy: Path) -> None:
    opened = open_bundle(copy)
    opened.model.set_weights([np.full_like(w, np.nan) for w in opened.model.get_weights()])
    said = list(predict_images(opened, [str(go_ng() / "GO" / "000.png")]))
    assert [p.as_json() for p in said] == [
        {"path": str(go_ng() / "GO" / "000.png"), "error": "the model's answer is not a finite number"}
    ]


def test_latest_names_the_last_bundle_as_link_and_as_text(copy: Path) -> None:
    (copy.parent / "latest").symlink_to(copy.name)
    assert open_bundle(copy.parent / "latest").card == open_bundle(copy).card
    (copy.parent / "latest").unlink()
    (copy.parent / "latest").write_text(f"{copy.name}\n", encoding="utf-8")
    assert open_bundle(copy.parent / "latest").card == open_bundle(copy).card


def test_a_bundle_made_elsewhere_is_opened_apart_once_and_one_made_here_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []
    made = bundle("generator")
    monkeypatch.setattr(quarantine, "_open_apart", asked.append)
    open_bundle(made)
    assert asked == []
    monkeypatch.setenv("LABELKIT_CACHE_DIR", str(tmp_path / "of another user"))
    open_bundle(made)
    open_bundle(made)
    assert asked == [made / "model.keras"]
