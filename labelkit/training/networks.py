"""The networks that labelkit trains: floats in 0-1 go in, logits come out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras

from labelkit.domain.errors import UsageError
from labelkit.domain.names import did_you_mean
from labelkit.training.applications import build_application, is_application, known_applications

_STEM = (24, 5, 2)  # filters, kernel, stride; halved at once: most of the time would go into full-size layers
_BODY = ((48, 3, 2), (48, 3, 1), (64, 3, 1))
_HIDDEN = 64
_MOMENTUM = 0.9  # small sets have few steps in which to learn the running mean

_STAGES = ((24, 2), (48, 2), (96, 2), (160, 1))  # filters, blocks; each stage halves the picture
_RESIDUAL_STEM = (24, 3, 2)


@dataclass(frozen=True, slots=True)
class NetworkWanted:
    """Which network, and for what.

    Attributes:
        name: "small", "residual", or a network of keras.applications by its name there, as "MobileNetV2".
        image_size: (height, width) in pixels.
        outputs: logits: one for two classes (of index 1), else one a class.
        weights: of a network of keras.applications: "none", "imagenet" or the path of a file of weights.

    """

    name: str
    image_size: tuple[int, int]
    outputs: int
    weights: str = "none"


def build_network(wanted: NetworkWanted) -> keras.Model:
    """Build a network for float32 pictures (height, width, 3) in 0-1 that gives logits (outputs,), no activation.

    `small` is meant for 32 to 320 pixels a side, `residual` for 96 to 160.

    Raises:
        UsageError: there is no such network, or it takes no such pictures or weights.

    """
    if is_application(wanted.name):
        return build_application(wanted.name, wanted.image_size, wanted.outputs, wanted.weights)
    body = _OWN.get(wanted.name)
    if body is None:
        names = (*_OWN, *known_applications())
        raise UsageError(
            f"there is no network {wanted.name!r}",
            remedy=did_you_mean(wanted.name, names) or f"known: {', '.join(_OWN)}, and those of keras.applications",
        )
    if wanted.weights != "none":
        raise UsageError(
            f"--weights goes with a network of keras.applications; {wanted.name} begins from nothing",
            remedy="leave --weights out, or choose as --network MobileNetV2",
        )
    pixels = keras.Input(shape=(*wanted.image_size, 3), name="pixels")
    return keras.Model(pixels, body(pixels, wanted.outputs), name=wanted.name)


def _small(pixels: keras.KerasTensor, outputs: int) -> keras.KerasTensor:
    """Four convolutions; the strongest answer in the picture and the mean one decide, for a defect is small and local.

    Both are put on one scale per picture before the hidden layer: without this, training stands still at the
    classes' prior for longer. (Batch normalisation in its place trains worse.)
    """
    x = pixels
    for filters, kernel, stride in (_STEM, *_BODY):
        x = _convolution(x, filters, kernel, stride)
    return _strongest_and_mean(x, outputs)


def _residual(pixels: keras.KerasTensor, outputs: int) -> keras.KerasTensor:
    """Residual blocks (He et al., Deep Residual Learning, CVPR 2016), narrow, with the head of `small`.

    Each picture is seen twice: as it is, and with its own mean and contrast taken out, for parts under a lamp that ages
    differ in brightness and not in what is wrong with them.
    """
    even = keras.layers.LayerNormalization(axis=(1, 2, 3), center=False, scale=False, name="own_contrast")(pixels)
    x = _convolution(keras.layers.Concatenate()([pixels, even]), *_RESIDUAL_STEM)
    for filters, blocks in _STAGES:
        for block in range(blocks):
            x = _block(x, filters, stride=2 if block == 0 else 1)
    return _strongest_and_mean(x, outputs)


def _block(x: keras.KerasTensor, filters: int, *, stride: int) -> keras.KerasTensor:
    """Two convolutions beside a way straight through; the second begins as nothing, so that the block does too."""
    straight = x
    if stride > 1 or x.shape[-1] != filters:
        pooled = keras.layers.AveragePooling2D(stride, padding="same")(x) if stride > 1 else x
        straight = _normal(keras.layers.Conv2D(filters, 1, use_bias=False)(pooled))
    y = _convolution(x, filters, 3, stride)
    y = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(y)
    y = keras.layers.BatchNormalization(momentum=_MOMENTUM, gamma_initializer="zeros")(y)
    return keras.layers.ReLU()(keras.layers.Add()([straight, y]))


def _strongest_and_mean(x: keras.KerasTensor, outputs: int) -> keras.KerasTensor:
    x = keras.layers.Concatenate()([keras.layers.GlobalMaxPooling2D()(x), keras.layers.GlobalAveragePooling2D()(x)])
    x = keras.layers.LayerNormalization()(x)
    x = keras.layers.Dense(_HIDDEN, activation="relu")(x)
    return keras.layers.Dense(outputs, name="logits")(x)


def _convolution(x: keras.KerasTensor, filters: int, kernel: int, stride: int) -> keras.KerasTensor:
    """Convolution, batch normalisation, ReLU."""
    x = keras.layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=False)(x)
    return keras.layers.ReLU()(_normal(x))


def _normal(x: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.BatchNormalization(momentum=_MOMENTUM)(x)


_OWN: dict[str, Callable[[keras.KerasTensor, int], keras.KerasTensor]] = {"small": _small, "residual": _residual}
"""The networks that begin from nothing."""
