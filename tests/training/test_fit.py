from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from labelkit.domain.training import ClassMode, Schedule, TrainingOptions
from labelkit.training.backend import keras
from labelkit.training.callbacks import BestKeeper
from labelkit.training.feed import make_feed
from labelkit.training.fit import Goal, fit
from labelkit.training.folder import find_dataset
from tests.training.scenes import SIZE, go_ng

LOSSES = [0.70, 0.40, 0.60, 0.65, 0.55, 0.58, 0.59, 0.57, 0.30]


def stopped(schedule: Schedule) -> tuple[int, int, float]:
    """(epochs run, best epoch, the weight that was kept), the weight being the epoch's number."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    keeper = BestKeeper(schedule, model)
    keeper.set_model(model)
    model.stop_training = False
    run = 0
    for epoch, loss in enumerate(LOSSES[: schedule.epochs]):
        run = epoch + 1
        model.set_weights([np.array([[float(run)]])])
        keeper.on_epoch_end(epoch, {"val_loss": loss})
        if model.stop_training:
            break
    keeper.settle()
    return run, keeper.best_epoch + 1, float(model.get_weights()[0][0, 0])


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (Schedule(epochs=9, patience=2, start_from=0), (4, 2, 2.0)),
        (Schedule(epochs=9, patience=2, start_from=4), (6, 2, 2.0)),
        (Schedule(epochs=9, patience=5, start_from=4), (9, 9, 9.0)),
        (Schedule(epochs=3, patience=5, start_from=0), (3, 2, 2.0)),
    ],
)
def test_the_best_epoch_of_all_is_kept_even_one_before_stopping_is_allowed(
    schedule: Schedule, expected: tuple[int, int, float]
) -> None:
    assert stopped(schedule) == expected


class Told:
    """A progress that writes down what it is told."""

    def __init__(self) -> None:
        self.started: list[tuple[str, int | None]] = []
        self.said: list[str] = []
        self.images = 0
        self.finished = 0

    def start(self, what: str, total: int | None) -> None:
        self.started.append((what, total))

    def describe(self, what: str) -> None:
        self.said.append(what)

    def advance(self, items: int = 1) -> None:
        self.images += items

    def finish(self) -> None:
        self.finished += 1

    def note(self, line: str) -> None:
        self.said.append(line)


def test_progress_is_told_of_every_image_and_epoch() -> None:
    options = TrainingOptions(image_size=SIZE, batch_size=20, epochs=2)
    told = Told()
    feed = make_feed(find_dataset(go_ng()), options=options, class_mode=ClassMode.BINARY, progress=told, threads=2)
    assert told.images == 72
    told.images = 0
    goal = Goal(options, ClassMode.BINARY, (38, 19))
    fitted = fit(feed.training, feed.validation, goal=goal, progress=told)
    assert told.started == [("training", 114)]
    assert (told.images, told.finished) == (114, 1)
    assert [text.split(":")[0] for text in told.said] == ["epoch 1/2", "epoch 2/2"]
    assert told.said[fitted.best_epoch - 1].endswith("(best)")


def test_an_image_that_breaks_under_way_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from labelkit.domain.errors import ImageError
    from labelkit.training import pixels as pixel_store
    from tests.training.scenes import draw_set

    monkeypatch.setattr(pixel_store, "KEEP_BYTES", 0)
    draw_set(tmp_path, {"GO": 8, "NG": 8})
    options = TrainingOptions(image_size=SIZE, batch_size=4, epochs=2, pack=False)
    feed = make_feed(find_dataset(tmp_path), options=options, class_mode=ClassMode.BINARY, progress=Told(), threads=2)
    broken = tmp_path / feed.learned.samples[3][0]
    broken.write_bytes(b"gone bad")
    with pytest.raises(ImageError) as told:
        fit(feed.training, feed.validation, goal=Goal(options, ClassMode.BINARY, (6, 6)), progress=Told())
    assert told.value.place == str(broken)
