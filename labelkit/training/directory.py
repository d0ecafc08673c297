"""Keras' own `flow_from_directory`, with its traps taken out: order explicit, augmentation only where it belongs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from labelkit.auditing.loaders.flow_from_directory import flow_from_directory as view_of
from labelkit.domain.command_line import word
from labelkit.domain.dataset import Dataset
from labelkit.domain.errors import UsageError
from labelkit.domain.names import one_of
from labelkit.domain.parts import ROLES
from labelkit.domain.training import ClassMode
from labelkit.storage.walk import walk
from labelkit.training.backend import keras
from labelkit.training.loading import load_tensorflow
from labelkit.training.parted import ClassOrder, find_parted

Array = np.ndarray[tuple[int, ...], np.dtype[np.float32]]


class KerasIterator(Protocol):
    """What Keras' DirectoryIterator offers: `it[i]` is finite, `for batch in it` never ends."""

    directory: str
    samples: int
    class_indices: dict[str, int]
    filenames: list[str]
    filepaths: list[str]
    classes: np.ndarray[tuple[int], np.dtype[np.int32]]
    workers: int

    def __len__(self) -> int:
        """Batches an epoch."""

    def __getitem__(self, index: int) -> tuple[Array, Array]:
        """Batch `index`: x float32 (n, height, width, 3), y float32."""


class DirectoryIterators(NamedTuple):
    """Two of Keras' iterators over the same folders: one to train with, one to validate with."""

    training: KerasIterator
    validation: KerasIterator


def flow_from_directory(  # noqa: PLR0913 - the public hand-off: Keras' own words, one each
    base_dir: str | Path,
    *,
    target_size: tuple[int, int] = (80, 80),
    batch_size: int = 32,
    class_mode: str = "binary",
    validation_split: float = 0.2,
    classes: Sequence[str] | None = None,
    seed: int = 0,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
    shuffle: bool = True,
    workers: int = 2,
    **augmentation: object,
) -> DirectoryIterators:
    """Keras' training and validation iterators over class folders, `x` scaled to 0-1.

    The same as `ImageDataGenerator(rescale=1/255, validation_split=...).flow_from_directory(base_dir, subset=...)`,
    but: the class order is always passed explicitly; the two iterators have generators of their own, so that only
    training images are augmented; validation is never shuffled; classes and counts are checked. A folder of parts,
    as `labelkit split --to` makes it, is read part by part.

    Args:
        base_dir: the folder of class folders.
        target_size: (height, width).
        batch_size: images a batch; the last is shorter.
        class_mode: "binary" (two classes only), "categorical" or "sparse".
        validation_split: share of each class that validates: the first ones by name, as Keras does it. Of no account
            where base_dir has the part folders train and validation.
        classes: class order; left out: numeric when every name is a number, else text order.
        seed: of order and augmentation.
        interpolation: of the resize: "nearest" as in Keras; "bilinear" and others.
        keep_aspect_ratio: crop the middle rather than squash.
        shuffle: a new order each epoch, of the training images.
        workers: threads that `fit` uses to load batches; with more than one, augmentation is no longer the same for
            one seed.
        augmentation: keywords of ImageDataGenerator, such as rotation_range=10 or horizontal_flip=True.

    Returns:
        (training, validation). y is float32: binary and sparse (n,), categorical (n, classes).

    Raises:
        UsageError: no such folder, fewer than two classes, a class without images on one side, an unknown keyword; a
            recorded split, which Keras would not keep to.
        MissingExtraError: TensorFlow is not installed; this loader is a part of it, whatever Keras computes with.

    """
    dataset = find_parted(base_dir, ClassOrder(classes))
    _checked_mode(class_mode, dataset)
    folders = _part_folders(base_dir, dataset)
    plain: dict[str, object] = {"rescale": 1 / 255}
    if folders is None:
        plain["validation_split"] = validation_split
    options = {
        "target_size": target_size,
        "batch_size": batch_size,
        "class_mode": class_mode,
        "classes": list(dataset.class_map.classes),
        "seed": seed,
        "interpolation": interpolation,
        "keep_aspect_ratio": keep_aspect_ratio,
    }
    one, other = folders or (str(base_dir), str(base_dir))
    first, second = ({}, {}) if folders else ({"subset": "training"}, {"subset": "validation"})
    training = _iterator(one, {**plain, **augmentation}, {**options, **first, "shuffle": shuffle})
    validation = _iterator(other, plain, {**options, **second, "shuffle": False})
    share = None if folders else validation_split
    for purpose, it in (("train", training), ("validate", validation)):
        it.workers = workers
        _check(it, dataset, purpose)
        _check_files(it, _seen(it.directory, purpose, share), classes=dataset.class_map.classes)
    return DirectoryIterators(training, validation)


