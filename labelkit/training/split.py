"""Which images validate: those that the set itself says, else a share of each class, by a hash of each path."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from labelkit.domain.dataset import Dataset
from labelkit.domain.errors import UsageError
from labelkit.domain.parts import ROLES
from labelkit.domain.split import Ratio, Splittable
from labelkit.sorting.assign import assign


def split(dataset: Dataset, *, fraction: float, seed: int) -> tuple[Dataset, Dataset]:
    """Divide a set into (training, validation).

    A set that has its own parts (part folders, a recorded split) is divided by these, and `fraction` does not count.
    Where its images belong to groups, each group goes whole to one side, each class as near to `fraction` as that
    allows. Else the same share of each class validates: the images with the lowest hash of (seed, path relative to
    the root). That choice does not depend on order, machine or other classes; one image more moves at most one other
    across.

    Raises:
        UsageError: a class that has not at least one image for each side.

    """
    if dataset.part_of:
        held = {path for path, part in dataset.part_of.items() if part == ROLES[1]}
    elif dataset.group_of:
        held = _whole_groups(dataset, fraction, seed)
    else:
        held = {path for name in dataset.class_map.classes for path in _held_out(dataset, name, fraction, seed)}
    training = [s for s in dataset.samples if s[0] not in held]
    validation = [s for s in dataset.samples if s[0] in held]
    return dataset.part(training), dataset.part(validation)


def _whole_groups(dataset: Dataset, fraction: float, seed: int) -> set[str]:
    groups = dataset.group_of
    images = [Splittable(p, _hash(p, seed).hex(), label, groups.get(p, "")) for p, label in dataset.samples]
    found = assign(images, (), (), ratio=Ratio.of((1 - fraction, fraction)), seed=seed)
    return {a.path for a in found.assigned if a.part == ROLES[1]}


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
