"""What watches a fit: keep the best weights, stop in time, tell of each epoch."""

from __future__ import annotations

from labelkit.domain.progress import Progress
from labelkit.domain.training import EpochRecord, Schedule
from labelkit.training.backend import keras


class BestKeeper(keras.callbacks.EarlyStopping):  # type: ignore[misc] # Keras ships no types
    """Keeps the weights of the epoch with the lowest validation cross-entropy, of all epochs; stops by a schedule.

    Keras' own `start_from_epoch` does not look at the epochs before it, and could throw the best weights away.
    """

    def __init__(self, schedule: Schedule) -> None:
        super().__init__("val_loss", patience=schedule.patience, restore_best_weights=True)
        self.schedule = schedule

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Compare with the best so far; before the schedule's epoch it may be kept, but nothing is stopped."""
        super().on_epoch_end(epoch, logs)
        if epoch < self.schedule.start_from:
            self.wait = 0
            self.model.stop_training = False


class Teller(keras.callbacks.Callback):  # type: ignore[misc] # Keras ships no types
    """Records each epoch and tells of it; stands behind the keeper in the list of callbacks."""

    def __init__(self, progress: Progress, keeper: BestKeeper, *, batch_size: int, samples: int) -> None:
        super().__init__()
        self._progress, self._keeper = progress, keeper
        self._batch_size, self._samples = batch_size, samples
        self.history: list[EpochRecord] = []

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """One bar for all epochs; it ends early when the training does."""
        del logs
        self._progress.start("training", self._keeper.schedule.epochs * self._samples)

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Keras counts batches from 0; the last one is shorter."""
        del logs
        self._progress.advance(min(self._batch_size, self._samples - batch * self._batch_size))

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Keras counts epochs from 0 and hands on the means over the epoch."""
        means = [float((logs or {})[key]) for key in ("loss", "accuracy", "val_loss", "val_accuracy")]
        record = EpochRecord(epoch + 1, *means)
        self.history.append(record)
        best = " (best)" if self._keeper.best_epoch == epoch else ""
        self._progress.describe(
            f"epoch {record.epoch}/{self._keeper.schedule.epochs}: cross-entropy {record.cross_entropy:.2f}, "
            f"validation {record.validation_cross_entropy:.2f}{best}"
        )

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """The bar goes away."""
        del logs
        self._progress.finish()
