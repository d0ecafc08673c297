"""Which images validate: a share of each class, by a hash of each path, so that later images move few others."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from labelkit.domain.errors import UsageError
from labelkit.domain.training import Dataset


def split(dataset: Dataset, *, fraction: float, seed: int) -> tuple[Dataset, Dataset]:
    """Divide a set into (training, validation): the same share of each class, nearest to `fraction`.

    In each class the images with the lowest hash of (seed, path relative to the root) validate. The choice does not
    depend on order, machine or other classes; one image more moves at most one other across.

    Raises:
        UsageError: a class that has not at least one image for each side.

    """
    held = {path for name in dataset.class_map.classes for path in _held_out(dataset, name, fraction, seed)}
    training = [s for s in dataset.samples if s[0] not in held]
    validation = [s for s in dataset.samples if s[0] in held]
    return dataset.part(training), dataset.part(validation)


def _held_out(dataset: Dataset, name: str, fraction: float, seed: int) -> Sequence[str]:
    paths = [path for path, label in dataset.samples if label == name]
    wanted = max(1, round(fraction * len(paths)))
    if wanted >= len(paths):
        raise UsageError(
            f"class '{name}' has {len(paths)} images; a validation split of {fraction:g} would leave none to train on",
            remedy="add images of this class, or lower --validation-split",
        )
    return sorted(paths, key=lambda path: _hash(path, seed))[:wanted]


def _hash(path: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}\0{path}".encode("utf-8", "surrogateescape")).digest()
