"""The networks of keras.applications, by their names there, as one more kind of network: floats in 0-1 to logits."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from labelkit.domain.errors import DataError, UsageError
from labelkit.training.backend import keras
from labelkit.training.weights_file import check_weights

Colours = np.ndarray[tuple[int, ...], np.dtype[np.float32]]


def known_applications() -> tuple[str, ...]:
    """Every name of a network in keras.applications."""
    return tuple(name for name in dir(keras.applications) if name[0].isupper())


def is_application(name: str) -> bool:
    """Whether keras.applications has a network of this very name."""
    return name in known_applications()


def build_application(name: str, image_size: tuple[int, int], outputs: int, weights: str) -> keras.Model:
    """The network with a new head, for float32 pictures (height, width, 3) in 0-1.

    Args:
        name: as in keras.applications.
        image_size: (height, width) in pixels.
        outputs: logits.
        weights: "none": begin from nothing; "imagenet": Keras fetches them, once, into ~/.keras; or the path of a
            file of weights (.weights.h5 or .h5) of the network without its head.

    Raises:
        UsageError: the network takes no pictures of this size, or the file does not fit it.
        DataError: the weights cannot be fetched.

    """
    body = _body(name, image_size, weights)
    pixels = keras.Input(shape=(*image_size, 3), name="pixels")
    features = body(_as_trained(pixels, name))
    return keras.Model(pixels, keras.layers.Dense(outputs, name="logits")(features), name=name)


def _body(name: str, image_size: tuple[int, int], weights: str) -> keras.Model:
    """All but the head, its last layer pooled."""
    fetched = weights == "imagenet"
    try:
        body: keras.Model = getattr(keras.applications, name)(
            include_top=False, weights="imagenet" if fetched else None, input_shape=(*image_size, 3), pooling="avg"
        )
    except ValueError as e:
        raise UsageError(f"{name} cannot be built for {image_size[0]} x {image_size[1]} pixels: {e}") from e
    except Exception as e:  # fetching raises what the network, the disk and urllib come up with
        raise DataError(
            f"the ImageNet weights of {name} cannot be fetched: {e}",
            remedy="without a network connection: --weights FILE, fetched elsewhere, or --weights none",
        ) from e
    if not fetched and weights != "none":
        _load(body, weights)
    return body


def _load(body: keras.Model, path: str) -> None:
    if not Path(path).is_file():
        raise UsageError(
            f"no such file of weights: {path}", remedy='give the path of one, or the words "imagenet" or "none"'
        )
    check_weights(Path(path))
    try:
        body.load_weights(path)
    except Exception as e:  # Keras and h5py raise nearly anything on a file that does not fit
        raise UsageError(
            f"the weights do not fit {body.name} without its head: {e}",
            place=path,
            remedy=f"expected a file that keras.applications.{body.name} saved, or its *_notop file",
        ) from e


def _as_trained(pixels: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Pixels in 0-1 as the network was shown them: a fixed mixture of the colours, which every backend knows."""
    mixture, offset = colours(name)
    fixed = keras.layers.Conv2D(3, 1, trainable=False, name="as_trained")
    out = fixed(pixels)
    fixed.set_weights([mixture[np.newaxis, np.newaxis], offset])
    return out


def colours(name: str) -> tuple[Colours, Colours]:
    """(3, 3) and (3,): colours in 0-1 @ the first + the second is what the family's own `preprocess_input` gives.

    Each of them is such a mixture (a scale, a mean, another order), so it is read off from black and three colours.
    """
    family = sys.modules[getattr(keras.applications, name).__module__]
    corners = np.concatenate([np.zeros((1, 3)), 255 * np.eye(3)]).astype(np.float32)
    made = np.asarray(family.preprocess_input(corners.reshape(1, 2, 2, 3).copy())).reshape(4, 3)
    return made[1:] - made[0], made[0]
