"""How fast images reach a network: beside Keras' two loaders, cold and warm, as batches and in a whole fit.

    python benchmarks/loading.py [--jpegs 512] [--pngs 1024] [--rounds 5] [--clock wall|cpu]
                                 [--fit-files 2000] [--fit-epochs 10] [--fit-rounds 7] [--only batches|decoders|fit]

Ways take turns, each round begins with another; ratios are taken round by round. Keras' own loaders work in a
process of their own (`loading_peers.py`), but for the array in memory, which has labelkit's. Files are in the page
cache. `cold` begins with an empty cache folder of labelkit, `new run` with a full one, `warm` is every later epoch. The
tutorial's loader is `ImageDataGenerator(rescale=1/255).flow_from_directory(target_size=(80, 80), batch_size=32,
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
from loading_peers import BATCH, CLOCKS, SIZE, Peers, as_fit_takes_them, fit_seconds, once_through
from loading_sets import CLASSES, jpegs, pngs
from timed import Goal, Part, Spread, in_turns

from labelkit.training.backend import keras
from labelkit.training.sequence import ImageSequence


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for, and the process of the other loaders."""

    rounds: int
    clock: str
    top: Path
    peers: Peers


def ours(folder: Path, cache: Path) -> ImageSequence:
    """A sequence of labelkit with a cache folder of its own."""
    os.environ["LABELKIT_CACHE_DIR"] = str(cache)
    return ImageSequence.from_folder(folder, image_size=SIZE, batch_size=BATCH, shuffle=True)


def batches(name: str, folder: Path, images: int, asked: Asked) -> Part:
    """Microseconds an image for every loader on one set."""
    again = ours(folder, asked.top / "warm")
    once_through(again)
    ours_in_fit = as_fit_takes_them(again)
    clock, fresh = CLOCKS[asked.clock], iter(range(1_000_000))

    def per_image(make: Callable[[], Iterable[object]], repeat: int = 1) -> Callable[[int], float]:
        def timed(_: int) -> float:
            begun = clock()
            for _ in range(repeat):
                once_through(make())
            return (clock() - begun) / images / repeat * 1e6

        return timed

    def theirs(way: str) -> Callable[[int], float]:
        return lambda _: asked.peers.seconds(way, folder, clock=asked.clock) / images * 1e6

    ways = {
        "flow_from_directory": theirs("flow_from_directory"),
        "image_dataset_from_directory": theirs("image_dataset_from_directory"),
        "labelkit cold": per_image(lambda: ours(folder, asked.top / f"cold{name}{next(fresh)}")),
        "labelkit new run": per_image(lambda: ours(folder, asked.top / "warm")),
        "labelkit warm": per_image(lambda: again, repeat=5),
        "flow_from_directory through Keras": theirs("flow_from_directory through Keras"),
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

    paths = sorted(folder.glob("*/*"))
    decoded = np.stack([read_pixels(str(p), "labelkit-v1", SIZE) for p in paths])
    x, y = decoded * np.float32(1 / 255), np.array([CLASSES.index(p.parent.name) for p in paths], np.float32)
    fresh = iter(range(1_000_000))

    def fit(feed: Callable[[], tuple[object, ...]], **options: object) -> Callable[[int], float]:
        return lambda _: fit_seconds(feed, epochs, **options)

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
        "flow_from_directory": lambda _: asked.peers.seconds("fit", folder, clock="cpu", epochs=epochs),
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


def parts(given: argparse.Namespace, top: Path, peers: Peers) -> Iterable[Part]:
    """The parts that were asked for, one after the other."""
    if given.only in {"decoders", "all"}:
        yield decoders(pngs(top / "decoded", given.pngs), given.rounds)
    if given.only in {"batches", "all"}:
        asked = Asked(given.rounds, given.clock, top, peers)
        yield batches("JPEG 1280x960", jpegs(top / "jpegs", given.jpegs), given.jpegs, asked)
        yield batches("PNG 300x300", pngs(top / "pngs", given.pngs), given.pngs, asked)
    if given.only in {"fit", "all"}:
        folder = jpegs(top / "fit_jpegs", given.fit_files)
        yield fits(folder, given.fit_epochs, Asked(given.fit_rounds, "cpu", top, peers))


def main() -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    numbers = {"jpegs": 512, "pngs": 1024, "rounds": 5, "fit-files": 2000, "fit-epochs": 10, "fit-rounds": 7}
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--clock", choices=tuple(CLOCKS), default="wall")
    parser.add_argument("--only", choices=("batches", "decoders", "fit", "all"), default="all")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Peers() as peers:
        print(f"{machine.told(Path(folder))}, keras {keras.__version__}, {machine.load()}; clock: {given.clock}")
        goals: list[Goal] = []
        for part in parts(given, Path(folder), peers):
            print("\n".join(part.lines), flush=True)
            goals += part.goals
    print("\n".join(goal.told() for goal in goals))
    return 0 if all(goal.held for goal in goals) else 1


if __name__ == "__main__":
    sys.exit(main())
