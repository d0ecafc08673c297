"""A sequence of batches as a `tf.data.Dataset`, with the same batches in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import numpy as np

from labelkit.training.loading import load_tensorflow

Arrays = tuple[np.ndarray[tuple[int, ...], np.dtype[np.float32]], ...]


def make_tf_dataset(
    batch: Callable[[int, int], Arrays],
    *,
    batches: int,
    first_epoch: int,
    shapes: tuple[tuple[int | None, ...], ...],
    workers: int,
) -> object:
    """A finite dataset; each iteration of it is one epoch.

    Args:
        batch: gives the arrays of (epoch, index).
        batches: in an epoch.
        first_epoch: the number of the first iteration; the next one has the next.
        shapes: of the arrays; None for the images of a batch.
        workers: batches that are prepared at once; they are handed out in order.

    Raises:
        MissingExtraError: TensorFlow is not installed.

    """
    load_tensorflow("a tf.data.Dataset")
    import tensorflow as tf

    numbers = count(first_epoch)

    def epochs() -> Iterator[int]:
        yield next(numbers)

    def loaded(epoch: object, index: object) -> object:
        arrays = tf.numpy_function(
            lambda e, i: batch(int(e), int(i)), (epoch, index), [tf.float32] * len(shapes), stateful=False
        )
        for array, shape in zip(arrays, shapes, strict=True):
            array.set_shape(shape)
        return tuple(arrays) if len(shapes) > 1 else arrays[0]

    def of_epoch(epoch: object) -> object:
        indices = tf.data.Dataset.range(batches)
        return indices.map(lambda i: loaded(epoch, i), num_parallel_calls=workers, deterministic=True)

    started = tf.data.Dataset.from_generator(epochs, output_signature=tf.TensorSpec((), tf.int64))
    dataset = started.flat_map(of_epoch)
    return dataset.apply(tf.data.experimental.assert_cardinality(batches)).prefetch(2)
