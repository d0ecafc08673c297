"""Sets that say themselves which image trains and which validates: by part folders, or by a recorded split."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from labelkit.domain.classes import make_class_map
from labelkit.domain.command_line import word
from labelkit.domain.dataset import Dataset
from labelkit.domain.errors import UsageError
from labelkit.domain.names import did_you_mean
from labelkit.domain.parts import ROLES, class_of, find_parts, is_hidden, subtree, union_of_classes
from labelkit.domain.split import LEFT_OUT
from labelkit.domain.tree import Tree
from labelkit.storage.recorded import originals, recorded_classes
from labelkit.storage.split_record import latest_parts, recorded_split
from labelkit.storage.walk import walk
from labelkit.training.folder import find_dataset

TRAIN, VALIDATION, TEST = ROLES


@dataclass(frozen=True, slots=True)
class ClassOrder:
    """What was said about the classes; as `find_dataset` has it."""

    classes: Sequence[str] | None = None
    positive: str | None = None
    reject: str | None = None
    meaning: Mapping[str, str] | None = None


def find_parted(base_dir: str | Path, order: ClassOrder | None = None) -> Dataset:
    """The images below `base_dir`, each with its part where part folders or a recorded split say one.

    Args:
        base_dir: a folder of class folders, or of the part folders train and validation that hold such.
        order: what was said about the classes.

    Returns:
        the set; `part_of` is empty where nothing says which image validates. Images that a split left out are not in
        it.

    Raises:
        UsageError: as `find_dataset`; part folders without train or validation; images that the recorded split does
            not know.

    """
    said = order or ClassOrder()
    tree = None if originals(base_dir) is not None else walk(Path(base_dir))
    if tree is not None and any(part.role for part in find_parts(tree)):
        return _of_folders(base_dir, tree, said)
    dataset = find_dataset(
        base_dir, classes=said.classes, positive=said.positive, reject=said.reject, meaning=said.meaning
    )
    return _as_recorded(base_dir, dataset)


def select_part(dataset: Dataset, part: str, base_dir: str | Path) -> Dataset:
    """One part of a set, in the order of the set.

    Raises:
        UsageError: no such part, or a set that has none.

    """
    if part not in ROLES:
        raise UsageError(f"there is no part '{part}'", remedy=did_you_mean(part, ROLES))
    if not dataset.part_of:
        raise UsageError(f"{base_dir} has no recorded split", remedy=f"make one: labelkit split {word(str(base_dir))}")
    chosen = [sample for sample in dataset.samples if dataset.part_of[sample[0]] == part]
    if not chosen:
        raise UsageError(f"the split of {base_dir} has no {part} part", remedy=f"it has {_told(dataset)}")
    return dataset.part(chosen)


def for_training(dataset: Dataset) -> tuple[Dataset, str]:
    """The set without its test part, and a line that tells the parts; a set that has none as it is."""
    if not dataset.part_of:
        return dataset, ""
    kept = [sample for sample in dataset.samples if dataset.part_of[sample[0]] != TEST]
    return dataset.part(kept), f"split as it stands: {_told(dataset)}"


def torn_groups(dataset: Dataset) -> list[str]:
    """Groups that lie on both sides of a set's own split."""
    parts: dict[str, set[str]] = {}
    for path, group in dataset.group_of.items():
        if path in dataset.part_of:
            parts.setdefault(group, set()).add(dataset.part_of[path])
    return sorted(group for group, found in parts.items() if len(found) > 1)


def _told(dataset: Dataset) -> str:
    found = Counter(dataset.part_of[path] for path, _ in dataset.samples)
    words = {TRAIN: "to train", VALIDATION: "to validate", TEST: "to test, kept aside"}
    return ", ".join(f"{found[part]:,} {words[part]}" for part in ROLES if found[part])


def _of_folders(base_dir: str | Path, tree: Tree, order: ClassOrder) -> Dataset:
    parts = [part for part in find_parts(tree) if part.role]
    roles = [part.role for part in parts]
    if TRAIN not in roles or VALIDATION not in roles:
        raise UsageError(
            f"{base_dir} holds parts of a dataset ({', '.join(p.folder for p in parts)}), but not both train and "
            "validation",
            remedy=f'train on one of them: labelkit train "{Path(base_dir) / parts[0].folder}"',
        )
    if len(set(roles)) < len(roles):
        raise UsageError(
            f"{base_dir} holds two folders for one part: {', '.join(p.folder for p in parts)}",
            remedy="join them, or move one away",
        )
    below = {part: subtree(tree, part.folder) for part in parts}
    class_map = make_class_map(
        union_of_classes(below.values()),
        declared=order.classes,
        ledger=recorded_classes(Path(base_dir) / parts[0].folder),
        positive=order.positive,
        reject=order.reject,
        meaning=order.meaning,
    )
    found = {
        part.prefixed(f.path): (class_of(f.path), part.role)
        for part, inside in below.items()
        for f in inside.images()
        if class_of(f.path) and not is_hidden(class_of(f.path)) and "/." not in f.path
    }
    _refuse_lacking(base_dir, class_map.classes, list(found.values()))
    samples = tuple((path, label) for path, (label, _) in sorted(found.items()))
    return Dataset(tree.root, class_map, samples, part_of={path: role for path, (_, role) in found.items()})


def _refuse_lacking(base_dir: str | Path, classes: Sequence[str], found: Sequence[tuple[str, str]]) -> None:
    there = set(found)
    lacking = [f"{name} in {role}" for role in (TRAIN, VALIDATION) for name in classes if (name, role) not in there]
    if lacking:
        raise UsageError(
            f"every class needs images to train and to validate on; none of {', '.join(lacking)}",
            place=str(base_dir),
            remedy="move whole groups of images across, or labelkit split the folder they come from anew",
        )


def _as_recorded(base_dir: str | Path, dataset: Dataset) -> Dataset:
    known = latest_parts(recorded_split(base_dir))
    if not known:
        return dataset
    part_of = {path: known[path].part for path, label in dataset.samples if path in known}
    new = [path for path, _ in dataset.samples if path not in part_of]
    if new:
        raise UsageError(
            f"{len(new):,} of {len(dataset):,} images are not in the recorded split, as {new[0]}",
            place=str(base_dir),
            remedy=f"give them a part: labelkit split {word(os.fspath(base_dir))} (recorded images keep theirs)",
        )
    kept = {path: part for path, part in part_of.items() if part != LEFT_OUT}
    _refuse_lacking(base_dir, dataset.class_map.classes, [(c, kept[p]) for p, c in dataset.samples if p in kept])
    return replace(dataset, samples=tuple(s for s in dataset.samples if s[0] in kept), part_of=kept)
