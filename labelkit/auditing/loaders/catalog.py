"""The loaders that an audit looks through, in the order in which they are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from labelkit.auditing.loaders.flow_from_directory import flow_from_directory
from labelkit.auditing.loaders.huggingface import huggingface
from labelkit.auditing.loaders.image_dataset_from_directory import image_dataset_from_directory
from labelkit.auditing.loaders.timm import timm
from labelkit.auditing.loaders.torchvision import torchvision
from labelkit.domain.loaders import (
    FLOW_FROM_DIRECTORY,
    HUGGINGFACE,
    IMAGE_DATASET_FROM_DIRECTORY,
    TIMM,
    TORCHVISION,
    LoaderView,
)
from labelkit.domain.tree import Tree


@dataclass(frozen=True, slots=True)
class Loader:
    """One loader: its name, and how it sees a tree (with the `validation_split` that it would be given)."""

    name: str
    view: Callable[[Tree, float], LoaderView]


LOADERS: tuple[Loader, ...] = (
    Loader(FLOW_FROM_DIRECTORY, flow_from_directory),
    Loader(IMAGE_DATASET_FROM_DIRECTORY, image_dataset_from_directory),
    Loader(TORCHVISION, torchvision),
    Loader(HUGGINGFACE, huggingface),
    Loader(TIMM, timm),
)
"""Every loader that labelkit knows."""
