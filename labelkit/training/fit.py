"""Fit a network: reads from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from labelkit.domain.progress import Progress
from labelkit.domain.train_result import EpochRecord
from labelkit.domain.training import ClassMode, Schedule, TrainingOptions
from labelkit.imaging.recipes import read_pixels
from labelkit.training.backend import BY_XLA, keras, set_seed
from labelkit.training.callbacks import BestKeeper, Teller
from labelkit.training.checkpoint import Arrays, Checkpoints, ModelState, Resumable, Saver, epochs_done, restore_all
from labelkit.training.class_weights import class_weights, with_prior_shift
from labelkit.training.directory import KerasIterator
from labelkit.training.networks import NetworkWanted, build_network
from labelkit.training.sequence import ImageSequence
from labelkit.training.suspects import LossWatch, Source

Batches = ImageSequence | KerasIterator
"""Anything Keras takes as a PyDataset."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What a network is fitted for.

    Attributes:
        options: how to fit.
        class_mode: what y holds.
        counts: training images of each class, in class order.

    """

    options: TrainingOptions
    class_mode: ClassMode
    counts: tuple[int, ...]

    @property
    def outputs(self) -> int:
        """Logits: one for two classes, else one a class."""
        return 1 if self.class_mode is ClassMode.BINARY else len(self.counts)


@dataclass(frozen=True, slots=True)
class GoOn:
    """How a fit can be cut off and go on.

    Attributes:
        keep: where it is written down how far it has come.
        done: what an earlier run of the same training wrote down; None: it begins.

    """

    keep: Checkpoints
    done: Arrays | None = None


@dataclass(frozen=True, slots=True)
class Fitted:
    """A network with the weights of its best epoch, and how it got there; `resumed_at` epochs had been done before."""

    core: keras.Model
    history: tuple[EpochRecord, ...]
    best_epoch: int
    schedule: Schedule
    class_weights: tuple[float, ...]
    watch: LossWatch
    resumed_at: int = 0


def fit(
    training: Batches,
    validation: Batches,
    *,
    goal: Goal,
    progress: Progress,
    watched: Sequence[Source] = (),
    go_on: GoOn | None = None,
) -> Fitted:
    """Fit a new network on `training` and keep the weights with the lowest cross-entropy on `validation`.

    Sets the seeds of Python, NumPy and the backend (`keras.utils.set_random_seed`).

    Args:
        training: batches of (x float32 (n, height, width, 3) in 0-1, y as the class mode says); where it goes on,
            they begin with the first epoch that is to be done.
        validation: the same, never augmented.
        goal: what for, and how.
        progress: told of epochs and images.
        watched: the images, each as it is, that are looked at from time to time: which of them are learned last?
        go_on: how it can be cut off and go on; None: it cannot.

    Returns:
        the core network (floats in, logits out) with its best weights, and one record an epoch.

    Raises:
        ImageError: an image of a batch cannot be decoded.
        UsageError: there is no such network, or it takes no such pictures.

    """
    options = goal.options
    set_seed(options.seed)
    core = build_network(NetworkWanted(options.network, options.image_size, goal.outputs, options.weights))
    weights = class_weights(goal.counts, options.class_weights)
    learner = with_prior_shift(core, weights)
    core.jit_compile = BY_XLA
    schedule = options.schedule(len(training))
    learner.compile(
        optimizer=keras.optimizers.Adam(_learning_rate(options.rate, schedule.epochs, steps=len(training))),
        loss=_LOSSES[goal.class_mode](),
        metrics=[_ACCURACIES[goal.class_mode]()],
        jit_compile=BY_XLA,
    )
    learner.optimizer.build(learner.trainable_variables)  # else made within the first step, which is then traced twice
    keeper = BestKeeper(schedule, core)
    teller = Teller(progress, keeper, batch_size=options.batch_size, samples=training.samples)
    watch = LossWatch(core, watched, schedule.epochs)
    watching = [keeper, teller, *([watch] if watched else [])]
    done = 0
    if go_on is not None:
        parts: dict[str, Resumable] = {"model": ModelState(core, learner.optimizer), "best": keeper, "told": teller}
        parts.update({"watch": watch} if watched else {})
        done = epochs_done(go_on.done)
        if go_on.done is not None:
            restore_all(go_on.done, parts)
        watching.append(Saver(go_on.keep, parts))
    if done < schedule.epochs and not keeper.stopped:
        with _named_failures(training, validation, options):
            learner.fit(
                training,
                validation_data=validation,
                initial_epoch=done,
                epochs=schedule.epochs,
                class_weight=dict(enumerate(weights)) or None,
                callbacks=watching,
                shuffle=False,
                verbose=0,
            )
    keeper.settle()
    return Fitted(core, tuple(teller.history), keeper.best_epoch + 1, schedule, weights, watch, done)


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


def _learning_rate(rate: float, epochs: int, *, steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """Two epochs of warm-up from a tenth, then down along a cosine to a hundredth (Loshchilov and Hutter 2017)."""
    warm = 2 * steps if epochs > 2 else 0  # noqa: PLR2004 - two epochs of warm-up
    return keras.optimizers.schedules.CosineDecay(
        rate * (0.1 if warm else 1.0),
        max(1, epochs * steps - warm),
        alpha=0.01,
        warmup_target=rate if warm else None,
        warmup_steps=warm,
    )


@contextmanager
def _named_failures(training: Batches, validation: Batches, options: TrainingOptions) -> Iterator[None]:
    """Name the image that ended the fit, if it was one; Keras' own iterator does not say which."""
    try:
        yield
    except Exception:  # whatever the backend made of it: what a batch raised is the cause a person can act on
        for source in (training, validation):
            _raise_broken_image(source, options)
        raise


def _raise_broken_image(source: Batches, options: TrainingOptions) -> None:
    if isinstance(source, ImageSequence):
        if source.failure is not None:
            raise source.failure
        return
    for path in source.filepaths:
        read_pixels(path, options.recipe, options.image_size)
