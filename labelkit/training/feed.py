"""Two sources of batches for one fit: training and validation images, through the loader that was asked for."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from labelkit.domain.dataset import Dataset
from labelkit.domain.errors import UsageError
from labelkit.domain.progress import Progress
from labelkit.domain.recipe import Aspect
from labelkit.domain.training import ClassMode, Loader, TrainingOptions
from labelkit.domain.tree import Skipped
from labelkit.training.augment import Views
from labelkit.training.directory import Array, KerasIterator, flow_from_directory
from labelkit.training.fit import Batches
from labelkit.training.sequence import ImageSequence
from labelkit.training.split import split


@dataclass(frozen=True, slots=True)
class Feed:
    """What a fit is fed: batches, and the images that stand behind them.

    Attributes:
        training, validation: batches for Keras.
        learned, held: the images of each, as a labeled set.
        skipped: images that could not be decoded and are in neither, by path, with the reason.

    """

    training: Batches
    validation: Batches
    learned: Dataset
    held: Dataset
    skipped: tuple[Skipped, ...] = ()


def make_feed(
    dataset: Dataset,
    *,
    options: TrainingOptions,
    class_mode: ClassMode,
    progress: Progress,
    threads: int,
    first_epoch: int = 0,
) -> Feed:
    """Split a set and make batches of both parts; the generator decodes all images now where they can be kept.

    Args:
        dataset: the labeled set.
        options: loader, split, sizes, seed.
        class_mode: how labels are written.
        progress: told of each image that was decoded, and of what a person should know.
        threads: how many decode at once.
        first_epoch: the number of the epoch to begin with, to go on where a training was cut off.

    Raises:
        UsageError: a class that one part would lack.
        ImageError: an image that cannot be decoded.

    """
    if options.loader is Loader.FLOW_FROM_DIRECTORY:
        return _keras_feed(dataset, options, class_mode)
    learned, held = split(dataset, fraction=options.validation_split, seed=options.seed)
    shared = {
        "batch_size": options.batch_size,
        "image_size": options.image_size,
        "class_mode": str(class_mode),
        "seed": options.seed,
        "recipe": options.recipe,
        "workers": threads,
        "pack": options.pack,
        "say": progress.note,
    }
    view = Views(options.augment)
    training = ImageSequence.from_dataset(
        learned,
        **shared,
        shuffle=True,
        first_epoch=first_epoch,
        augment=view if view.changes else None,
        skip_bad=options.skip_bad,
    )
    training.decode_all(progress.advance)
    left = options.skip_bad - len(training.skipped)
    validation = ImageSequence.from_dataset(held, **shared, skip_bad=left)
    validation.decode_all(progress.advance)
    training.workers = validation.workers = 1  # for `fit`: see ImageSequence
    skipped = tuple(Skipped(path, why) for s in (training, validation) for path, why in s.skipped.items())
    served = _served(training, learned, "train"), _served(validation, held, "validate")
    return Feed(training, validation, *served, skipped)


def _served(sequence: ImageSequence, dataset: Dataset, purpose: str) -> Dataset:
    """The samples that a sequence serves; the same object when it skips none."""
    if not sequence.skipped:
        return dataset
    served = dataset.part([dataset.samples[i] for i in sorted(sequence.order(0).tolist())])
    empty = [name for name, n in served.counts.items() if not n]
    if empty:
        raise UsageError(
            f"without the images that cannot be decoded there is none to {purpose} in {', '.join(empty)}",
            remedy="add images; labelkit audit lists the bad ones",
        )
    return served


def _keras_feed(dataset: Dataset, options: TrainingOptions, class_mode: ClassMode) -> Feed:
    if not dataset.placed:
        raise UsageError(
            f"flow_from_directory reads class folders, and sort placed nothing in {dataset.root} (--mode none)",
            remedy="train with --loader generator, or sort again with --mode symlink",
        )
    if dataset.group_of and not dataset.part_of:
        raise UsageError(
            "flow_from_directory validates on the first images by name and cannot keep groups whole (--group-by)",
            remedy="train with --loader generator; or make part folders: labelkit split --to parts, and train on these",
        )
    view = Views(options.augment)

    def augment(x: Array) -> Array:
        # Keras seeds NumPy's global generator for each batch; drawing from it makes one seed give one training.
        drawn = np.random.default_rng(np.random.randint(2**31))  # noqa: NPY002
        return view(x.astype(np.uint8), drawn).astype(np.float32)

    training, validation = flow_from_directory(
        dataset.root,
        target_size=options.image_size,
        batch_size=options.batch_size,
        class_mode=str(class_mode),
        validation_split=options.validation_split,
        classes=dataset.class_map.classes,
        seed=options.seed,
        workers=1,  # more would race for that generator
        interpolation=options.recipe.interpolation,
        keep_aspect_ratio=options.recipe.aspect is Aspect.CROP,
        preprocessing_function=augment if view.changes else None,
    )
    return Feed(training, validation, _behind(training, dataset), _behind(validation, dataset))


def _behind(it: KerasIterator, dataset: Dataset) -> Dataset:
    """The samples that an iterator reads, by their paths from the root of the set, which may have part folders."""
    names = dataset.class_map.classes
    below = os.path.relpath(it.directory, dataset.root).replace(os.sep, "/")
    prefix = "" if below == "." else f"{below}/"
    read = zip(it.filenames, it.classes, strict=True)
    return dataset.part([(prefix + path.replace(os.sep, "/"), names[i]) for path, i in read])