def _part_folders(base_dir: str | Path, dataset: Dataset) -> tuple[str, str] | None:
    """The folders to train and to validate on; None where Keras splits for itself.

    Raises:
        UsageError: a split is recorded, and there are no part folders that Keras could keep to it by.

    """
    if not dataset.part_of:
        return None
    folders = {role: path.partition("/")[0] for path, role in dataset.part_of.items()}
    if any(path.count("/") == 1 for path in dataset.part_of):
        name = word(str(base_dir))
        raise UsageError(
            f"{base_dir} has a recorded split, and flow_from_directory would validate on the first images by name",
            remedy=f"make part folders, then use these: labelkit split {name} --to parts",
        )
    return str(Path(base_dir) / folders[ROLES[0]]), str(Path(base_dir) / folders[ROLES[1]])


def _checked_mode(class_mode: str, dataset: Dataset) -> None:
    mode = one_of(ClassMode, class_mode, "class mode")
    if mode is ClassMode.BINARY and dataset.class_map.positive is None:
        raise UsageError(
            f"class_mode 'binary' speaks of two classes, but there are {len(dataset.class_map.classes)}: "
            f"{', '.join(dataset.class_map.classes)}",
            remedy="use class_mode='sparse' or 'categorical'",
        )


def _iterator(base_dir: str, generator: Mapping[str, object], options: Mapping[str, object]) -> KerasIterator:
    # Keras 3 hands ImageDataGenerator out through TensorFlow alone; no other module of labelkit imports it.
    load_tensorflow("flow_from_directory")
    from tensorflow.keras.preprocessing.image import ImageDataGenerator

    try:
        with _silence():
            it: KerasIterator = ImageDataGenerator(**generator).flow_from_directory(base_dir, **options)
    except (TypeError, ValueError) as e:
        raise UsageError(f"Keras does not take these options: {e}") from e
    return it


@contextmanager
def _silence() -> Iterator[None]:
    """Keep Keras from printing 'Found N images' on stdout, where data goes."""
    talks = keras.config.is_interactive_logging_enabled()
    keras.config.disable_interactive_logging()
    try:
        yield
    finally:
        if talks:
            keras.config.enable_interactive_logging()


def _seen(folder: str, purpose: str, share: float | None) -> Sequence[str]:
    """What the audit says that Keras reads of a folder: all of it, or with a share one side of its split."""
    view = view_of(walk(Path(folder)), share or 0.0)
    if share is None:
        return view.files
    return (view.training if purpose == "train" else view.validation) or ()


def _check_files(it: KerasIterator, seen: Sequence[str], *, classes: Sequence[str]) -> None:
    """Raise UsageError unless Keras reads the very files that the audit says it reads, each with its folder's class."""
    kept = set(classes)
    expected = {path for path in seen if path.split("/")[0] in kept}
    read = [path.replace("\\", "/") for path in it.filenames]
    if len(read) != len(expected) or set(read) != expected:
        differ = sorted(expected.symmetric_difference(read))
        raise UsageError(
            f"Keras reads {len(read):,} files where {len(expected):,} are expected; they differ in {differ[0]}",
            remedy="does somebody write into the folder? run again when it is at rest",
        )
    wrong = [path for path, i in zip(read, it.classes, strict=True) if classes[int(i)] != path.split("/")[0]]
    if wrong:
        raise UsageError(f"Keras gives {wrong[0]} another class than its folder's")


def _check(it: KerasIterator, dataset: Dataset, purpose: str) -> None:
    expected = dataset.class_map.indices
    if it.class_indices != expected:
        raise UsageError(f"Keras numbers the classes {it.class_indices}; expected {expected}")
    counts = np.bincount(it.classes, minlength=len(expected))
    empty = [name for name, n in zip(expected, counts, strict=True) if n == 0]
    if empty:
        raise UsageError(
            f"flow_from_directory's split leaves no image to {purpose} in {', '.join(empty)}",
            remedy="add images, change validation_split, or use labelkit's own generator",
        )
