"""How fast images reach a network: beside Keras' two loaders, cold and warm, as batches and in a whole fit.

    python benchmarks/loading.py [--jpegs 512] [--pngs 1024] [--rounds 5] [--clock wall|cpu]
                                 [--fit-files 2000] [--fit-epochs 10] [--fit-rounds 7] [--only batches|decoders|fit]

Ways take turns, each round begins with another; ratios are taken round by round. Files are in the page cache. `cold`
begins with an empty cache folder of labelkit, `new run` with a full one, `warm` is every later epoch. The tutorial's
loader is `ImageDataGenerator(rescale=1/255).flow_from_directory(target_size=(80, 80), batch_size=32,
class_mode="binary")`. `through Keras` is the same batches as `fit` takes them (PyDatasetAdapter). Fits, and the bare
decoders of PNG, are timed by CPU, whatever `--clock` says. Exits 1 when a goal is missed; ratios need a quiet machine.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent))

import machine
import numpy as np
from loading_sets import CLASSES, jpegs, pngs
from timed import Goal, Part, Spread, in_turns

from labelkit.training.backend import keras
from labelkit.training.sequence import ImageSequence

SIZE = (80, 80)
BATCH = 32


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for."""

    rounds: int
    clock: Callable[[], float]
    top: Path


def tutorial(folder: Path) -> keras.utils.PyDataset:
    """The tutorial's iterator."""
    from tensorflow.keras.preprocessing.image import ImageDataGenerator

    keras.config.disable_interactive_logging()
    return ImageDataGenerator(rescale=1 / 255).flow_from_directory(
        str(folder), target_size=SIZE, batch_size=BATCH, class_mode="binary"
    )


def tf_images(folder: Path) -> Iterable[object]:
    """Keras' other loader."""
    return keras.utils.image_dataset_from_directory(
        str(folder), label_mode="binary", image_size=SIZE, batch_size=BATCH, verbose=False
    )


def ours(folder: Path, cache: Path) -> ImageSequence:
    """A sequence of labelkit with a cache folder of its own."""
    os.environ["LABELKIT_CACHE_DIR"] = str(cache)
    return ImageSequence.from_folder(folder, image_size=SIZE, batch_size=BATCH, shuffle=True)


def once_through(batches: Iterable[object]) -> int:
    """Take every batch of one epoch; how many there were."""
    return sum(1 for _ in batches)


def finite(iterator: keras.utils.PyDataset) -> Iterable[object]:
    """One epoch of an iterator of Keras, which itself never ends."""
    return (iterator[i] for i in range(len(iterator)))


def as_fit_takes_them(sequence: keras.utils.PyDataset) -> Iterable[object]:
    """The dataset that `fit` makes of a sequence once, and runs through in every epoch."""
    from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

    return PyDatasetAdapter(sequence, shuffle=False).get_tf_dataset()


def batches(name: str, folder: Path, images: int, asked: Asked) -> Part:
    """Microseconds an image for every loader on one set."""
    keras_loader, again = tutorial(folder), ours(folder, asked.top / "warm")
    once_through(again)
    theirs_in_fit, ours_in_fit = as_fit_takes_them(keras_loader), as_fit_takes_them(again)
    fresh = iter(range(1_000_000))

    def per_image(make: Callable[[], Iterable[object]], repeat: int = 1) -> Callable[[int], float]:
        def timed(_: int) -> float:
            begun = asked.clock()
            for _ in range(repeat):
                once_through(make())
            return (asked.clock() - begun) / images / repeat * 1e6

        return timed

    ways = {
        "flow_from_directory": per_image(lambda: finite(keras_loader)),
        "image_dataset_from_directory": per_image(lambda: tf_images(folder)),
        "labelkit cold": per_image(lambda: ours(folder, asked.top / f"cold{name}{next(fresh)}")),
        "labelkit new run": per_image(lambda: ours(folder, asked.top / "warm")),
        "labelkit warm": per_image(lambda: again, repeat=5),
        "flow_from_directory through Keras": per_image(lambda: theirs_in_fit),
        "labelkit warm through Keras": per_image(lambda: ours_in_fit, repeat=5),
    }
    found = in_turns(ways, asked.rounds)
    base = found["flow_from_directory"]
    lines = [f"{name}: {images:,} images", "  loader | us an image | times flow_from_directory"]
    lines += [f"  {way} | {spread.told(',.1f')} | {base.over(spread).told('.1f')}" for way, spread in found.items()]
    return Part(tuple(lines), _goals(name, found))


def _goals(name: str, found: dict[str, Spread]) -> tuple[Goal, ...]:
    base = found["flow_from_directory"]
    warm = base.over(found["labelkit warm"]).middle
    through = found["flow_from_directory through Keras"].over(found["labelkit warm through Keras"]).middle
    goals = [Goal(f"{name}: warm, times flow_from_directory", warm, 100)]
    if name == "JPEG 1280x960":
        goals.append(Goal(f"{name}: cold, times flow_from_directory", base.over(found["labelkit cold"]).middle, 3))
        goals.append(Goal(f"{name}: warm through Keras' adapter, times flow_from_directory", through, 50))
    else:
        cold = found["image_dataset_from_directory"].over(found["labelkit cold"]).middle
        goals.append(Goal(f"{name}: cold, times image_dataset_from_directory", cold, 1))
    return tuple(goals)


