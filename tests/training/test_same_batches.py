"""A seed means something: the same batches whoever loads them, from wherever the pixels come, whatever goes wrong."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labelkit.domain.errors import ImageError, UsageError
from labelkit.domain.recipe import Recipe
from labelkit.imaging.recipes import Pixels, decode_file, read_pixels
from labelkit.storage import pixel_folder
from labelkit.training import pixels as pixel_store
from labelkit.training.backend import keras
from labelkit.training.sequence import ImageSequence
from tests.checkout import quiet_environment
from tests.training.batches import hash_of, hashes, make_sequence
from tests.training.scenes import SIZE, draw_set, go_ng

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABELKIT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Served(ImageSequence):
    """Writes down the hash of every batch it serves, by epoch and index."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.served: dict[tuple[int, int], set[str]] = {}

    def __getitem__(self, index: int) -> object:  # type: ignore[override]
        epoch, batch = self.epoch, super().__getitem__(index)
        self.served.setdefault((epoch, index), set()).add(hash_of(batch))
        return batch


def tiny_model() -> keras.Model:
    model = keras.Sequential([keras.Input((*SIZE, 3)), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1)])
    model.compile("sgd", keras.losses.BinaryCrossentropy(from_logits=True))
    return model


def pairs(base_dir: Path) -> list[tuple[str | Path, str]]:
    return [(p, p.parent.name) for p in sorted(base_dir.glob("*/*"))]


@pytest.mark.usefixtures("cache")
def test_workers_cache_process_and_resume_change_no_bit() -> None:
    expected = hashes(make_sequence(go_ng(), workers=1, pack=False), 3)
    assert len({h for epoch in expected for h in epoch}) == 12, "every batch of every epoch is another"
    model = tiny_model()
    for workers in (1, 2, 4, 8):  # the first one is cold, the others find the pixels packed
        sequence = make_sequence(go_ng(), workers=workers)
        sequence.__class__ = type("Watched", (Served,), {})
        sequence.served = {}
        model.fit(sequence, epochs=3, shuffle=False, verbose=0)
        assert sequence.served == {(e, i): {expected[e][i]} for e in range(3) for i in range(4)}
        model.fit(sequence, epochs=4, initial_epoch=3, shuffle=False, verbose=0)
        assert {epoch for epoch, _ in sequence.served} == {0, 1, 2, 3}, "a second fit goes on where the first ended"
    words = [sys.executable, "-m", "tests.training.batches", str(go_ng()), "1", "2"]
    env = quiet_environment() | {"LABELKIT_CACHE_DIR": os.environ["LABELKIT_CACHE_DIR"]}
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.split() == expected[1] + expected[2], "another process, resumed at the second epoch"


@pytest.mark.usefixtures("cache")
def test_a_tf_dataset_gives_the_same_batches_epoch_after_epoch() -> None:
    expected = hashes(make_sequence(go_ng()), 2)
    dataset = make_sequence(go_ng()).as_tf_dataset()
    for epoch in range(2):
        served = [hash_of((x.numpy(), y.numpy())) for x, y in dataset]  # type: ignore[attr-defined] # TensorFlow has no types
        assert served == expected[epoch]
    shapes = [tuple(spec.shape) for spec in dataset.element_spec]  # type: ignore[attr-defined]
    assert shapes == [(None, 32, 32, 3), (None,)]


def faulty(base_dir: Path) -> tuple[Path, Path]:
    """A set with a file cut short and a file gone; both among images of GO."""
    draw_set(base_dir, {"GO": 20, "NG": 10})
    cut, gone = base_dir / "GO" / "003.png", base_dir / "GO" / "011.bmp"
    cut.write_bytes(cut.read_bytes()[:200])
    gone.unlink()
    return cut, gone


@pytest.mark.parametrize("pack", [True, False])
@pytest.mark.usefixtures("cache")
def test_skipping_puts_no_image_in_another_s_place_and_shifts_no_label(tmp_path: Path, *, pack: bool) -> None:
    samples = [
        (tmp_path / "set" / name / f"{i:03}{('.png', '.jpg', '.bmp')[i % 3]}", name)
        for name, n in (("GO", 20), ("NG", 10))
        for i in range(n)
    ]
    cut, gone = faulty(tmp_path / "set")
    sequence = ImageSequence(
        samples, ["GO", "NG"], image_size=SIZE, batch_size=8, shuffle=True, skip_bad=2, pack=pack, workers=3
    )
    truth = Counter(
        (read_pixels(str(p), "labelkit-v1", SIZE).tobytes(), name) for p, name in samples if p not in (cut, gone)
    )
    assert (len(sequence), sequence.samples, sequence.counts) == (4, 28, {"GO": 18, "NG": 10})
    assert set(sequence.skipped) == {str(cut), str(gone)}
    for _ in range(3):
        served: Counter[tuple[bytes, str]] = Counter()
        for x, y in sequence:
            plain = np.rint(x * 255).astype(np.uint8)
            served.update((p.tobytes(), ["GO", "NG"][int(label)]) for p, label in zip(plain, y, strict=True))
        assert served == truth
        sequence.on_epoch_end()
    with pytest.raises(ImageError, match="2 images are bad so far, and 1 may be skipped"):
        len(ImageSequence(samples, ["GO", "NG"], image_size=SIZE, skip_bad=1, pack=pack))


