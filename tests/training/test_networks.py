"""The networks take the sizes they are meant for and answer with one logit a class, or one for two classes."""

from __future__ import annotations

import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from labelkit.domain.errors import BundleError, DataError, UsageError
from labelkit.training.applications import colours, known_applications
from labelkit.training.backend import keras
from labelkit.training.networks import NetworkWanted, build_network

APPLICATION = "MobileNet"
"""The one of keras.applications that is built quickest."""


@pytest.mark.parametrize("size", [(32, 32), (80, 80), (120, 160), (320, 320)])
@pytest.mark.parametrize(("name", "outputs"), [("small", 1), ("small", 3), ("residual", 1), ("residual", 3)])
def test_one_row_of_finite_logits_for_each_picture(name: str, size: tuple[int, int], outputs: int) -> None:
    model = build_network(NetworkWanted(name, size, outputs))
    logits = np.asarray(model(np.random.default_rng(0).random((2, *size, 3), dtype=np.float32), training=False))
    assert logits.shape == (2, outputs)
    assert np.isfinite(logits).all()
    assert np.abs(logits).max() < 20  # not squeezed into probabilities, and not far off before it has learned anything
    assert model.layers[-1].get_config()["activation"] == "linear"


def test_small_stays_small_and_residual_not_much_larger() -> None:
    assert build_network(NetworkWanted("small", (80, 80), 1)).count_params() < 100_000
    assert build_network(NetworkWanted("residual", (128, 128), 1)).count_params() < 1_000_000


def test_an_unknown_name_is_answered_with_the_nearest_and_the_known_ones() -> None:
    with pytest.raises(UsageError) as near:
        build_network(NetworkWanted("MobilNetV2", (80, 80), 1))
    assert "MobileNetV2" in near.value.remedy
    with pytest.raises(UsageError) as far:
        build_network(NetworkWanted("qqqq", (80, 80), 1))
    assert "small, residual" in far.value.remedy


@pytest.mark.parametrize("name", known_applications())
def test_every_application_sees_pixels_as_its_own_preprocessing_makes_them(name: str) -> None:
    pixels = np.random.default_rng(1).random((2, 3, 5, 3), dtype=np.float32)
    family = sys.modules[getattr(keras.applications, name).__module__]
    expected = np.asarray(family.preprocess_input((255 * pixels).copy()))
    mixture, offset = colours(name)
    np.testing.assert_allclose(pixels @ mixture + offset, expected, atol=1e-3)


def test_an_application_gets_a_new_head_and_begins_from_a_file(tmp_path: Path) -> None:
    own = keras.applications.MobileNet(include_top=False, weights=None, input_shape=(64, 64, 3), pooling="avg")
    own.save_weights(tmp_path / "body.weights.h5")
    wanted = NetworkWanted(APPLICATION, (64, 64), 3, str(tmp_path / "body.weights.h5"))
    model = build_network(wanted)
    pixels = np.random.default_rng(2).random((2, 64, 64, 3), dtype=np.float32)
    assert np.asarray(model(pixels)).shape == (2, 3)
    body = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    preprocessed = keras.applications.mobilenet.preprocess_input((255 * pixels).copy())
    np.testing.assert_allclose(np.asarray(body(preprocessed)), np.asarray(own(preprocessed)), atol=1e-5)
    fixed = model.get_layer("as_trained")
    assert not fixed.trainable_variables


def test_a_file_of_weights_that_reaches_elsewhere_or_does_not_fit_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "evil.weights.h5", "w") as file:
        file["layers"] = h5py.ExternalLink("/etc/hostname", "/")
    with pytest.raises(BundleError, match="link"):
        build_network(NetworkWanted(APPLICATION, (64, 64), 1, str(tmp_path / "evil.weights.h5")))
    with h5py.File(tmp_path / "other.weights.h5", "w") as file:
        file["w"] = np.zeros(3)
    with pytest.raises(UsageError, match="do not fit"):
        build_network(NetworkWanted(APPLICATION, (64, 64), 1, str(tmp_path / "other.weights.h5")))
    with pytest.raises(UsageError, match="no such file"):
        build_network(NetworkWanted(APPLICATION, (64, 64), 1, str(tmp_path / "none.h5")))


def test_weights_that_cannot_be_fetched_are_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(**_: object) -> None:
        raise Exception("URL fetch failure on weights.h5: None -- [Errno -2] Name or service not known")  # noqa: TRY002 - as Keras does

    monkeypatch.setattr(keras.applications, APPLICATION, offline)
    with pytest.raises(DataError) as told:
        build_network(NetworkWanted(APPLICATION, (64, 64), 1, "imagenet"))
    assert "cannot be fetched" in str(told.value)
    assert "--weights FILE" in told.value.remedy


@pytest.mark.parametrize(
    "wanted",
    [NetworkWanted("small", (80, 80), 1, "imagenet"), NetworkWanted("Xception", (32, 32), 1)],
    ids=["small has no weights", "too small a picture"],
)
def test_what_a_network_cannot_do_is_wrong_usage(wanted: NetworkWanted) -> None:
    with pytest.raises(UsageError):
        build_network(wanted)
