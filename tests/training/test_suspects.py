from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from labelkit.domain.classes import make_class_map
from labelkit.domain.dataset import Dataset
from labelkit.domain.errors import DataError
from labelkit.domain.evaluation import Reversal
from labelkit.domain.suspects import LabelScore, rank_suspects
from labelkit.domain.training import TrainingOptions
from labelkit.training import pixels
from labelkit.training.backend import keras
from labelkit.training.folder import find_dataset
from labelkit.training.metrics import Indices, Logits, log_probabilities, rank_area
from labelkit.training.suspects import (
    MOST_LOOKS,
    LossWatch,
    label_scores,
    look_after,
    plain_source,
    training_suspects,
    why_not_believed,
)
from tests.training.batches import hash_of, hashes, make_sequence
from tests.training.scenes import SIZE, go_ng

EPOCHS = 6
LEARNED, HELD = 140, 120
CLASSES = ("GO", "NG")


@pytest.mark.parametrize(
    ("epochs", "expected"),
    [(1, (0,)), (2, (1,)), (8, (0, 2, 5, 7)), (9, (2, 4, 6, 8)), (12, (2, 4, 6, 9, 11))],
)
def test_the_looks_are_spread_evenly_over_the_schedule_and_leave_the_warm_up_out(
    epochs: int, expected: tuple[int, ...]
) -> None:
    assert look_after(epochs) == expected


@pytest.mark.parametrize("epochs", [20, 32, 100, 160, 1000])
def test_a_long_training_is_looked_at_sixteen_times_at_most_up_to_its_end(epochs: int) -> None:
    looks = look_after(epochs)
    assert len(looks) == min(MOST_LOOKS, (epochs - 2) // 2)
    assert (looks[0], looks[-1]) == (2, epochs - 1)
    assert np.ptp(np.diff(looks)) <= 1


@dataclass(frozen=True)
class Batches:
    """Arrays in batches of 20, in order."""

    x: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
    y: np.ndarray[tuple[int, ...], np.dtype[np.float32]]

    def __len__(self) -> int:
        return math.ceil(len(self.x) / 20)

    def __getitem__(
        self, index: int
    ) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float32]], np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
        chosen = slice(20 * index, 20 * index + 20)
        return self.x[chosen], self.y[chosen]


def cloud(images: int, seed: int) -> Batches:
    """Two classes of small noisy pictures, one brighter; every tenth label is wrong."""
    rng = np.random.default_rng(seed)
    really = np.arange(images) % 3 == 0
    x = rng.normal(0.4 + 0.15 * really[:, None, None, None], 0.3, (images, 6, 6, 3)).astype(np.float32)
    return Batches(x, (really ^ flipped(images)).astype(np.float32))


def flipped(images: int) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.asarray(np.arange(images) % 10 == 5)


def network() -> keras.Model:
    """One that draws numbers while it learns and remembers means."""
    keras.utils.set_random_seed(3)
    layers = [keras.layers.Flatten(), keras.layers.Dropout(0.3), keras.layers.BatchNormalization(momentum=0.5)]
    core = keras.Sequential([keras.Input((6, 6, 3)), *layers, keras.layers.Dense(1)])
    adam = keras.optimizers.Adam(0.01)
    core.compile(adam, keras.losses.BinaryCrossentropy(from_logits=True), jit_compile=False)
    return core


def taught(core: keras.Model, watch: LossWatch | None) -> list[float]:
    """The losses of a fit; the images come in another order each epoch, drawn by Keras."""
    train, held = cloud(LEARNED, 1), cloud(HELD, 2)
    history = core.fit(
        train.x,
        train.y,
        batch_size=20,
        validation_data=(held.x, held.y),
        epochs=EPOCHS,
        callbacks=[watch] if watch else [],
        verbose=0,
    ).history
    return [*history["loss"], *history["val_loss"]]


def watch_of(core: keras.Model) -> LossWatch:
    return LossWatch(core, (cloud(LEARNED, 1), cloud(HELD, 2)), EPOCHS)


def everything(core: keras.Model) -> list[bytes]:
    """The bytes of weights, of what the optimizer remembers, and of the numbers that would be drawn next."""
    kept = [*core.variables, *core.optimizer.variables]
    drawn = [np.random.random(4), keras.random.normal((4,))]  # noqa: NPY002 - the global generator is the point
    return [np.asarray(v).tobytes() for v in (*kept, *drawn)]


