"""Batches for Keras from (path, class name) pairs: own order, own augmentation, decoded once."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from pathlib import Path

import numpy as np

from labelkit.domain.argument_kinds import checked
from labelkit.domain.dataset import Dataset
from labelkit.domain.errors import ImageError, LabelkitError
from labelkit.domain.recipe import Recipe, named_recipe
from labelkit.engines.cores import cores
from labelkit.imaging.recipes import Pixels
from labelkit.storage.feature_cache import cache_folder
from labelkit.training.augment import Augment, generator
from labelkit.training.backend import keras
from labelkit.training.epochs import Epochs, Order
from labelkit.training.folder import find_dataset, recorded_dataset
from labelkit.training.labels import Decide, Floats, Labels
from labelkit.training.parted import ClassOrder, find_parted, select_part
from labelkit.training.pixels import PixelStore, PixelsWanted
from labelkit.training.samples import at_least_one, paired, refuse_missing, warn
from labelkit.training.tf_dataset import make_tf_dataset

Batch = tuple[Floats, Floats] | Floats

_SCALE = np.float32(1 / 255)
"""Multiplied as Keras' `Rescaling(1/255)` and `rescale=1/255` do, so that all three give the same bits."""


class ImageSequence(keras.utils.PyDataset):  # type: ignore[misc] # Keras ships no types
    """Images and labels in batches, for `model.fit(sequence, shuffle=False)` or a loop of one's own.

    `sequence[i]` gives `(x, y)`: x float32 (n, height, width, 3) in 0-1; y float32, in Keras' words for
    `flow_from_directory`: binary (n,) of 0 and 1; sparse (n,) of class indices; categorical (n, classes) one-hot;
    class_mode None: x alone. n is batch_size, less in the last batch. Every sample comes once an epoch.

    Pass `shuffle=False` to `fit`: the order is drawn here, anew each epoch, from `seed` and the epoch's number, and the
    augmentation from `seed`, epoch and sample; so neither depends on the number of workers, nor on what is cached.
    Epoch k of a fit takes the order of epoch k, also after a resume with `first_epoch=k`. In a loop of one's own,
    `for x, y in sequence` runs once through, and `on_epoch_end()` begins the next epoch.

    Each image is decoded once, by all cores, and its pixels are kept as uint8 in the user's cache folder, by content
    and recipe: later epochs and trainings decode nothing. Without that up to 1 GB stay in memory. Workers are threads.

    Args:
        samples: (path, class name) pairs, or paths alone with `labels`; kept in this order, never shuffled in place.
        class_names: the classes; their position is their index.
        batch_size: images a batch.
        image_size: (height, width) in pixels.
        class_mode: "binary" (two classes only), "categorical", "sparse" or None.
        shuffle: a new order each epoch; else the order given.
        seed: of order and augmentation.
        augment: a function of (pixels uint8 (height, width, 3), numpy Generator) that gives such pixels back.
        recipe: how bytes become pixels: a name such as "labelkit-v1" or "keras-pil-nearest", or a Recipe.
        workers: threads that decode, and that `fit` prepares batches with; left out: one a core to decode, and one for
            `fit`, which is quickest: with more, Keras waits 0.1 s at the end of each epoch (OrderedEnqueuer).
        labels: a function of (path, pixels) that gives the class name when an image is loaded first.
        skip_bad: so many images that cannot be decoded are left out and listed in `skipped`; all are decoded first.
        first_epoch: the number of the epoch to begin with, to go on where another training stopped.
        pack: keep pixels in the user's cache folder.
        say: told what a person should know; left out: a warning.

    Raises:
        UsageError: a class name that is not among `class_names`, binary with other than two classes, no samples.
        ImageError: a file that is not there; later, from a batch, a file that cannot be decoded.

    """

    @checked
    def __init__(  # noqa: PLR0913 - the public hand-off: Keras' own words, one each
        self,
        samples: Sequence[tuple[str | Path, str]] | Sequence[str | Path],
        class_names: Sequence[str],
        *,
        batch_size: int = 32,
        image_size: tuple[int, int] = (80, 80),
        class_mode: str | None = "binary",
        shuffle: bool = False,
        seed: int = 0,
        augment: Augment | None = None,
        recipe: str | Recipe = "labelkit-v1",
        workers: int | None = None,
        labels: Decide | None = None,
        skip_bad: int = 0,
        first_epoch: int = 0,
        pack: bool = True,
        say: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(workers=workers or 1)
        paths, names = paired(samples, given=labels is None)
        self.paths = tuple(os.fspath(path) for path in paths)
        self._labels = Labels(names, class_names, class_mode, decide=labels)
        self.batch_size, self.image_size = at_least_one(batch_size), image_size
        self._seed, self._augment, self._skip_bad = seed, augment, skip_bad
        self._epochs = Epochs(len(self.paths), shuffle=shuffle, seed=seed, first=first_epoch)
        self._bad: Mapping[int, ImageError] | None = None if skip_bad else {}
        self._failure: LabelkitError | None = None
        if not skip_bad:
            refuse_missing(self.paths)
        cache = cache_folder() if pack else None
        wanted = PixelsWanted(named_recipe(recipe), image_size, workers or cores(), cache, say or warn)
        self._pixels = PixelStore(self.paths, wanted)

    @classmethod
    @checked
    def from_folder(
        cls, base_dir: str | Path, *, part: str | None = None, classes: Sequence[str] | None = None, **options: object
    ) -> ImageSequence:
        """All images below the class folders of `base_dir`, or one part of them.

        Args:
            base_dir: the folder of class folders.
            part: "train", "validation" or "test" of the split that `labelkit split` recorded, or of part folders.
            classes: their order; left out: numeric when every name is a number, else text order.
            options: as ImageSequence's own; class_mode is "binary" for two classes and "sparse" for more if not given.

        Raises:
            UsageError: no such folder, no classes in it, or no such part.

        """
        if part is None:
            return cls.from_dataset(find_dataset(base_dir, classes=classes), **options)
        return cls.from_dataset(select_part(find_parted(base_dir, ClassOrder(classes)), part, base_dir), **options)

    @classmethod
    @checked
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
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of their indices."""
        return self._labels.class_names

    @property
    def class_mode(self) -> str | None:
        """How labels are written; None: not at all."""
        return self._labels.mode

    @property
    def class_indices(self) -> dict[str, int]:
        """Class name to index, as Keras' iterators have it."""
        return {name: i for i, name in enumerate(self.class_names)}

    @property
    def labels(self) -> Order:
        """The class index of each of `paths`; -1 where a function is to decide it yet."""
        return self._labels.indices

    @property
    def counts(self) -> dict[str, int]:
        """Images of each class, in class order; without skipped ones, and ones whose class is not decided yet."""
        return self._labels.counts(np.sort(self.order(0)))

    @property
    def samples(self) -> int:
        """How many images an epoch has, as Keras' iterators have it."""
        return len(self.paths) - len(self._skipped())

    @property
    def skipped(self) -> dict[str, str]:
        """Path to reason of the images that are left out because they cannot be decoded."""
        return {self.paths[i]: fault.message for i, fault in sorted(self._skipped().items())}

    @property
    def failure(self) -> LabelkitError | None:
        """What ended an epoch, for Keras buries the exception of a batch."""
        return self._failure

    @property
    def epoch(self) -> int:
        """The number of the epoch whose batches are served now."""
        return self._epochs.number

    def __len__(self) -> int:
        return math.ceil(self.samples / self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        """Once through this epoch."""
        yield from map(self.__getitem__, range(len(self)))
        self._epochs.went_through()
        self._pixels.flush()

    def __getitem__(self, index: int) -> Batch:
        """Batch `index` of this epoch; IndexError beyond the last.

        Raises:
            ImageError: an image cannot be decoded; its path is the place.

        """
        self._epochs.asked_for(index, workers=self.workers)
        return self.batch(self.epoch, index)

    def batch(self, epoch: int, index: int) -> Batch:
        """Batch `index` of any epoch: a function of these two numbers and of nothing else.

        Raises:
            ImageError: an image cannot be decoded; its path is the place.

        """
        if not 0 <= index < len(self):
            raise IndexError(f"batch {index} of {len(self)}")
        order, n = self.order(epoch), self.batch_size
        chosen, then = order[index * n : (index + 1) * n], order[(index + 1) * n : (index + 2) * n]
        try:
            views = self._views(epoch, chosen, then)
        except LabelkitError as e:
            self._failure = e
            raise
        x = views * _SCALE
        return x if self.class_mode is None else (x, self._labels.targets(chosen))

    def on_epoch_begin(self) -> None:
        """Keras begins an epoch; nothing changes here, for its workers may be at it already."""
        self._epochs.begin()

    def on_epoch_end(self) -> None:
        """Begin the next epoch: another order and other views. What Keras calls before the first epoch is ignored."""
        self._epochs.end(batches=len(self))
        self._pixels.flush()

    def order(self, epoch: int) -> Order:
        """The positions of the samples in an epoch's order: of seed and epoch alone; skipped ones left out."""
        order, bad = self._epochs.order(epoch), self._skipped()
        return order[~np.isin(order, list(bad))] if bad else order

    def decode_all(self, advance: Callable[[int], None] = lambda _: None) -> None:
        """Decode every image now, so that a bad one is told before an epoch begins; and keep the pixels.

        Raises:
            ImageError: more images cannot be decoded than `skip_bad` allows; the place is the path of one.

        """
        self._bad = self._pixels.decode_all(advance, skip=self._skip_bad)
        if len(self._bad) == len(self.paths):
            raise self._bad[0]

    def plain(self) -> ImageSequence:
        """The same images in the order given, never augmented, for a look at each; decoded pixels are shared."""
        other = copy(self)
        other.__dict__.update(_augment=None, _epochs=Epochs(len(self.paths), shuffle=False, seed=0, first=0))
        return other

    def as_tf_dataset(self) -> object:
        """A `tf.data.Dataset` of the same batches; each run is an epoch; `fit` needs no word on shuffling."""
        y = (None,) if self.class_mode != "categorical" else (None, len(self.class_names))
        return make_tf_dataset(
            lambda epoch, index: b if isinstance(b := self.batch(epoch, index), tuple) else (b,),
            batches=len(self),
            first_epoch=self.epoch,
            shapes=((None, *self.image_size, 3), *([] if self.class_mode is None else [y])),
            workers=self.workers,
        )

    def _skipped(self) -> Mapping[int, ImageError]:
        if self._bad is None:
            self.decode_all()
        assert self._bad is not None
        return self._bad

    def _views(self, epoch: int, chosen: Order, then: Order) -> Pixels:
        positions = chosen.tolist()
        pixels = np.empty((len(positions), *self.image_size, 3), np.uint8)
        self._pixels.fill(positions, pixels, then=then.tolist())
        touched = positions if self._labels.open or self._augment is not None else ()
        for k, i in enumerate(touched):
            self._labels.decide(i, self.paths[i], pixels[k])
            if self._augment is not None:
                pixels[k] = self._augment(pixels[k], generator(self._seed, epoch, i))
        return pixels
