"""Batches for Keras from (path, class name) pairs: own order, own augmentation, decoded once."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from labelkit.domain.classes import make_class_map
from labelkit.domain.errors import ImageError, UsageError
from labelkit.domain.names import did_you_mean
from labelkit.domain.training import ClassMode, Dataset, named_class_mode
from labelkit.training.augment import Augment
from labelkit.training.backend import keras
from labelkit.training.folder import find_dataset, recorded_dataset
from labelkit.training.pixels import PixelStore

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
Batch = tuple[Floats, Floats] | Floats

_SCALE = np.float32(1 / 255)
"""Multiplied as Keras' `Rescaling(1/255)` and `rescale=1/255` do, so that all three give the same bits."""


class ImageSequence(keras.utils.PyDataset):  # type: ignore[misc] # Keras ships no types
    """Images and labels in batches, for `model.fit(sequence, shuffle=False)` or a loop of one's own.

    `sequence[i]` gives `(x, y)`: x float32 (n, height, width, 3) in 0-1; y float32, in Keras' words for
    `flow_from_directory`: binary (n,) of 0 and 1; sparse (n,) of class indices; categorical (n, classes) one-hot;
    class_mode None: x alone. n is batch_size, less in the last batch. Every sample comes once an epoch.

    Pass `shuffle=False` to `fit`: the order is drawn here, anew each epoch, from `seed` and the epoch's number, and the
    augmentation from `seed`, epoch and sample; so neither depends on the number of workers. In a loop of one's own,
    `on_epoch_end()` begins the next epoch.

    Sets of up to 1 GB of pixels (about 50,000 images of 80 x 80) are kept in memory as uint8 after the first decode.
    Workers are threads; processes are never forked.

    Args:
        samples: (path, class name) pairs; kept in this order, never shuffled in place.
        class_names: the classes; their position is their index.
        batch_size: images a batch.
        image_size: (height, width) in pixels.
        class_mode: "binary" (two classes only), "categorical", "sparse" or None.
        shuffle: a new order each epoch; else the order given.
        seed: of order and augmentation.
        augment: a function of (pixels uint8 (height, width, 3), numpy Generator) that gives such pixels back.
        recipe: how bytes become pixels; a name of `labelkit.imaging.recipes.RECIPES`.
        workers: threads that `fit` uses to prepare batches.

    Raises:
        UsageError: a class name that is not among `class_names`, binary with other than two classes, no samples.
        ImageError: a file that is not there; later, from a batch, a file that cannot be decoded.

    """

    def __init__(  # noqa: PLR0913 - the public hand-off: Keras' own words, one each
        self,
        samples: Sequence[tuple[str | Path, str]],
        class_names: Sequence[str],
        *,
        batch_size: int = 32,
        image_size: tuple[int, int] = (80, 80),
        class_mode: str | None = "binary",
        shuffle: bool = False,
        seed: int = 0,
        augment: Augment | None = None,
        recipe: str = "labelkit-v1",
        workers: int = 2,
    ) -> None:
        super().__init__(workers=workers)
        self.class_names = tuple(class_names)
        self.paths = tuple(os.fspath(path) for path, _ in samples)
        self.labels = _indices([name for _, name in samples], self.class_names)
        self.class_mode = _checked_mode(class_mode, self.class_names)
        self.batch_size = _at_least_one(batch_size)
        self._shuffle, self._seed, self._augment = shuffle, seed, augment
        self._epoch = 0
        self._failure: ImageError | None = None
        _refuse_missing(self.paths)
        self._pixels = PixelStore(self.paths, recipe, image_size)

    @classmethod
    def from_folder(
        cls, base_dir: str | Path, *, classes: Sequence[str] | None = None, **options: object
    ) -> ImageSequence:
        """All images below the class folders of `base_dir`.

        Args:
            base_dir: the folder of class folders.
            classes: their order; left out: numeric when every name is a number, else text order.
            options: as ImageSequence's own; class_mode is "binary" for two classes and "sparse" for more if not given.

        Raises:
            UsageError: no such folder, or no classes in it.

        """
        return cls.from_dataset(find_dataset(base_dir, classes=classes), **options)

    @classmethod
    def from_ledger(
        cls, base_dir: str | Path, *, classes: Sequence[str] | None = None, **options: object
    ) -> ImageSequence:
        """All images that sort labeled, read from its ledger: placed ones in base_dir, others where they are.

        Args:
            base_dir: the folder that sort worked on; with `--mode none` there are no class folders in it.
            classes: their order; left out: the recorded one, else numeric, else text order.
            options: as ImageSequence's own; class_mode is "binary" for two classes and "sparse" for more if not given.

        Raises:
            UsageError: no ledger there, or fewer than two classes in it.

        """
        return cls.from_dataset(recorded_dataset(base_dir, classes=classes), **options)

    @classmethod
    def from_dataset(cls, dataset: Dataset, **options: object) -> ImageSequence:
        """The images of a labeled set, whatever it was read from (folders, a ledger)."""
        samples = [(os.path.join(dataset.root, path), name) for path, name in dataset.samples]  # noqa: PTH118 - bytes stay
        options.setdefault("class_mode", "binary" if dataset.class_map.positive else "sparse")
        return cls(samples, dataset.class_map.classes, **options)  # type: ignore[arg-type] # checked by __init__ itself

    @property
    def class_indices(self) -> dict[str, int]:
        """Class name to index, as Keras' iterators have it."""
        return {name: i for i, name in enumerate(self.class_names)}

    @property
    def counts(self) -> dict[str, int]:
        """Images of each class, in class order."""
        found = np.bincount(self.labels, minlength=len(self.class_names))
        return {name: int(n) for name, n in zip(self.class_names, found, strict=True)}

    @property
    def samples(self) -> int:
        """How many images, as Keras' iterators have it."""
        return len(self.paths)

    @property
    def failure(self) -> ImageError | None:
        """The image that ended an epoch, for Keras buries the exception of a batch."""
        return self._failure

    def __len__(self) -> int:
        return math.ceil(len(self.paths) / self.batch_size)

    def __getitem__(self, index: int) -> Batch:
        """Batch `index` of this epoch; IndexError beyond the last.

        Raises:
            ImageError: an image cannot be decoded; its path is the place.

        """
        if not 0 <= index < len(self):
            raise IndexError(f"batch {index} of {len(self)}")
        chosen = self.order(self._epoch)[index * self.batch_size : (index + 1) * self.batch_size]
        try:
            views = np.stack([self._view(int(i)) for i in chosen])
        except ImageError as e:
            self._failure = e
            raise
        x = views * _SCALE
        return x if self.class_mode is None else (x, self._targets(chosen))

    def on_epoch_end(self) -> None:
        """Begin the next epoch: another order and other views. Keras calls it once before the first one, too."""
        self._epoch += 1

    def order(self, epoch: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        """The positions of the samples in an epoch's order: a function of seed and epoch alone."""
        if not self._shuffle:
            return np.arange(len(self.paths))
        return np.random.default_rng([self._seed, epoch]).permutation(len(self.paths))

    def decode_all(self, advance: Callable[[int], None] = lambda _: None) -> None:
        """Decode every image now, so that a bad one is told before an epoch begins; nothing for sets beyond 1 GB.

        Raises:
            ImageError: an image cannot be decoded; its path is the place.

        """
        self._pixels.decode_all(advance, threads=self.workers)

    def _view(self, i: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        pixels = self._pixels.get(i)
        if self._augment is None:
            return pixels
        return self._augment(pixels, np.random.default_rng([self._seed, self._epoch, i]))

    def _targets(self, chosen: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Floats:
        labels = self.labels[chosen]
        if self.class_mode is ClassMode.CATEGORICAL:
            return np.eye(len(self.class_names), dtype=np.float32)[labels]
        return labels.astype(np.float32)


def custom_generator(
    file_paths: Sequence[str | Path],
    labels: Sequence[str | float],
    batch_size: int = 32,
    *,
    class_names: Sequence[str] | None = None,
    **options: object,
) -> ImageSequence:
    """The tutorials' generator, done so that it has a length, an order and workers.

    Lengths are checked and paths paired with labels once, here; the lists are not touched again.

    Args:
        file_paths: image files.
        labels: class names, or score numbers (60, 100), which become the names "60", "100".
        batch_size: images a batch.
        class_names: the order of the classes; left out: numeric when every name is a number, else text order;
            the result's `class_names` shows it.
        options: as ImageSequence's own; class_mode is "binary" for two classes and "sparse" for more if not given.

    Returns:
        an ImageSequence: `for x, y in it` runs once through; `it[i]`, `len(it)`, `model.fit(it, shuffle=False)` work.

    Raises:
        UsageError: the lists differ in length, are empty, or a label is not among `class_names`.

    """
    if len(file_paths) != len(labels):
        raise UsageError(
            f"{len(file_paths)} file paths, but {len(labels)} labels", remedy="give one label for each path"
        )
    names = [_label_name(label) for label in labels]
    order = tuple(class_names) if class_names is not None else make_class_map(sorted(set(names))).classes
    options.setdefault("class_mode", "binary" if len(order) == 2 else "sparse")  # noqa: PLR2004 - the binary case
    pairs = list(zip(file_paths, names, strict=True))
    return ImageSequence(pairs, order, batch_size=batch_size, **options)  # type: ignore[arg-type] # checked by __init__


def _label_name(label: str | float) -> str:
    if isinstance(label, str):
        return label
    if label != label:  # noqa: PLR0124 - NaN is the only value that differs from itself
        raise UsageError("a label is missing (NaN)", remedy="leave images without a label out of both lists")
    return str(int(label)) if label == int(label) else str(label)


def _indices(names: Sequence[str], class_names: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    if not names:
        raise UsageError("there are no samples")
    if len(set(class_names)) != len(class_names):
        raise UsageError(f"a class is named twice: {', '.join(class_names)}")
    index: Mapping[str, int] = {name: i for i, name in enumerate(class_names)}
    unknown = [name for name in names if name not in index]
    if unknown:
        raise UsageError(
            f"{len(unknown)} samples are of a class that is not among class_names: '{unknown[0]}'",
            remedy=did_you_mean(str(unknown[0]), tuple(class_names)),
        )
    return np.array([index[name] for name in names], np.intp)


def _checked_mode(name: str | None, class_names: Sequence[str]) -> ClassMode | None:
    mode = named_class_mode(name)
    if mode is ClassMode.BINARY and len(class_names) != 2:  # noqa: PLR2004 - the binary case
        raise UsageError(
            f"class_mode 'binary' speaks of two classes, but there are {len(class_names)}: {', '.join(class_names)}",
            remedy="use class_mode='sparse' or 'categorical'",
        )
    return mode


def _at_least_one(batch_size: int) -> int:
    if batch_size < 1:
        raise UsageError(f"batch_size must be at least 1, not {batch_size}")
    return batch_size


def _refuse_missing(paths: Sequence[str]) -> None:
    missing = [path for path in paths if not os.path.isfile(path)]  # noqa: PTH113 - millions of plain strings
    if missing:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise ImageError(f"there is no such file{more}", place=missing[0])
