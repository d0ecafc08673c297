"""The model that is saved: it takes the bytes of pixels, so that nobody scales twice or forgets to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

from labelkit.domain.augmentation import Augmentation
from labelkit.training.backend import keras

_DOWN, _ACROSS = 1, 2
"""Axes of a batch."""


class View(NamedTuple):
    """One way to look at a picture: with rows and columns changed, then upside down, then left for right."""

    transposed: bool = False
    flipped: bool = False
    mirrored: bool = False


PLAIN = (View(),)
"""As it is."""


def views_of(augment: Augmentation, image_size: tuple[int, int]) -> tuple[View, ...]:
    """All ways in which an augmentation mirrors and turns a picture of (height, width), the plain one first.

    Two for flip; for turn four quarter turns, of what is not square two half turns; for both twice as many.
    """
    height, width = image_size
    every = [View(*v) for v in product((False, True) if height == width else (False,), (False, True), (False, True))]
    if augment.turn and augment.flip:
        return tuple(every)
    if augment.turn:
        return tuple(v for v in every if sum(v) % 2 == 0)
    return (View(), View(mirrored=True)) if augment.flip else PLAIN


def wrap_for_bytes(core: keras.Model, image_size: tuple[int, int], *, views: Sequence[View] = PLAIN) -> keras.Model:
    """A model that scales uint8 pixels to 0-1 and hands them to `core`.

    Args:
        core: takes float32 (n, height, width, 3) in 0-1 and gives logits.
        image_size: (height, width).
        views: in which ways `core` is asked; the logits are the mean over its answers.

    Returns:
        a model of uint8 (n, height, width, 3) to float32 logits (n, outputs).

    """
    pixels = keras.Input(shape=(*image_size, 3), dtype="uint8", name="pixels_uint8")
    scaled = keras.layers.Rescaling(1 / 255, name="scale")(pixels)
    answers = [core(_seen(scaled, view)) for view in views]
    logits = keras.layers.Average(name="mean_of_views")(answers) if len(answers) > 1 else answers[0]
    return keras.Model(pixels, logits, name="labelkit")


def _seen(batch: keras.KerasTensor, view: View) -> keras.KerasTensor:
    if view.transposed:
        batch = keras.ops.transpose(batch, (0, _ACROSS, _DOWN, 3))
    axes = [axis for axis, turned in ((_DOWN, view.flipped), (_ACROSS, view.mirrored)) if turned]
    return keras.ops.flip(batch, axes) if axes else batch
