"""Two sources of batches for one fit: training and validation images, through the loader that was asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from labelkit.domain.errors import UsageError
from labelkit.domain.training import ClassMode, Dataset, Loader, TrainingOptions
from labelkit.imaging.recipes import Pixels
from labelkit.training.augment import TurnAndShift
from labelkit.training.directory import KerasIterator, flow_from_directory
from labelkit.training.fit import Batches
from labelkit.training.sequence import ImageSequence
from labelkit.training.split import split


@dataclass(frozen=True, slots=True)
class Feed:
    """What a fit is fed: batches, and the images that stand behind them.

    Attributes:
        training, validation: batches for Keras.
        learned, held: the images of each, as a labeled set.

    """

    training: Batches
    validation: Batches
    learned: Dataset
    held: Dataset


def make_feed(
    dataset: Dataset, *, options: TrainingOptions, class_mode: ClassMode, advance: Callable[[int], None]
) -> Feed:
    """Split a set and make batches of both parts; the generator decodes all images now where they fit into memory.

    Args:
        dataset: the labeled set.
        options: loader, split, sizes, seed.
        class_mode: how labels are written.
        advance: told of each image that was decoded.

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
        "recipe": options.loader.recipe,
    }
    training = ImageSequence.from_dataset(learned, **shared, shuffle=True, augment=TurnAndShift(options.shift))
    validation = ImageSequence.from_dataset(held, **shared)
    for sequence in (training, validation):
        sequence.decode_all(advance)
    return Feed(training, validation, learned, held)


def _keras_feed(dataset: Dataset, options: TrainingOptions, class_mode: ClassMode) -> Feed:
    if not dataset.placed:
        raise UsageError(
            f"flow_from_directory reads class folders, and sort placed nothing in {dataset.root} (--mode none)",
            remedy="train with --loader generator, or sort again with --mode symlink",
        )
    view = TurnAndShift(options.shift)

    def augment(x: Pixels) -> Pixels:
        # Keras seeds NumPy's global generator for each batch; drawing from it makes one seed give one training.
        return view(x, np.random.default_rng(np.random.randint(2**31)))  # noqa: NPY002

    training, validation = flow_from_directory(
        dataset.root,
        target_size=options.image_size,
        batch_size=options.batch_size,
        class_mode=str(class_mode),
        validation_split=options.validation_split,
        classes=dataset.class_map.classes,
        seed=options.seed,
        workers=1,  # more would race for that generator
        preprocessing_function=augment,
    )
    return Feed(training, validation, _behind(training, dataset), _behind(validation, dataset))


def _behind(it: KerasIterator, dataset: Dataset) -> Dataset:
    names = dataset.class_map.classes
    return dataset.part([(path.replace("\\", "/"), names[i]) for path, i in zip(it.filenames, it.classes, strict=True)])
