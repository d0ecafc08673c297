"""What is trained on, and how: from the words of `train` to a labeled set and its options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

from labelkit.domain.augmentation import DEFAULT_AUGMENTATION, parse_augmentation
from labelkit.domain.dataset import Dataset
from labelkit.domain.errors import StorageError, UsageError
from labelkit.domain.names import one_of
from labelkit.domain.recipe import Aspect, Recipe, parse_region
from labelkit.domain.training import ClassMode, ClassWeighting, Loader, TrainingOptions
from labelkit.flows.groups import GroupsWanted, find_groups
from labelkit.flows.run import Run
from labelkit.storage.half_done import half_done


class TrainGiven(TypedDict):
    """The keyword arguments of `labelkit.train` that say what is trained on, and how."""

    loader: str
    class_mode: str | None
    image_size: tuple[int, int]
    batch_size: int
    epochs: int | None
    validation_split: float
    group_by: str | None
    metadata: Sequence[str | Path]
    classes: Sequence[str] | None
    positive: str | None
    reject: str | None
    meaning: Mapping[str, str] | None
    network: str
    weights: str
    class_weights: str
    seed: int
    recipe: str | None
    aspect: str
    crop: str | None
    augment: str | None
    average_views: bool
    skip_bad: int
    pack: bool


def plan_training(base_dir: str | Path, given: TrainGiven, run: Run) -> tuple[Dataset, TrainingOptions]:
    """The labeled set that is trained on, with its own parts and the groups that are asked for; and the options.

    Raises:
        UsageError: a folder or option that cannot be used, or groups that the set's own split tears apart.
        StorageError: a sort is at work in the folder, or was cut off there.

    """
    options = _options(given)
    _refuse_half(str(base_dir))
    from labelkit.training.parted import ClassOrder, find_parted, for_training

    order = ClassOrder(given["classes"], given["positive"], given["reject"], given["meaning"])
    dataset, parts = for_training(find_parted(base_dir, order))
    if parts:
        run.progress.note(parts)
    if given["group_by"] is not None:
        wanted = GroupsWanted(given["group_by"], tuple(Path(m) for m in given["metadata"]))
        dataset = _grouped(dataset, base_dir, wanted, run)
    return dataset, options


def _options(given: TrainGiven) -> TrainingOptions:
    loader, crop, augment = one_of(Loader, given["loader"], "loader"), given["crop"], given["augment"]
    name, mode = given["recipe"] or loader.recipe.name, given["class_mode"]
    return TrainingOptions(
        loader=loader,
        class_mode=one_of(ClassMode, mode, "class mode") if mode is not None else None,
        image_size=given["image_size"],
        batch_size=given["batch_size"],
        epochs=given["epochs"],
        validation_split=given["validation_split"],
        network=given["network"],
        weights=given["weights"],
        class_weights=one_of(ClassWeighting, given["class_weights"], "class weighting"),
        seed=given["seed"],
        decode=Recipe(
            name, one_of(Aspect, given["aspect"], "aspect"), parse_region(crop) if crop is not None else None
        ),
        augment=parse_augmentation(augment) if augment is not None else DEFAULT_AUGMENTATION,
        average_views=given["average_views"],
        skip_bad=given["skip_bad"],
        pack=given["pack"],
    )


def _grouped(dataset: Dataset, base_dir: str | Path, wanted: GroupsWanted, run: Run) -> Dataset:
    """The set with its groups; those that its own split tears apart are refused.

    Raises:
        UsageError: a group on both sides of the split that the set brings.

    """
    from labelkit.training.parted import torn_groups

    grouping = find_groups(base_dir, [path for path, _ in dataset.samples], wanted)
    for line in (grouping.told(), *grouping.said):
        if line:
            run.progress.note(line)
    grouped = replace(dataset, group_of=grouping.group_of)
    torn = torn_groups(grouped)
    if torn:
        raise UsageError(
            f"{base_dir} is split already, and its split parts {len(torn):,} of these groups, as {torn[0]}",
            remedy="a split that is made is kept; train without --group-by, or split a copy of the set by these groups",
        )
    return grouped


def _refuse_half(base_dir: str) -> None:
    why = half_done(base_dir)
    if why:
        raise StorageError(why, place=base_dir, remedy="let the sort end, or run it again; then train on the whole set")