@dataclass(frozen=True)
class Taught:
    """A fit that was watched, and what it left behind."""

    watch: LossWatch
    losses: list[float]
    left: list[bytes]


@cache
def watched() -> Taught:
    core = network()
    watch = watch_of(core)
    return Taught(watch, taught(core, watch), everything(core))


def test_a_watched_training_is_the_same_bit_for_bit() -> None:
    alone = network()
    assert (taught(alone, None), everything(alone)) == (watched().losses, watched().left)


def part(images: int, seed: int, name: str) -> Dataset:
    """The images of a cloud, with the labels that they are said to have."""
    samples = [(f"{name}{i:03}.png", CLASSES[int(y)]) for i, y in enumerate(cloud(images, seed).y)]
    return Dataset("/nowhere", make_class_map(CLASSES), tuple(samples))


def wrong(images: int, name: str) -> set[str]:
    return {f"{name}{i:03}.png" for i in np.flatnonzero(flipped(images))}


def test_planted_label_errors_are_found_in_both_parts_and_classes() -> None:
    found = training_suspects(watched().watch, part(LEARNED, 1, "t"), part(HELD, 2, "v"))
    planted = wrong(LEARNED, "t") | wrong(HELD, "v")
    assert len(found.scores) == LEARNED + HELD
    assert {s.path for s in found.scores if s.part == "validation"} == {f"v{i:03}.png" for i in range(HELD)}
    for label in CLASSES:
        own = [s for s in found.scores if s.label == label]
        losses = np.array([s.cross_entropy for s in own])
        assert rank_area(losses, np.array([s.path in planted for s in own])) > 0.93, label
        ranked = found.by_label[label]
        assert [s.rank for s in ranked] == list(range(1, len(ranked) + 1))
        assert sorted(ranked, key=lambda s: -s.cross_entropy) == list(ranked)
        assert {s.suggested for s in ranked} == set(CLASSES) - {label}
        assert all(s.margin < 0 for s in ranked)
        assert {s.path for s in own if s.margin < 0} >= {s.path for s in ranked}
        first = [s.path in planted for s in ranked[: sum(s.path in planted for s in own)]]
        assert np.mean(first) > 0.6, label


def scored(label: str, *probabilities: float) -> list[LabelScore]:
    """Images of one label with what the model gives to it; the rest goes to the other class."""
    other = "NG" if label == "GO" else "GO"
    return [
        LabelScore(f"{label}/{i}.png", label, other, -math.log(p), math.log(p / (1 - p)))
        for i, p in enumerate(probabilities)
    ]


def test_only_what_the_model_is_as_sure_of_as_usual_is_named() -> None:
    weak = [*scored("GO", 0.8, 0.7, 0.75, 0.45, 0.2), *scored("NG", 0.6, 0.6, 0.4, 0.35)]
    named = {s.path: round(s.probability_of_suggested, 2) for s in rank_suspects(weak, CLASSES).suspects}
    assert named == {"GO/3.png": 0.55, "GO/4.png": 0.8, "NG/2.png": 0.6, "NG/3.png": 0.65}, "means: GO 0.58, NG 0.49"
    leaning = [*scored("GO", 0.9, 0.85, 0.9), *scored("NG", 0.45, 0.4, 0.3, 0.08)]
    assert {s.path for s in rank_suspects(leaning, CLASSES).suspects} == {"NG/3.png"}
    certain = [*scored("GO", 0.999999, 0.999999, 0.05), *scored("NG", 0.999999)]
    assert {s.path for s in rank_suspects(certain, CLASSES).suspects} == {"GO/2.png"}


def test_answers_that_say_nothing_of_held_out_images_name_none() -> None:
    core = network()
    watch = watch_of(core)
    at_epoch(core, 0)
    watch.on_epoch_end(0)
    refused = training_suspects(watch, part(LEARNED, 1, "t"), part(HELD, 2, "v"))
    assert (refused.suspects, len(refused.scores)) == ((), LEARNED + HELD)
    assert (
        "the model, averaged over its training, does not surely beat the class shares on 120 images (cross-"
        in refused.why_not
    )


def answers(*, wrong: int, sure: float, images: int = 60) -> tuple[Logits, Indices]:
    """Of a model that is `sure` of every image, and right but where the label is wrong."""
    truth = (np.arange(images) % 3 == 0).astype(np.intp)
    z = np.where(truth == 1, sure, -sure) * np.where(np.arange(images) < wrong, -1, 1)
    return log_probabilities(z[:, None].astype(np.float64)), truth


