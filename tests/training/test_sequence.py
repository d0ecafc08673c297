from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labelkit.domain.augmentation import Augmentation
from labelkit.domain.errors import ImageError, UsageError
from labelkit.domain.recipe import Recipe
from labelkit.imaging.recipes import Pixels, decode_file
from labelkit.training import pixels as pixel_store
from labelkit.training.augment import Views
from labelkit.training.backend import keras
from labelkit.training.custom_generator import custom_generator
from labelkit.training.sequence import ImageSequence
from tests.training.scenes import SIZE, draw_set, go_ng

THREE = {"60": 5, "80": 4, "100": 6}


def pairs(base_dir: Path) -> list[tuple[str | Path, str]]:
    return [(p, p.parent.name) for p in sorted(base_dir.glob("*/*"))]


def arrays(sequence: ImageSequence, index: int = 0) -> tuple[np.ndarray, np.ndarray]:
    batch = sequence[index]
    assert isinstance(batch, tuple)
    return batch


class Watched(ImageSequence):
    """Writes down which samples each epoch served."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.served: list[tuple[int, int]] = []

    def __getitem__(self, index: int) -> object:  # type: ignore[override]
        start = index * self.batch_size
        self.served += [(self.epoch, int(i)) for i in self.order(self.epoch)[start : start + self.batch_size]]
        return super().__getitem__(index)


def tiny_model() -> object:
    model = keras.Sequential([keras.Input((*SIZE, 3)), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1)])
    model.compile("sgd", keras.losses.BinaryCrossentropy(from_logits=True))
    return model


def test_batches_are_what_the_tutorials_say() -> None:
    sequence = ImageSequence(pairs(go_ng()), ["GO", "NG"], image_size=(80, 80))
    x, y = arrays(sequence)
    assert x.shape == (32, 80, 80, 3)
    assert x.dtype == np.float32
    assert 0 <= x.min() < 0.3
    assert 0.5 < arrays(sequence, 2)[0].max() <= 1
    assert y.shape == (32,)
    assert y.dtype == np.float32
    assert [len(arrays(sequence, i)[1]) for i in range(len(sequence))] == [32, 32, 8]
    assert np.concatenate([arrays(sequence, i)[1] for i in range(3)]).tolist() == [0] * 48 + [1] * 24
    with pytest.raises(IndexError):
        sequence[3]


@pytest.mark.parametrize("mode", ["sparse", "categorical"])
def test_labels_are_written_as_keras_writes_them(tmp_path: Path, mode: str) -> None:
    from labelkit.training.directory import flow_from_directory

    draw_set(tmp_path, THREE)
    names = ["60", "80", "100"]
    theirs = flow_from_directory(
        tmp_path, class_mode=mode, classes=names, validation_split=0.25, shuffle=False, interpolation="nearest"
    ).validation
    samples = [(path, names[i]) for path, i in zip(theirs.filepaths, theirs.classes, strict=True)]
    x, y = arrays(ImageSequence(samples, names, class_mode=mode, recipe="keras-pil-nearest"))
    expected_x, expected_y = theirs[0]
    assert (x == expected_x).all()
    assert (y.shape, y.dtype) == (expected_y.shape, expected_y.dtype)
    assert (y == expected_y).all()


def test_class_order_given_decides_the_index() -> None:
    flipped = ImageSequence(pairs(go_ng()), ["NG", "GO"], image_size=SIZE)
    assert flipped.class_indices == {"NG": 0, "GO": 1}
    assert arrays(flipped)[1].tolist() == [1] * 32
    assert flipped.counts == {"NG": 24, "GO": 48}


def test_without_class_mode_there_are_only_images() -> None:
    batch = ImageSequence(pairs(go_ng()), ["GO", "NG"], image_size=SIZE, class_mode=None)[0]
    assert isinstance(batch, np.ndarray)
    assert batch.shape == (32, *SIZE, 3)


@pytest.mark.parametrize("workers", [1, 3])
def test_fit_serves_every_sample_once_an_epoch_in_the_seed_s_order(workers: int) -> None:
    sequence = Watched(pairs(go_ng()), ["GO", "NG"], image_size=SIZE, batch_size=10, shuffle=True, workers=workers)
    tiny_model().fit(sequence, epochs=3, shuffle=False, verbose=0)  # type: ignore[attr-defined]
    by_epoch = {epoch: Counter(i for e, i in sequence.served if e == epoch) for epoch, _ in sequence.served}
    assert sorted(by_epoch) == [0, 1, 2], "epoch k of the fit is epoch k of the order"
    assert all(by_epoch[epoch] == Counter(range(72)) for epoch in (1, 2))
    assert by_epoch[0] == Counter(range(72)) + Counter(sequence.order(0)[:20].tolist()), "Keras reads two first"


def test_order_depends_on_seed_and_epoch_alone() -> None:
    one, two, other = (
        ImageSequence(pairs(go_ng()), ["GO", "NG"], image_size=SIZE, shuffle=True, seed=seed) for seed in (3, 3, 4)
    )
    two[1]  # reading a batch moves nothing
    assert (one.order(2) == two.order(2)).all()
    assert sorted(one.order(2)) == list(range(72))
    assert (one.order(2) != one.order(3)).any()
    assert (one.order(2) != other.order(2)).any()


def test_a_loop_of_one_s_own_ends_and_takes_another_order_next() -> None:
    sequence = ImageSequence(pairs(go_ng()), ["GO", "NG"], image_size=SIZE, shuffle=True)
    first = np.concatenate([y for _, y in sequence])
    again = np.concatenate([y for _, y in sequence])
    sequence.on_epoch_end()
    later = np.concatenate([y for _, y in sequence])
    assert (first == again).all()
    assert (first != later).any()
    assert first.sum() == later.sum() == 24


def test_augmentation_is_a_function_of_seed_epoch_and_sample() -> None:
    def batches(seed: int, order: list[int]) -> dict[int, np.ndarray]:
        sequence = ImageSequence(
            pairs(go_ng()), ["GO", "NG"], image_size=SIZE, batch_size=8, augment=Views(), seed=seed
        )
        return {i: arrays(sequence, i)[0] for i in order}

    forwards, backwards, other = batches(1, [0, 1, 2]), batches(1, [2, 1, 0]), batches(2, [0, 1, 2])
    assert all((forwards[i] == backwards[i]).all() for i in range(3))
    assert (forwards[0] != other[0]).any()
    plain = arrays(ImageSequence(pairs(go_ng()), ["GO", "NG"], image_size=SIZE, batch_size=8))[0]
    assert (forwards[0] != plain).any()


@pytest.mark.parametrize("shape", [(32, 32, 3), (24, 40, 3)])
def test_a_view_keeps_the_shape_and_invents_no_value(shape: tuple[int, int, int]) -> None:
    pixels: Pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    views = [Views(Augmentation(shift=3))(pixels, np.random.default_rng(i)) for i in range(40)]
    assert {v.shape for v in views} == {shape}
    assert all(set(np.unique(v)) <= set(np.unique(pixels)) for v in views)
    assert len({v.tobytes() for v in views}) > 20


def test_each_file_is_decoded_once_however_many_epochs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: Counter[str] = Counter()

    def counted(path: str, data: bytes, recipe: Recipe, size: tuple[int, int]) -> Pixels:
        reads[path] += 1
        return decode_file(path, data, recipe, size)

    monkeypatch.setattr(pixel_store, "decode_file", counted)
    monkeypatch.setenv("LABELKIT_CACHE_DIR", str(tmp_path))
    sequence = ImageSequence(pairs(go_ng()), ["GO", "NG"], image_size=SIZE, workers=1)
    tiny_model().fit(sequence, epochs=3, shuffle=False, verbose=0)  # type: ignore[attr-defined]
    assert reads == Counter(sequence.paths)
    again = ImageSequence(pairs(go_ng()), ["GO", "NG"], image_size=SIZE)
    assert (arrays(again)[0] == arrays(sequence)[0]).all()
    assert reads == Counter(sequence.paths), "another sequence finds them in the cache"

    unpacked = ImageSequence(pairs(go_ng()), ["GO", "NG"], image_size=SIZE, pack=False)
    assert all((arrays(unpacked)[0] == arrays(sequence)[0]).all() for _ in range(2))
    assert reads[unpacked.paths[0]] == 2, "without the cache they stay in memory"
    monkeypatch.setattr(pixel_store, "KEEP_BYTES", 1000)
    large = ImageSequence(pairs(go_ng()), ["GO", "NG"], image_size=SIZE, pack=False)
    assert all((arrays(large)[0] == arrays(sequence)[0]).all() for _ in range(2))
    assert reads[large.paths[0]] == 4, "a set that does not fit is decoded again"


def test_a_broken_image_is_named_by_a_batch_and_before_an_epoch(tmp_path: Path) -> None:
    draw_set(tmp_path, {"A": 3, "B": 3})
    broken = tmp_path / "B" / "001.jpg"
    broken.write_bytes(broken.read_bytes()[:300])
    sequence = ImageSequence(pairs(tmp_path), ["A", "B"], image_size=SIZE)
    with pytest.raises(ImageError) as told:
        sequence.decode_all()
    assert told.value.place == str(broken)
    with pytest.raises(ImageError):
        sequence[0]
    assert sequence.failure is not None


def test_the_caller_s_lists_are_never_changed() -> None:
    samples = pairs(go_ng())
    names = ["GO", "NG"]
    kept = list(samples)
    sequence = ImageSequence(samples, names, image_size=SIZE, shuffle=True)
    sequence.on_epoch_end()
    sequence[0]
    assert samples == kept
    names.reverse()
    samples.clear()
    assert sequence.class_names == ("GO", "NG")
    assert sequence.samples == 72


@pytest.mark.parametrize(
    ("samples", "names", "mode", "message"),
    [
        ([("a.png", "GO"), ("b.png", "Ng")], ["GO", "NG"], "binary", "did you mean 'NG'"),
        ([], ["GO", "NG"], "binary", "no samples"),
        ([("a.png", "GO")], ["GO", "GO"], "binary", "named twice"),
        ([("a.png", "60")], ["60", "80", "100"], "binary", "class_mode='sparse'"),
        ([("a.png", "GO")], ["GO", "NG"], "binery", "did you mean 'binary'"),
    ],
)
def test_wrong_use_is_told_at_once(samples: list[tuple[str, str]], names: list[str], mode: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        ImageSequence(samples, names, class_mode=mode)


def test_a_batch_holds_something() -> None:
    with pytest.raises(UsageError, match="at least 1, not 0"):
        ImageSequence(pairs(go_ng()), ["GO", "NG"], batch_size=0)


def test_missing_files_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    draw_set(tmp_path, {"A": 1, "B": 1})
    samples = [*pairs(tmp_path), (tmp_path / "gone.png", "A"), (tmp_path / "too.png", "B")]
    with pytest.raises(ImageError, match="and 1 more") as told:
        ImageSequence(samples, ["A", "B"])
    assert told.value.place == str(tmp_path / "gone.png")


def test_from_folder_puts_numbers_in_numeric_order_and_skips_the_hidden(tmp_path: Path) -> None:
    draw_set(tmp_path, THREE)
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / "60" / ".hidden").mkdir()
    for hidden in (".ipynb_checkpoints/a.png", "60/.hidden/a.png", "60/._a.png"):
        Image.new("RGB", (8, 8)).save(tmp_path / hidden)
    sequence = ImageSequence.from_folder(tmp_path, image_size=SIZE)
    assert sequence.class_indices == {"60": 0, "80": 1, "100": 2}
    assert sequence.counts == THREE
    assert sequence.class_mode == "sparse"
    assert ImageSequence.from_folder(tmp_path, classes=["100", "80", "60"]).class_indices["60"] == 2
    assert ImageSequence.from_folder(go_ng()).class_mode == "binary"


def test_custom_generator_pairs_once_at_the_door() -> None:
    paths, labels = [p for p, _ in pairs(go_ng())], [name for _, name in pairs(go_ng())]
    generator = custom_generator(paths, labels, 16, image_size=SIZE)
    labels.reverse()
    assert len(generator) == 5
    assert np.concatenate([y for _, y in generator]).tolist() == [0] * 48 + [1] * 24
    with pytest.raises(UsageError, match="72 file paths, but 71 labels"):
        custom_generator(paths, labels[1:])


def test_custom_generator_takes_scores(tmp_path: Path) -> None:
    draw_set(tmp_path, {"60": 2, "100": 2})
    paths, scores = zip(*((p, float(name)) for p, name in pairs(tmp_path)), strict=True)
    generator = custom_generator(paths, scores, 4, image_size=SIZE)
    assert generator.class_names == ("60", "100"), "numeric order: in text order 100 would come first"
    assert arrays(generator)[1].tolist() == [1, 1, 0, 0]
    with pytest.raises(UsageError, match="missing"):
        custom_generator(paths, [60.0, 60.0, 100.0, float("nan")])
