"""The networks that labelkit trains from scratch: floats in 0-1 go in, logits come out."""

from __future__ import annotations

import keras

from labelkit.domain.errors import UsageError

NETWORKS = ("small",)

_STEM = (24, 5, 2)  # filters, kernel, stride; halved at once: most of the time would go into full-size layers
_BODY = ((48, 3, 2), (48, 3, 1), (64, 3, 1))
_HIDDEN = 64
_MOMENTUM = 0.9  # small sets have few steps in which to learn the running mean


def build_network(name: str, *, image_size: tuple[int, int], outputs: int) -> keras.Model:
    """Build an untrained network for float32 pictures (height, width, 3) in 0-1.

    It returns logits, shape (outputs,), without activation: one output for two classes (the logit of index 1),
    else one a class. Heights and widths from 32 to 320 pixels are meant; an unknown name raises UsageError.
    """
    if name not in NETWORKS:
        raise UsageError(f"there is no network {name!r}", remedy=f"known: {', '.join(NETWORKS)}")
    pixels = keras.Input(shape=(*image_size, 3), name="pixels")
    return keras.Model(pixels, _small(pixels, outputs), name=name)


def _small(pixels: keras.KerasTensor, outputs: int) -> keras.KerasTensor:
    """Four convolutions; the strongest answer in the picture and the mean one decide, for a defect is small and local.

    Both are put on one scale per picture before the hidden layer: without this, training stands still at the
    classes' prior for longer. (Batch normalisation in its place trains worse.)
    """
    x = pixels
    for filters, kernel, stride in (_STEM, *_BODY):
        x = _convolution(x, filters, kernel, stride)
    x = keras.layers.Concatenate()([keras.layers.GlobalMaxPooling2D()(x), keras.layers.GlobalAveragePooling2D()(x)])
    x = keras.layers.LayerNormalization()(x)
    x = keras.layers.Dense(_HIDDEN, activation="relu")(x)
    return keras.layers.Dense(outputs, name="logits")(x)


def _convolution(x: keras.KerasTensor, filters: int, kernel: int, stride: int) -> keras.KerasTensor:
    """Convolution, batch normalisation, ReLU."""
    x = keras.layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=False)(x)
    return keras.layers.ReLU()(keras.layers.BatchNormalization(momentum=_MOMENTUM)(x))