def test_a_good_model_is_believed_although_it_is_far_too_sure_and_many_labels_are_wrong() -> None:
    logs, truth = answers(wrong=9, sure=8.0)
    assert -logs[np.arange(60), truth].mean() > 1.1, "the class shares alone have 0.64"
    assert why_not_believed(logs, truth) == ""
    assert "surely" in why_not_believed(*answers(wrong=30, sure=8.0))
    assert "surely" in why_not_believed(*answers(wrong=9, sure=0.0))
    assert "no finite numbers" in why_not_believed(np.full_like(logs, np.nan), truth)
    reversal = Reversal("GO", "NG", 0.1, 1e-9, ("NG", "GO"))
    assert "wrong way round" in why_not_believed(logs, truth, reversal)


def test_of_several_classes_the_best_other_one_is_suggested() -> None:
    logs = np.log(np.array([[0.2, 0.5, 0.3], [0.4, 0.35, 0.25], [0.1, 0.1, 0.8]]))
    samples = [("a.png", "100"), ("b.png", "100"), ("c.png", "60")]
    found = rank_suspects(label_scores(samples, logs, ["60", "80", "100"]), ["60", "80", "100"])
    told = [(s.path, s.suggested, s.rank, round(s.cross_entropy, 4), round(s.margin, 4)) for s in found.suspects]
    assert told == [
        ("c.png", "100", 1, 2.3026, -2.0794),
        ("b.png", "60", 1, 1.3863, -0.47),
        ("a.png", "80", 2, 1.204, -0.5108),
    ]


def test_the_images_are_looked_at_as_they_are_whatever_the_fit_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = make_sequence(go_ng(), pack=False)
    shown.decode_all()
    expected = list(make_sequence(go_ng(), pack=False, shuffle=False, augment=None))
    before = hashes(make_sequence(go_ng(), pack=False), 2)
    monkeypatch.setattr(pixels, "decode_file", lambda *_: pytest.fail("an image was decoded a second time"))
    seen = []
    for _ in range(2):
        seen += hashes(shown, 1)
        plain = plain_source(shown, find_dataset(go_ng()), options=TrainingOptions(image_size=SIZE), threads=1)
        assert [hash_of(plain[i]) for i in range(len(plain))] == [hash_of(batch) for batch in expected]
    assert seen == before


def at_epoch(core: keras.Model, epoch: int) -> None:
    """Give the network weights that only the epoch decides."""
    core.set_weights(
        [np.cos(np.arange(w.size, dtype=np.float32) + epoch).reshape(w.shape) ** 2 for w in core.get_weights()]
    )


def test_what_is_summed_up_are_log_probabilities_of_plain_images_in_order() -> None:
    core, seen = network(), []
    watch = watch_of(core)
    x = np.concatenate([cloud(LEARNED, 1).x, cloud(HELD, 2).x])
    for epoch in range(EPOCHS):
        at_epoch(core, epoch)
        watch.on_epoch_end(epoch)
        if epoch in look_after(EPOCHS):
            seen.append(log_probabilities(np.asarray(core(x, training=False), np.float64)))
    assert watch.log_probabilities.shape == (LEARNED + HELD, 2)
    np.testing.assert_allclose(watch.log_probabilities, np.mean(seen, axis=0), rtol=1e-4)


def test_a_resumed_watch_ends_with_the_same_numbers_bit_for_bit() -> None:
    core = network()
    whole, first, second = watch_of(core), watch_of(core), watch_of(core)
    for epoch in range(EPOCHS):
        at_epoch(core, epoch)
        whole.on_epoch_end(epoch)
        (first if epoch < 3 else second).on_epoch_end(epoch)
        if epoch == 2:
            second.restore(first.state())
            second.on_epoch_end(epoch)  # a fit that died after the look, before the epoch was written down
    assert second.looks == whole.looks == look_after(EPOCHS)
    assert second.log_probabilities.tobytes() == whole.log_probabilities.tobytes()


def test_a_record_of_another_schedule_is_refused() -> None:
    core = network()
    watch = watch_of(core)
    watch.on_epoch_end(5)
    with pytest.raises(DataError, match="another schedule"):
        LossWatch(core, (cloud(LEARNED, 1),), 3).restore(watch.state())
    with pytest.raises(DataError, match="no record"):
        watch.restore({})
