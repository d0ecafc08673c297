"""Keras' `ImageDataGenerator.flow_from_directory`, as of Keras 3.15 (keras/src/legacy/preprocessing/image.py)."""

from __future__ import annotations

from dataclasses import replace

from labelkit.auditing.loaders.listing import by_class_folder
from labelkit.domain.loaders import FLOW_FROM_DIRECTORY, LoaderView
from labelkit.domain.tree import Tree

_ENDINGS = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")
"""Without a dot, as Keras tests them: a file called notes_jpg is taken."""


def flow_from_directory(tree: Tree, validation_split: float) -> LoaderView:
    """Every folder below the root is a class, hidden and empty ones too; links are entered only as class folders.

    Args:
        tree: the folder that the generator is pointed at.
        validation_split: the generator's argument; the first part of each class, rounded down, is for validation.

    """
    view = by_class_folder(
        FLOW_FROM_DIRECTORY,
        tree,
        classes=tree.top_folders(),
        takes=lambda name: name.lower().endswith(_ENDINGS),
        follow_links=False,
    )
    training, validation = _split(view, validation_split)
    return replace(view, training=training, validation=validation)


def _split(view: LoaderView, share: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    per_class: list[list[str]] = [[] for _ in view.classes]
    for path, label in zip(view.files, view.labels, strict=True):
        per_class[label].append(path)
    training: list[str] = []
    validation: list[str] = []
    for paths in per_class:
        border = int(share * len(paths))  # Keras' own arithmetic: 0.29 of 100 are 28
        validation += paths[:border]
        training += paths[border:]
    return tuple(training), tuple(validation)
