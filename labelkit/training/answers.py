"""Ask a model for the answers to one batch, without a word on the terminal."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from labelkit.training.backend import keras
from labelkit.training.metrics import Logits

_RETRACING = "triggered tf.function retracing"


def answers(model: keras.Model, batch: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> Logits:
    """What a model gives for a batch (n, height, width, 3) of the numbers that it takes: float64 (n, outputs).

    Compiled, for layer by layer it takes twice the time.
    """
    with _no_talk_of_tracing():
        return np.asarray(model.predict_on_batch(batch), np.float64)


@contextmanager
def _no_talk_of_tracing() -> Iterator[None]:
    """Every model is traced once, and has to be; TensorFlow counts all models as one and takes that for a mistake.

    It counts by the code of `predict_on_batch` (`FrequentTracingDetectorManager`), and warns of the fifth model.
    """
    log = logging.getLogger("tensorflow")

    def other(record: logging.LogRecord) -> bool:
        return _RETRACING not in str(record.msg)

    log.addFilter(other)
    try:
        yield
    finally:
        log.removeFilter(other)
