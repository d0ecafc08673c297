"""The model that is saved: it takes the bytes of pixels, so that nobody scales twice or forgets to."""

from __future__ import annotations

from labelkit.training.backend import keras


def wrap_for_bytes(core: keras.Model, image_size: tuple[int, int]) -> keras.Model:
    """A model that scales uint8 pixels to 0-1 and hands them to `core`.

    Args:
        core: takes float32 (n, height, width, 3) in 0-1 and gives logits.
        image_size: (height, width).

    Returns:
        a model of uint8 (n, height, width, 3) to float32 logits (n, outputs).

    """
    pixels = keras.Input(shape=(*image_size, 3), dtype="uint8", name="pixels_uint8")
    scaled = keras.layers.Rescaling(1 / 255, name="scale")(pixels)
    return keras.Model(pixels, core(scaled), name="labelkit")
