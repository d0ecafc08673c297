"""Class weights that leave probabilities alone: rare classes count more in the fit, and nothing is inflated by it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labelkit.domain.training import ClassWeighting
from labelkit.training.backend import keras

UNEQUAL = 3
"""Times as many images of the largest class as of the smallest, from which on "auto" weighs."""


def class_weights(counts: Sequence[int], wanted: ClassWeighting) -> tuple[float, ...]:
    """What an image of each class counts for in the fit; empty where all count the same.

    Balanced: images / (classes x images of the class), so that every class weighs the same in all and the mean weight
    of an image is one: the learning rate means what it means without weights (Keras divides by the images, not by
    the sum of their weights).

    Args:
        counts: training images of each class, each above 0.
        wanted: whether to weigh.

    """
    balanced = wanted is ClassWeighting.BALANCED
    if wanted is ClassWeighting.AUTO:
        balanced = max(counts) > UNEQUAL * min(counts)
    if not balanced or len(set(counts)) == 1:
        return ()
    return tuple(sum(counts) / (len(counts) * n) for n in counts)


def with_prior_shift(core: keras.Model, weights: Sequence[float]) -> keras.Model:
    """The model to fit with these weights, so that `core` itself gives the probabilities of the images as they are.

    A model that is fitted with weights w learns p(class) w(class), scaled to one: its logits are too large by log w.
    Here that is added outside of `core` while it learns, and left out when it is asked; so what the validation
    measures, what is kept and what is saved needs no correction afterwards.

    Args:
        core: gives logits, one for two classes (of index 1), else one a class.
        weights: of each class, in class order; none: `core` itself is the answer.

    """
    if not weights:
        return core
    logs = np.log(np.asarray(weights, np.float32))
    shift = logs[1:] - logs[:1] if core.outputs[0].shape[-1] == 1 else logs
    return keras.Model(core.input, _PriorShift(shift)(core.output), name=core.name)


class _PriorShift(keras.layers.Layer):  # type: ignore[misc] # Keras ships no types
    """Adds what class weights put on top of the logits, while learning only; never part of a saved model."""

    def __init__(self, shift: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> None:
        super().__init__(name="prior_shift")
        self._shift = shift

    def call(self, logits: keras.KerasTensor, *, training: bool = False) -> keras.KerasTensor:
        """The logits, (n, outputs)."""
        return logits + self._shift if training else logits