def decoders(folder: Path, rounds: int) -> Part:
    """CPU microseconds an image of the bare decoders of PNG that labelkit and Keras have."""
    from io import BytesIO

    import tensorflow as tf
    from PIL import Image

    files = [path.read_bytes() for path in sorted(folder.glob("*/*"))]

    in_graph = tf.data.Dataset.from_tensor_slices(files).map(tf.io.decode_png)

    def each_by_pillow() -> None:
        for data in files:
            Image.open(BytesIO(data)).load()

    def per_image(decode_all: Callable[[], object]) -> Callable[[int], float]:
        def timed(_: int) -> float:
            begun = time.process_time()
            decode_all()
            return (time.process_time() - begun) / len(files) * 1e6

        return timed

    ways = {"Pillow": per_image(each_by_pillow), "TensorFlow": per_image(lambda: once_through(in_graph))}
    found = in_turns(ways, rounds)
    lines = [f"bare decode of {len(files):,} PNG, CPU us an image"]
    lines += [f"  {way} | {spread.told(',.0f')}" for way, spread in found.items()]
    lines.append(f"  Pillow over TensorFlow: {found['Pillow'].over(found['TensorFlow']).told('.2f')}")
    return Part(tuple(lines), ())


def fits(folder: Path, epochs: int, asked: Asked) -> Part:
    """CPU seconds of the same fit, fed in five ways."""
    from labelkit.imaging.recipes import read_pixels
    from labelkit.training.networks import NetworkWanted, build_network

    paths = sorted(folder.glob("*/*"))
    decoded = np.stack([read_pixels(str(p), "labelkit-v1", SIZE) for p in paths])
    x, y = decoded * np.float32(1 / 255), np.array([CLASSES.index(p.parent.name) for p in paths], np.float32)
    fresh = iter(range(1_000_000))

    def fit(feed: Callable[[], tuple[object, ...]], **options: object) -> Callable[[int], float]:
        def timed(_: int) -> float:
            keras.utils.clear_session()
            keras.utils.set_random_seed(0)
            model = build_network(NetworkWanted("small", SIZE, 1))
            model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True), jit_compile=False)
            begun = time.process_time()
            model.fit(*feed(), epochs=epochs, verbose=0, **options)
            return time.process_time() - begun

        return timed

    def bare_decode(_: int) -> float:
        begun = time.process_time()
        for p in paths:
            read_pixels(str(p), "labelkit-v1", SIZE)
        return time.process_time() - begun

    once_through(ours(folder, asked.top / "fit"))
    ways = {
        "array in memory": fit(lambda: (x, y), batch_size=BATCH),
        "one bare decode": bare_decode,
        "labelkit warm": fit(lambda: (ours(folder, asked.top / "fit"),), shuffle=False),
        "labelkit cold": fit(lambda: (ours(folder, asked.top / f"fit{next(fresh)}"),), shuffle=False),
        "flow_from_directory": fit(lambda: (tutorial(folder),)),
    }
    found = in_turns(ways, asked.rounds)
    both = zip(found["array in memory"].values, found["one bare decode"].values, strict=True)
    floor = Spread(tuple(a + b for a, b in both))
    base = found["flow_from_directory"]
    lines = [f"fit: {epochs} epochs of small on {len(paths):,} JPEGs, CPU seconds", "  fed by | seconds | times FFD"]
    lines += [f"  {way} | {spread.told('.1f')} | {base.over(spread).told('.1f')}" for way, spread in found.items()]
    said = "over array in memory plus one bare decode"
    goals = [
        Goal(f"fit {way} {said}", found[f"labelkit {way}"].over(floor).middle, 1.25, at_least=False)
        for way in ("warm", "cold")
    ]
    lines.append(
        f"  warm over array in memory alone: {found['labelkit warm'].over(found['array in memory']).told('.2f')}"
    )
    return Part(tuple(lines), tuple(goals))


def parts(given: argparse.Namespace, top: Path) -> Iterable[Part]:
    """The parts that were asked for, one after the other."""
    clock = time.perf_counter if given.clock == "wall" else time.process_time
    if given.only in {"decoders", "all"}:
        yield decoders(pngs(top / "decoded", given.pngs), given.rounds)
    if given.only in {"batches", "all"}:
        asked = Asked(given.rounds, clock, top)
        yield batches("JPEG 1280x960", jpegs(top / "jpegs", given.jpegs), given.jpegs, asked)
        yield batches("PNG 300x300", pngs(top / "pngs", given.pngs), given.pngs, asked)
    if given.only in {"fit", "all"}:
        folder = jpegs(top / "fit_jpegs", given.fit_files)
        yield fits(folder, given.fit_epochs, Asked(given.fit_rounds, time.process_time, top))


def main() -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    numbers = {"jpegs": 512, "pngs": 1024, "rounds": 5, "fit-files": 2000, "fit-epochs": 10, "fit-rounds": 7}
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    parser.add_argument("--only", choices=("batches", "decoders", "fit", "all"), default="all")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(f"{machine.told(Path(folder))}, keras {keras.__version__}, {machine.load()}; clock: {given.clock}")
        goals: list[Goal] = []
        for part in parts(given, Path(folder)):
            print("\n".join(part.lines), flush=True)
            goals += part.goals
    print("\n".join(goal.told() for goal in goals))
    return 0 if all(goal.held for goal in goals) else 1


if __name__ == "__main__":
    sys.exit(main())
