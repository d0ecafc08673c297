"""The saved model takes bytes, and may answer by the mean over the ways in which a part may lie."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from labelkit.domain.augmentation import Augmentation
from labelkit.domain.errors import UsageError
from labelkit.domain.training import TrainingOptions
from labelkit.training.augment import Views
from labelkit.training.backend import keras
from labelkit.training.model import PLAIN, View, views_of, wrap_for_bytes
from labelkit.training.model_file import check_model_file
from labelkit.training.networks import NetworkWanted, build_network

SQUARE, OBLONG = (48, 48), (40, 56)


def seen(pixels: np.ndarray, view: View) -> np.ndarray:
    """One picture, looked at so."""
    turned = pixels.swapaxes(0, 1) if view.transposed else pixels
    return turned[:: -1 if view.flipped else 1, :: -1 if view.mirrored else 1]


@pytest.mark.parametrize("size", [SQUARE, OBLONG])
@pytest.mark.parametrize(("flip", "turn"), [(False, False), (True, False), (False, True), (True, True)])
def test_the_views_are_those_that_the_augmentation_draws(size: tuple[int, int], *, flip: bool, turn: bool) -> None:
    augment = Augmentation(flip=flip, turn=turn)
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    drawn = {Views(augment).of(pixels, 0, epoch, 0).tobytes() for epoch in range(200)}
    views = views_of(augment, size)
    assert views[0] == View()
    assert {seen(pixels, view).tobytes() for view in views} == drawn
    assert len(views) == len(drawn)


def test_the_answer_is_the_mean_over_the_views_saved_and_opened_too(tmp_path: Path) -> None:
    keras.utils.set_random_seed(0)
    core = build_network(NetworkWanted("small", SQUARE, 3))
    views = views_of(Augmentation(), SQUARE)
    plain, averaged = wrap_for_bytes(core, SQUARE), wrap_for_bytes(core, SQUARE, views=views)
    averaged.save(tmp_path / "model.keras")
    check_model_file(tmp_path / "model.keras")
    opened = keras.saving.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    pixels = np.random.default_rng(1).integers(0, 256, (2, *SQUARE, 3), np.uint8)
    each = [np.asarray(plain(np.stack([seen(p, view) for p in pixels]))) for view in views]
    assert np.ptp(each, axis=0).max() > 1e-3  # or the mean would be no news
    for model in (averaged, opened):
        np.testing.assert_allclose(np.asarray(model(pixels)), np.mean(each, axis=0), atol=1e-5)
    turned = np.ascontiguousarray(pixels[:, ::-1, ::-1])
    np.testing.assert_allclose(np.asarray(opened(turned)), np.asarray(opened(pixels)), atol=1e-5)


def test_one_view_is_no_mean_and_nothing_to_average_is_refused() -> None:
    core = build_network(NetworkWanted("small", SQUARE, 1))
    assert not any(isinstance(layer, keras.layers.Average) for layer in wrap_for_bytes(core, SQUARE).layers)
    assert views_of(Augmentation(flip=False, turn=False), SQUARE) == PLAIN
    with pytest.raises(
        UsageError, match="--average-views needs flip or turn in --augment; with none there is one view"
    ):
        TrainingOptions(augment=Augmentation(flip=False, turn=False), average_views=True)
