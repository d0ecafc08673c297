"""Keras' `image_dataset_from_directory`, as of Keras 3.15 (keras/src/utils/dataset_utils.py)."""

from __future__ import annotations

from labelkit.auditing.loaders.listing import by_class_folder
from labelkit.domain.loaders import IMAGE_DATASET_FROM_DIRECTORY, LoaderView
from labelkit.domain.tree import Tree

_ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")


def image_dataset_from_directory(tree: Tree, _validation_split: float) -> LoaderView:
    """Every folder below the root whose name does not begin with a dot is a class; its split depends on a seed."""
    return by_class_folder(
        IMAGE_DATASET_FROM_DIRECTORY,
        tree,
        classes=[name for name in tree.top_folders() if not name.startswith(".")],
        takes=lambda name: name.lower().endswith(_ENDINGS),
        follow_links=False,
    )
