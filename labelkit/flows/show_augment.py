"""Show which views a network would learn from: a few training images, as they are and as the first epochs show them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from labelkit.domain.augmentation import AugmentSheet
from labelkit.domain.dataset import Dataset
from labelkit.domain.errors import StorageError
from labelkit.flows.run import Run
from labelkit.flows.train_plan import TrainGiven, plan_training

_IMAGES = 8
_VIEWS = 7


def show_augment(base_dir: str | Path, file: Path, given: TrainGiven, *, run: Run) -> AugmentSheet:
    """Write the sheet: a row an image, spread over the classes; the image first, then its view in epochs 0 to 6.

    Args:
        base_dir: the folder that would be trained on.
        file: the PNG to be written; written over.
        given: what `train` would be given.
        run: told what a person should know.

    Raises:
        UsageError: a folder or option that cannot be used.
        ImageError: an image that cannot be decoded.
        StorageError: the file cannot be written.

    """
    from labelkit.imaging.recipes import read_pixels
    from labelkit.reporting.augment_sheet import Row, draw_sheet
    from labelkit.training.augment import Views
    from labelkit.training.split import split

    dataset, options = plan_training(base_dir, given, run)
    learned, _ = split(dataset, fraction=options.validation_split, seed=options.seed)
    view = Views(options.augment)

    def row(i: int) -> Row:
        path, label = learned.samples[i]
        where = os.path.join(learned.root, path)  # noqa: PTH118 - bytes stay
        pixels = read_pixels(where, options.recipe, options.image_size)
        return Row(label, path, [pixels, *(view.of(pixels, options.seed, epoch, i) for epoch in range(_VIEWS))])

    chosen = list(_spread(learned))
    picture = draw_sheet([row(i) for i in chosen], title=f"augment: {options.augment}; pixels: {options.recipe}")
    try:
        file.write_bytes(picture)
    except OSError as e:
        raise StorageError(f"cannot write: {e.strerror}", place=str(file)) from e
    return AugmentSheet(str(file), options.augment, len(chosen), _VIEWS)


def _spread(dataset: Dataset) -> Iterator[int]:
    """Positions of a few images of each class, evenly over its samples."""
    names = dataset.class_map.classes
    each = max(1, _IMAGES // len(names))
    for name in names:
        own: Sequence[int] = [i for i, (_, label) in enumerate(dataset.samples) if label == name]
        yield from own[:: max(1, len(own) // each)][:each]