def test_a_changed_image_is_noticed_and_its_old_pixels_are_not_served(tmp_path: Path, cache: Path) -> None:
    draw_set(tmp_path / "set", {"A": 4, "B": 4})
    samples = pairs(tmp_path / "set")
    for path, _ in samples:
        os.utime(path, (1_000_000_000, 1_000_000_000))
    options = {"image_size": SIZE, "batch_size": 8, "workers": 1}
    before = ImageSequence(samples, ["A", "B"], **options)[0][0]  # type: ignore[arg-type]
    changed = Path(samples[2][0])
    size = changed.stat().st_size
    pixels = np.full((40, 40, 3), 7, np.uint8)
    Image.fromarray(pixels).save(changed)
    changed.write_bytes(changed.read_bytes().ljust(size, b"\0"))
    os.utime(changed, (1_000_000_000, 1_000_000_000))  # size and mtime as before: its ctime gives it away
    after = ImageSequence(samples, ["A", "B"], **options)[0][0]  # type: ignore[arg-type]
    same = [bool((a == b).all()) for a, b in zip(before, after, strict=True)]
    assert same == [True, True, False, True, True, True, True, True]
    assert (after[2] == np.float32(7) * np.float32(1 / 255)).all()
    assert (cache / "pixels").is_dir()


@pytest.mark.usefixtures("cache")
def test_with_a_full_disk_training_goes_on_without_the_pack_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = hashes(make_sequence(go_ng(), pack=False), 2)
    monkeypatch.setattr(pixel_folder, "FREE_BYTES", 1 << 60)
    said: list[str] = []
    decoded: list[str] = []

    def counted(path: str, data: bytes, recipe: Recipe, size: tuple[int, int]) -> Pixels:
        decoded.append(path)
        return decode_file(path, data, recipe, size)

    monkeypatch.setattr(pixel_store, "decode_file", counted)
    assert hashes(make_sequence(go_ng(), say=said.append), 2) == expected
    assert len(said) == 1
    assert "the cache or the disk is full" in said[0]
    assert len(decoded) == 72, "pixels stay in memory instead"
    with pytest.warns(RuntimeWarning, match="decoded again"):
        hashes(make_sequence(go_ng()), 1)


def test_two_trainings_at_once_share_one_cache(cache: Path) -> None:
    expected = hashes(make_sequence(go_ng(), pack=False), 2)
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: hashes(make_sequence(go_ng(), workers=2), 2), range(3)))
    assert found == [expected] * 3
    assert hashes(make_sequence(go_ng()), 2) == expected
    assert pixel_folder.state(cache).files <= 3


def open_handles() -> int:
    """Open files of this process; 0 where the system does not list them."""
    listed = Path("/proc/self/fd")
    return len(list(listed.iterdir())) if listed.is_dir() else 0


@pytest.mark.usefixtures("cache")
def test_ten_epochs_leave_no_thread_handle_or_memory() -> None:
    import tracemalloc

    model = tiny_model()
    model.fit(make_sequence(go_ng(), workers=3), epochs=1, shuffle=False, verbose=0)
    sequence = make_sequence(go_ng(), workers=3)
    model.fit(sequence, epochs=1, shuffle=False, verbose=0)
    gc.collect()
    threads, handles = threading.active_count(), open_handles()
    tracemalloc.start()
    model.fit(sequence, epochs=11, initial_epoch=1, shuffle=False, verbose=0)
    gc.collect()
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert threading.active_count() <= threads
    assert used < 2_000_000, "one batch alone has 245,760 bytes"
    assert open_handles() <= handles
    alone = make_sequence(go_ng())
    alone[0]
    assert open_handles() > handles
    del alone
    until = time.monotonic() + 20  # the images that were read ahead are decoded to their end
    while open_handles() > handles and time.monotonic() < until:
        time.sleep(0.01)
    assert open_handles() <= handles, "the files of the pack are closed with the sequence"


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.usefixtures("cache")
def test_fit_in_an_order_of_its_own_is_warned_of(workers: int) -> None:
    sequence = make_sequence(go_ng(), workers=workers, batch_size=3)
    with pytest.warns(UserWarning, match="pass shuffle=False to fit"):
        tiny_model().fit(sequence, epochs=2, shuffle=True, verbose=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tiny_model().fit(make_sequence(go_ng(), workers=workers, batch_size=3), epochs=2, shuffle=False, verbose=0)


@pytest.mark.usefixtures("cache")
def test_labels_may_be_decided_while_loading() -> None:
    asked: list[str] = []

    def by_brightness(path: str, pixels: Pixels) -> str:
        asked.append(path)
        return "NG" if pixels.mean() > 120 else "GO"

    paths = [path for path, _ in pairs(go_ng())]
    sequence = ImageSequence(paths, ["GO", "NG"], image_size=SIZE, labels=by_brightness, shuffle=True)
    given = ImageSequence(pairs(go_ng()), ["GO", "NG"], image_size=SIZE, shuffle=True)
    assert hashes(sequence, 2) == hashes(given, 2)
    assert len(asked) == 72, "once an image"
    assert sequence.counts == {"GO": 48, "NG": 24}
    with pytest.raises(UsageError, match="did you mean 'NG'"):
        ImageSequence(paths, ["GO", "NG"], image_size=SIZE, labels=lambda _, __: "Ng")[0]
    with pytest.raises(UsageError, match="no class name is given for"):
        ImageSequence(paths, ["GO", "NG"], image_size=SIZE)
