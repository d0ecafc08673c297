"""Class weights: every class weighs the same, the mean is one, and probabilities are as if there were none."""

from __future__ import annotations

import math

import numpy as np
import pytest

from labelkit.domain.training import ClassWeighting
from labelkit.training.backend import keras
from labelkit.training.class_weights import class_weights, with_prior_shift


@pytest.mark.parametrize("counts", [(90, 10), (10, 90), (50, 30, 4)])
def test_every_class_weighs_the_same_and_the_mean_of_all_images_is_one(counts: tuple[int, ...]) -> None:
    weights = class_weights(counts, ClassWeighting.BALANCED)
    whole = [n * w for n, w in zip(counts, weights, strict=True)]
    assert whole == pytest.approx([whole[0]] * len(counts))
    assert sum(whole) / sum(counts) == pytest.approx(1)


def test_auto_weighs_from_more_than_three_times_on() -> None:
    assert class_weights((30, 10), ClassWeighting.AUTO) == ()
    assert class_weights((31, 10), ClassWeighting.AUTO) != ()
    assert class_weights((99, 1), ClassWeighting.NONE) == ()
    assert class_weights((7, 7), ClassWeighting.BALANCED) == ()


@pytest.mark.parametrize("counts", [(90, 10), (60, 30, 10)])
def test_where_pictures_tell_nothing_the_answer_is_the_share_of_each_class(counts: tuple[int, ...]) -> None:
    """Without the correction it would be the same for every class."""
    keras.utils.set_random_seed(0)
    outputs = 1 if len(counts) == 2 else len(counts)
    pixels = keras.Input((1,))
    core = keras.Model(pixels, keras.layers.Dense(outputs, kernel_initializer="zeros")(pixels))
    weights = class_weights(counts, ClassWeighting.BALANCED)
    learner = with_prior_shift(core, weights)
    loss = (
        keras.losses.BinaryCrossentropy(from_logits=True)
        if outputs == 1
        else keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    learner.compile(keras.optimizers.Adam(0.05), loss, jit_compile=False)
    batch = np.repeat(np.arange(len(counts)), counts).astype(np.float32)
    y = np.tile(batch, 300)
    x = np.zeros((len(y), 1), np.float32)
    given = dict(enumerate(weights))
    learner.fit(x, y, batch_size=len(batch), epochs=1, class_weight=given, shuffle=False, verbose=0)
    logits = np.asarray(core(x[:1]))[0]
    shares = np.array(counts) / sum(counts)
    if outputs == 1:
        assert logits[0] == pytest.approx(math.log(shares[1] / shares[0]), abs=0.02)
    else:
        assert np.exp(logits) / np.exp(logits).sum() == pytest.approx(shares, abs=0.01)
    np.testing.assert_allclose(np.asarray(learner(x[:1], training=False)), np.asarray(core(x[:1])))
