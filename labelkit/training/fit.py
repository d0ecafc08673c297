"""Fit a network: reads from top to bottom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from labelkit.domain.progress import Progress
from labelkit.domain.training import ClassMode, EpochRecord, Schedule, TrainingOptions
from labelkit.imaging.recipes import read_pixels
from labelkit.training.backend import keras
from labelkit.training.callbacks import BestKeeper, Teller
from labelkit.training.directory import KerasIterator
from labelkit.training.networks import build_network
from labelkit.training.sequence import ImageSequence

Batches = ImageSequence | KerasIterator
"""Anything Keras takes as a PyDataset."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A network with the weights of its best epoch, and how it got there."""

    core: keras.Model
    history: tuple[EpochRecord, ...]
    best_epoch: int
    schedule: Schedule


def fit(
    training: Batches,
    validation: Batches,
    *,
    options: TrainingOptions,
    class_mode: ClassMode,
    classes: int,
    progress: Progress,
) -> Fitted:
    """Fit a new network on `training` and keep the weights with the lowest cross-entropy on `validation`.

    Sets the seeds of Python, NumPy and the backend (`keras.utils.set_random_seed`).

    Args:
        training: batches of (x float32 (n, height, width, 3) in 0-1, y as `class_mode` says).
        validation: the same, never augmented.
        options: how to fit.
        class_mode: what y holds.
        classes: how many classes there are.
        progress: told of epochs and images.

    Returns:
        the core network (floats in, logits out) with its best weights, and one record an epoch.

    Raises:
        ImageError: an image of a batch cannot be decoded.

    """
    keras.utils.set_random_seed(options.seed)
    core = build_network(
        options.network, image_size=options.image_size, outputs=1 if class_mode is ClassMode.BINARY else classes
    )
    schedule = options.schedule(len(training))
    core.compile(
        optimizer=keras.optimizers.Adam(_learning_rate(options, schedule.epochs, steps=len(training))),
        loss=_LOSSES[class_mode](),
        metrics=[_ACCURACIES[class_mode]()],
        jit_compile=False,  # on CPUs XLA made this network 1.4 to 2 times slower
    )
    core.optimizer.build(core.trainable_variables)  # else made within the first step, which is then traced twice
    keeper = BestKeeper(schedule)
    teller = Teller(progress, keeper, batch_size=options.batch_size, samples=training.samples)
    try:
        core.fit(
            training,
            validation_data=validation,
            epochs=schedule.epochs,
            callbacks=[keeper, teller],
            shuffle=False,
            verbose=0,
        )
    except Exception:  # whatever the backend made of it: what a batch raised is the cause a person can act on
        for source in (training, validation):
            _raise_broken_image(source, options)
        raise
    return Fitted(core, tuple(teller.history), keeper.best_epoch + 1, schedule)


_LOSSES: dict[ClassMode, Callable[[], keras.losses.Loss]] = {
    ClassMode.BINARY: lambda: keras.losses.BinaryCrossentropy(from_logits=True),
    ClassMode.CATEGORICAL: lambda: keras.losses.CategoricalCrossentropy(from_logits=True),
    ClassMode.SPARSE: lambda: keras.losses.SparseCategoricalCrossentropy(from_logits=True),
}
"""Always from logits: probabilities are clipped at 1e-7 and tie where it matters (keras.losses)."""

_ACCURACIES: dict[ClassMode, Callable[[], keras.metrics.Metric]] = {
    ClassMode.BINARY: lambda: keras.metrics.BinaryAccuracy("accuracy", threshold=0.0),
    ClassMode.CATEGORICAL: lambda: keras.metrics.CategoricalAccuracy("accuracy"),
    ClassMode.SPARSE: lambda: keras.metrics.SparseCategoricalAccuracy("accuracy"),
}
"""A logit of 0 is a probability of one half."""


def _learning_rate(
    options: TrainingOptions, epochs: int, *, steps: int
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Two epochs of warm-up from a tenth, then down along a cosine to a hundredth (Loshchilov and Hutter 2017)."""
    warm = 2 * steps if epochs > 2 else 0  # noqa: PLR2004 - two epochs of warm-up
    return keras.optimizers.schedules.CosineDecay(
        options.learning_rate * (0.1 if warm else 1.0),
        max(1, epochs * steps - warm),
        alpha=0.01,
        warmup_target=options.learning_rate if warm else None,
        warmup_steps=warm,
    )


def _raise_broken_image(source: Batches, options: TrainingOptions) -> None:
    """Name the image that ended the fit, if it was one; Keras' own iterator does not say which."""
    if isinstance(source, ImageSequence):
        if source.failure is not None:
            raise source.failure
        return
    for path in source.filepaths:
        read_pixels(path, options.recipe, options.image_size)
