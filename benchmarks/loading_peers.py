"""Keras' own loaders in a process of their own, as people have them who do not use labelkit.

labelkit has glibc keep freed memory (`labelkit.engines.allocator`), which makes the loaders of others beside it quicker
too: flow_from_directory takes 5 ms a JPEG instead of 8. Here a variable keeps labelkit from it. The child is asked for
one measurement at a time, so that ways can take turns.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

SIZE = (80, 80)
BATCH = 32

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


class Peers:
    """The child. Use it as a context manager."""

    def __enter__(self) -> Self:
        settled = {"GLIBC_TUNABLES": "glibc.malloc.perturb=0"}  # changes nothing, and says that somebody has settled it
        self._child = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **settled},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.communicate()

    def seconds(self, way: str, folder: Path, *, clock: str, epochs: int = 1) -> float:
        """How long one way takes on a folder, by a clock of `CLOCKS`."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        print(json.dumps([way, str(folder), clock, epochs]), file=self._child.stdin, flush=True)
        return float(json.loads(self._child.stdout.readline()))


def once_through(batches: Iterable[object]) -> int:
    """Take every batch of one epoch; how many there were."""
    return sum(1 for _ in batches)


def as_fit_takes_them(sequence: object) -> Iterable[object]:
    """The dataset that `fit` makes of a sequence once, and runs through in every epoch."""
    from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

    return PyDatasetAdapter(sequence, shuffle=False).get_tf_dataset()


def fit_seconds(feed: Callable[[], tuple[object, ...]], epochs: int, **options: object) -> float:
    """CPU seconds of fitting `small` anew to what is fed."""
    import keras

    from labelkit.training.networks import NetworkWanted, build_network

    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    model = build_network(NetworkWanted("small", SIZE, 1))
    model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True), jit_compile=False)
    begun = time.process_time()
    model.fit(*feed(), epochs=epochs, verbose=0, **options)
    return time.process_time() - begun


@lru_cache(maxsize=8)
def _tutorial(folder: str) -> object:
    """The tutorial's iterator."""
    import keras
    from tensorflow.keras.preprocessing.image import ImageDataGenerator

    keras.config.disable_interactive_logging()
    return ImageDataGenerator(rescale=1 / 255).flow_from_directory(
        folder, target_size=SIZE, batch_size=BATCH, class_mode="binary"
    )


@lru_cache(maxsize=8)
def _tutorial_in_fit(folder: str) -> Iterable[object]:
    return as_fit_takes_them(_tutorial(folder))


def _one_epoch(folder: str) -> Iterable[object]:
    """Of the tutorial's iterator, which itself never ends."""
    iterator = _tutorial(folder)
    return (iterator[i] for i in range(len(iterator)))


def _tf_images(folder: str) -> Iterable[object]:
    """Keras' other loader."""
    import keras

    return keras.utils.image_dataset_from_directory(
        folder, label_mode="binary", image_size=SIZE, batch_size=BATCH, verbose=False
    )


_LOADERS: dict[str, Callable[[str], Iterable[object]]] = {
    "flow_from_directory": _one_epoch,
    "image_dataset_from_directory": _tf_images,
    "flow_from_directory through Keras": _tutorial_in_fit,
}


def _answered(way: str, folder: str, clock: str, epochs: int) -> float:
    if way == "fit":
        return fit_seconds(lambda: (_tutorial(folder),), epochs)
    if way != "image_dataset_from_directory":
        _LOADERS[way](folder)  # its list of files is made once, before
    begun = CLOCKS[clock]()
    once_through(_LOADERS[way](folder))
    return CLOCKS[clock]() - begun


def main() -> None:
    """Answer until the input ends; what Keras prints goes to the standard error."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        print(json.dumps(_answered(*json.loads(line))), file=out, flush=True)


if __name__ == "__main__":
    main()
