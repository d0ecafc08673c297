"""Fit a network: reads from top to bottom."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from labelkit.domain.progress import Progress
from labelkit.domain.training import ClassMode, EpochRecord, TrainingOptions
from labelkit.training.backend import keras
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
    core.compile(
        optimizer=keras.optimizers.Adam(_schedule(options, steps=len(training))),
        loss=_LOSSES[class_mode](),
        metrics=[_ACCURACIES[class_mode]()],
    )
    teller = _Teller(progress, options, training.samples)
    stopper = keras.callbacks.EarlyStopping("val_loss", patience=options.patience, restore_best_weights=True)
    try:
        core.fit(
            training,
            validation_data=validation,
            epochs=options.epochs,
            callbacks=[stopper, teller],
            shuffle=False,
            verbose=0,
        )
    except Exception:  # whatever the backend made of it: what a batch raised is the cause a person can act on
        _raise_failure(training, validation)
        raise
    return Fitted(core, tuple(teller.history), teller.best_epoch)


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


def _schedule(options: TrainingOptions, *, steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """Two epochs of warm-up from a tenth, then down along a cosine to a hundredth (Loshchilov and Hutter 2017)."""
    warm = 2 * steps if options.epochs > 2 else 0  # noqa: PLR2004 - two epochs of warm-up
    return keras.optimizers.schedules.CosineDecay(
        options.learning_rate * (0.1 if warm else 1.0),
        max(1, options.epochs * steps - warm),
        alpha=0.01,
        warmup_target=options.learning_rate if warm else None,
        warmup_steps=warm,
    )


class _Teller(keras.callbacks.Callback):  # type: ignore[misc] # Keras ships no types
    """Records each epoch and tells of it."""

    def __init__(self, progress: Progress, options: TrainingOptions, samples: int) -> None:
        super().__init__()
        self._progress, self._options, self._samples = progress, options, samples
        self._best = math.inf
        self.history: list[EpochRecord] = []
        self.best_epoch = 1

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """One bar for all epochs; it ends early when the training does."""
        del logs
        self._progress.start("training", self._options.epochs * self._samples)

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Keras counts batches from 0; the last one is shorter."""
        del logs
        size = self._options.batch_size
        self._progress.advance(min(size, self._samples - batch * size))

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Keras counts epochs from 0 and hands on the means over the epoch."""
        means = [float((logs or {})[key]) for key in ("loss", "accuracy", "val_loss", "val_accuracy")]
        record = EpochRecord(epoch + 1, *means)
        better = record.validation_cross_entropy < self._best
        if better:
            self._best, self.best_epoch = record.validation_cross_entropy, record.epoch
        self.history.append(record)
        self._progress.describe(
            f"epoch {record.epoch}/{self._options.epochs}: cross-entropy {record.cross_entropy:.2f}, "
            f"validation {record.validation_cross_entropy:.2f}{' (best)' if better else ''}"
        )

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """The bar goes away."""
        del logs
        self._progress.finish()


def _raise_failure(*sources: Batches) -> None:
    for source in sources:
        if isinstance(source, ImageSequence) and source.failure is not None:
            raise source.failure
