"""Training with JAX in TensorFlow's place: a target of its own, for compiling takes a minute.

KERAS_BACKEND=jax python -m pytest -n0 tests/training/under_jax.py
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import labelkit
from labelkit.domain.errors import BundleError, MissingExtraError
from labelkit.domain.train_result import TrainResult
from labelkit.storage.known_models import is_known
from labelkit.training.backend import keras
from labelkit.training.bundle import file_digest
from labelkit.training.open_bundle import load_safely, open_bundle
from tests.checkout import quiet_environment
from tests.training.scenes import SIZE, draw_set, scratch
from tests.training.test_loading import run, without_packages
from tests.training.test_quarantine import model_file


@pytest.fixture(scope="module", autouse=True)
def compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Every program is compiled once for all processes of these tests; refused where Keras computes with another."""
    assert keras.config.backend() == "jax", "run with KERAS_BACKEND=jax"
    import jax

    folder = str(tmp_path_factory.mktemp("compiled"))
    for name, value in (("compilation_cache_dir", folder), ("persistent_cache_min_compile_time_secs", 0)):
        jax.config.update(f"jax_{name}", value)  # type: ignore[no-untyped-call] # JAX does not annotate it
    return {"JAX_COMPILATION_CACHE_DIR": folder, "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}


@cache
def base_dir() -> Path:
    """40 images of GO and 40 of NG: 64 to train and 16 to validate, whole batches of 8."""
    return draw_set(scratch() / "base_dir", {"GO": 40, "NG": 40})


def trained(out: Path, **options: object) -> TrainResult:
    given = {"image_size": SIZE, "batch_size": 8, "epochs": 4, **options}
    return labelkit.train(base_dir(), out=out, **given)  # type: ignore[arg-type] # each test's own


@cache
def bundle() -> Path:
    return Path(trained(scratch() / "runs").bundle)


TENSORFLOW = """
import json, sys
import labelkit
base_dir, bundle, out = sys.argv[1:]
made = labelkit.train(base_dir, image_size=(32, 32), batch_size=8, epochs=2, out=out).bundle
said = {b: [(p.path, *p.logits) for p in labelkit.predict(b, base_dir)] for b in (bundle, made)}
print(json.dumps(said))
"""
"""A process that computes with TensorFlow: it trains a bundle of its own, and asks both of every image."""


def test_it_learns_and_its_bundle_says_what_it_was_made_with() -> None:
    found = labelkit.evaluate(bundle(), base_dir())
    assert found.metrics.accuracy > 0.95
    assert found.metrics.cross_entropy < 0.5 * found.metrics.prior_cross_entropy
    versions = json.loads((bundle() / "bundle.json").read_text())["versions"]
    assert versions["backend"] == "jax"
    assert {"jax", "keras"} <= set(versions)
    said = labelkit.predict(bundle(), base_dir())
    assert np.mean([p.label == Path(p.path).parent.name for p in said]) == found.metrics.accuracy


def test_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    first, again = (open_bundle(b).model.get_weights() for b in (bundle(), trained(tmp_path).bundle))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    other = open_bundle(trained(tmp_path, seed=1).bundle).model.get_weights()
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_bundles_go_from_either_backend_to_the_other(tmp_path: Path) -> None:
    env = quiet_environment() | {"KERAS_BACKEND": "tensorflow"}
    done = run(["-c", TENSORFLOW, str(base_dir()), str(bundle()), str(tmp_path / "runs")], env, tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert len(told) == 2
    for folder, theirs in told.items():
        ours = list(labelkit.predict(folder, base_dir()))
        assert [p.path for p in ours] == [path for path, _ in theirs]
        logits = [p.logits[0] for p in ours]
        assert np.ptp(logits) > 0.1, "a network that says one thing of all images would prove nothing"
        assert logits == pytest.approx([logit for _, logit in theirs], abs=1e-4)


def test_a_training_needs_no_tensorflow_and_says_no_word_of_its_own(
    compiled_once: Mapping[str, str], tmp_path: Path
) -> None:
    env = without_packages(tmp_path, "tensorflow") | dict(compiled_once)
    words = ["-m", "labelkit", "train", str(base_dir()), "--out", str(tmp_path / "runs"), "--quiet", "--json"]
    size = ["--image-size", str(SIZE[0]), "--batch-size", "8", "--epochs", "2"]
    done = run([*words, *size], env, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["samples"] == {"train": 64, "validation": 16}
    done = run([*words, *size, "--loader", "flow_from_directory"], env, tmp_path)
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["message"] == "flow_from_directory needs TensorFlow, which is not installed"


def test_a_model_that_needs_more_memory_than_it_may_have_ends_its_own_process(tmp_path: Path) -> None:
    path = model_file(tmp_path / "m.keras", times=3_000)
    with pytest.raises(BundleError, match=r"in a process of its own: it needs more memory than 4 GB"):
        load_safely(path)
    assert not is_known(file_digest(path))


def test_keras_own_loader_feeds_it_where_tensorflow_is_there(tmp_path: Path) -> None:
    result = trained(tmp_path, loader="flow_from_directory", epochs=2)
    assert result.samples == {"train": 64, "validation": 16}
    assert labelkit.evaluate(result.bundle, base_dir()).card.recipe.name == "keras-pil-nearest"


def test_a_script_of_ones_own_fits_on_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    batches = labelkit.ImageSequence.from_folder(base_dir(), image_size=(16, 16), batch_size=16, shuffle=True)
    layers = [keras.Input((16, 16, 3)), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1)]
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.Adam(0.1), keras.losses.BinaryCrossentropy(from_logits=True))
    losses = model.fit(batches, epochs=5, shuffle=False, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert batches.epoch == 5
    from labelkit.training import loading

    def gone(name: str) -> object:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    monkeypatch.setattr(loading, "import_module", gone)
    with pytest.raises(MissingExtraError, match=r"a tf\.data\.Dataset needs TensorFlow"):
        batches.as_tf_dataset()
