"""The networks that labelkit trains from scratch: floats in 0-1 go in, logits come out."""

from __future__ import annotations

import keras

from labelkit.domain.errors import UsageError

NETWORKS = ("small",)
_WIDTHS = (24, 48, 96, 128)


def build_network(name: str, *, image_size: tuple[int, int], outputs: int) -> keras.Model:
    """Build an untrained network for float32 pictures (height, width, 3) in 0-1.

    It returns logits, shape (outputs,), without activation: one output for two classes (the logit of index 1), else one a class.
    Heights and widths from 32 to 320 pixels are meant; an unknown name raises UsageError.
    """
    if name not in NETWORKS:
        message = f"there is no network {name!r}"
        raise UsageError(message, remedy=f"known: {', '.join(NETWORKS)}")
    pixels = keras.Input(shape=(*image_size, 3), name="pixels")
    return keras.Model(pixels, _small(pixels, outputs), name=name)


def _small(pixels: keras.KerasTensor, outputs: int) -> keras.KerasTensor:
    """Four convolutions, each halving the picture; the strongest answer (a small defect) and the mean one decide."""
    x = pixels
    for width in _WIDTHS:
        x = _block(x, width)
    x = keras.layers.Concatenate()([keras.layers.GlobalMaxPooling2D()(x), keras.layers.GlobalAveragePooling2D()(x)])
    x = keras.layers.Dropout(0.3)(x)
    return keras.layers.Dense(outputs, name="logits")(x)


def _block(x: keras.KerasTensor, width: int) -> keras.KerasTensor:
    """Convolution, batch normalisation, ReLU, halving; momentum 0.9 because small sets have few steps to learn the mean in."""
    x = keras.layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
    x = keras.layers.BatchNormalization(momentum=0.9)(x)
    return keras.layers.MaxPooling2D()(keras.layers.ReLU()(x))
