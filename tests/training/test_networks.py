"""The networks take the sizes they are meant for and answer with one logit a class, or one for two classes."""

from __future__ import annotations

import numpy as np
import pytest

from labelkit.domain.errors import UsageError
from labelkit.training.networks import NETWORKS, build_network


@pytest.mark.parametrize("size", [(32, 32), (80, 80), (120, 160), (320, 320)])
@pytest.mark.parametrize("outputs", [1, 3])
def test_one_row_of_finite_logits_for_each_picture(size: tuple[int, int], outputs: int) -> None:
    model = build_network("small", image_size=size, outputs=outputs)
    logits = np.asarray(model(np.random.default_rng(0).random((2, *size, 3), dtype=np.float32), training=False))
    assert logits.shape == (2, outputs)
    assert np.isfinite(logits).all()


def test_logits_are_not_squeezed_into_probabilities() -> None:
    layers = build_network("small", image_size=(80, 80), outputs=1).layers
    assert layers[-1].get_config()["activation"] == "linear"


def test_small_stays_small() -> None:
    assert build_network("small", image_size=(80, 80), outputs=1).count_params() < 400_000


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=NETWORKS[0]):
        build_network("smal", image_size=(80, 80), outputs=1)
