"""Many models in one process are asked without TensorFlow taking that for a mistake."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from labelkit.training.answers import answers
from labelkit.training.backend import keras

BATCH = np.ones((2, 4, 4, 3), np.float32)
SAID = "5 out of the last 5 calls to <function step> triggered tf.function retracing. Tracing is expensive"


class Talker:
    """A model whose backend says something on each call."""

    def __init__(self, line: str) -> None:
        self.line = line

    def predict_on_batch(self, batch: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> list[list[float]]:
        logging.getLogger("tensorflow").warning(self.line)
        return [[0.5]] * len(batch)


def test_only_what_tensorflow_says_of_many_models_is_held_back(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("tensorflow")
    log.addHandler(caplog.handler)
    try:
        assert answers(Talker(SAID), BATCH).tolist() == [[0.5], [0.5]]
        assert caplog.messages == []
        answers(Talker("a card is missing"), BATCH)
        log.warning(SAID)  # of a person's own call
        assert next(m for m in caplog.messages if m != SAID) == "a card is missing"
        assert SAID in caplog.messages
    finally:
        log.removeHandler(caplog.handler)


def test_eight_models_are_asked_and_nothing_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    pixels = keras.Input((4, 4, 3))
    for i in range(8):
        model = keras.Model(pixels, keras.layers.Dense(1 + i)(keras.layers.Flatten()(pixels)))
        said = answers(model, BATCH)
        assert said.dtype == np.float64
        assert said == pytest.approx(np.asarray(model(BATCH)), abs=1e-5)
    assert capfd.readouterr() == ("", "")
