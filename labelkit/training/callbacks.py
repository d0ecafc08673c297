"""What watches a fit: keep the best weights, stop in time, tell of each epoch. Each can be written down and go on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import astuple

import numpy as np

from labelkit.domain.progress import Progress
from labelkit.domain.train_result import EpochRecord
from labelkit.domain.training import Schedule
from labelkit.training.backend import keras
from labelkit.training.checkpoint import Arrays


class BestKeeper(keras.callbacks.Callback):  # type: ignore[misc] # Keras ships no types
    """Keeps the weights of the epoch with the lowest validation cross-entropy, of all epochs; stops by a schedule.

    Keras' own EarlyStopping with `start_from_epoch` does not look at the epochs before it, and could throw the best
    weights away; nor can it go on where another fit stopped.

    Attributes:
        best_epoch: counted from 0.
        stopped: whether the fit is over before its last epoch.

    """

    def __init__(self, schedule: Schedule, core: keras.Model) -> None:
        super().__init__()
        self.schedule = schedule
        self.best_epoch = 0
        self.stopped = False
        self._core, self._lowest, self._waited = core, math.inf, 0
        self._weights: list[np.ndarray] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Compare with the best so far; before the schedule's epoch it may be kept, but nothing is stopped."""
        loss = float((logs or {})["val_loss"])
        better = loss < self._lowest
        if better or not self._weights:  # a first epoch without a number is still something to end with
            self.best_epoch, self._weights = epoch, self._core.get_weights()
            self._lowest = loss if better else math.inf
        self._waited = 0 if better or epoch < self.schedule.start_from else self._waited + 1
        self.stopped = self._waited >= self.schedule.patience
        if self.stopped:
            self.model.stop_training = True

    def settle(self) -> None:
        """Give the network the weights of its best epoch."""
        if self._weights:
            self._core.set_weights(self._weights)

    def state(self) -> Arrays:
        """All that a later fit needs to go on."""
        numbers = np.array([self.best_epoch, self._waited, self.stopped, self._lowest], np.float64)
        return {"numbers": numbers, **{f"weights.{i}": w for i, w in enumerate(self._weights)}}

    def restore(self, state: Arrays) -> None:
        """Go on from what `state` gave."""
        best_epoch, waited, stopped, self._lowest = state["numbers"].tolist()
        self.best_epoch, self._waited, self.stopped = int(best_epoch), int(waited), bool(stopped)
        self._weights = [state[f"weights.{i}"] for i in range(len(state) - 1)]


class Teller(keras.callbacks.Callback):  # type: ignore[misc] # Keras ships no types
    """Records each epoch and tells of it; stands behind the keeper in the list of callbacks."""

    def __init__(self, progress: Progress, keeper: BestKeeper, *, batch_size: int, samples: int) -> None:
        super().__init__()
        self._progress, self._keeper = progress, keeper
        self._batch_size, self._samples = batch_size, samples
        self.history: list[EpochRecord] = []

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        """One bar for all epochs; it ends early when the training does."""
        del logs
        self._progress.start("training", self._keeper.schedule.epochs * self._samples)
        self._progress.advance(len(self.history) * self._samples)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """Keras counts batches from 0; the last one is shorter."""
        del logs
        self._progress.advance(min(self._batch_size, self._samples - batch * self._batch_size))

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Keras counts epochs from 0 and hands on the means over the epoch."""
        means = [float((logs or {})[key]) for key in ("loss", "accuracy", "val_loss", "val_accuracy")]
        record = EpochRecord(epoch + 1, *means)
        self.history.append(record)
        best = " (best)" if self._keeper.best_epoch == epoch else ""
        self._progress.describe(
            f"epoch {record.epoch}/{self._keeper.schedule.epochs}: cross-entropy {record.cross_entropy:.2f}, "
            f"validation {record.validation_cross_entropy:.2f}{best}"
        )

    def on_train_end(self, logs: Mapping[str, float] | None = None) -> None:
        """The bar goes away."""
        del logs
        self._progress.finish()

    def state(self) -> Arrays:
        """The history, a row an epoch."""
        return {"history": np.array([astuple(record) for record in self.history], np.float64)}

    def restore(self, state: Arrays) -> None:
        """Go on behind the history that `state` gave."""
        rows = state["history"].tolist()
        self.history = [EpochRecord(int(epoch), *means) for epoch, *means in rows]
