"""Class folders as a labeled set: which image is of which class, in an order that is always explicit."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from labelkit.domain.classes import ClassMap, make_class_map
from labelkit.domain.dataset import Dataset
from labelkit.domain.errors import UsageError
from labelkit.domain.names import did_you_mean
from labelkit.domain.parts import class_folders, class_of, find_parts, is_hidden
from labelkit.domain.tree import Tree
from labelkit.storage.recorded import originals, recorded_classes, recorded_images
from labelkit.storage.walk import walk


def find_dataset(
    base_dir: str | Path,
    *,
    classes: Sequence[str] | None = None,
    positive: str | None = None,
    reject: str | None = None,
    meaning: Mapping[str, str] | None = None,
) -> Dataset:
    """The images below `base_dir` with the class that each one's top folder names.

    Hidden files and folders (names that begin with a dot) are no images and no classes here. Where sort recorded
    decisions and placed nothing (`--mode none`), the originals are the set.

    Args:
        base_dir: the folder of class folders; nothing is written into it.
        classes: the declared order; must name exactly the folders that are there.
        positive: the class to stand at index 1 of two.
        reject: the class that escape and overkill speak of.
        meaning: declared meanings of class names, as `{"60": "NG"}`.

    Raises:
        UsageError: no such folder, fewer than two classes, a class without images, or parts instead of classes.

    """
    if originals(base_dir) is not None:
        return recorded_dataset(base_dir, classes=classes, positive=positive, reject=reject, meaning=meaning)
    tree = walk(Path(base_dir))
    _refuse_parts(base_dir, tree, f"train on one of them: labelkit train {PART}")
    names = class_folders(tree)
    samples = _samples(tree)
    class_map = make_class_map(
        _checked(base_dir, names, samples),
        declared=classes,
        ledger=recorded_classes(base_dir),
        positive=positive,
        reject=reject,
        meaning=meaning,
    )
    return Dataset(tree.root, class_map, samples)


def recorded_dataset(
    base_dir: str | Path,
    *,
    classes: Sequence[str] | None = None,
    positive: str | None = None,
    reject: str | None = None,
    meaning: Mapping[str, str] | None = None,
) -> Dataset:
    """The images that sort labeled, as its ledger has them; arguments as `find_dataset`'s.

    Raises:
        UsageError: no ledger, fewer than two classes, or a class with fewer than two images.

    """
    images = recorded_images(base_dir)
    if images is None:
        raise UsageError(f"{base_dir} holds no ledger of a sort", remedy="labelkit sort makes one")
    samples = tuple((i.where, i.label) for i in images)
    class_map = make_class_map(
        _checked(base_dir, sorted({i.label for i in images}), samples),
        declared=classes,
        ledger=recorded_classes(base_dir),
        positive=positive,
        reject=reject,
        meaning=meaning,
    )
    root = os.path.abspath(base_dir)  # noqa: PTH100 - as walk does
    return Dataset(root, class_map, samples, placed=all(i.placed for i in images))


def labeled_as(base_dir: str | Path, class_map: ClassMap) -> Dataset:
    """The images below `base_dir` under a class map that is given: that of a model which is to be judged on them.

    Classes are matched by name; a class of the map without images here is no fault.

    Raises:
        UsageError: no such folder, no image, a class folder that the map does not name, or parts instead of classes.

    """
    recorded = recorded_images(base_dir) if originals(base_dir) is not None else None
    if recorded is not None:
        samples = tuple((i.where, i.label) for i in recorded)
    else:
        tree = walk(Path(base_dir))
        _refuse_parts(base_dir, tree, f"judge it on one of them: {PART}")
        samples = _samples(tree)
    if not samples:
        raise UsageError(f"{base_dir} holds no images in class folders", remedy="labelkit sort places them there")
    strange = sorted({name for _, name in samples} - set(class_map.classes))
    if strange:
        raise UsageError(
            f"the model knows no class '{strange[0]}'",
            place=str(base_dir),
            remedy=did_you_mean(strange[0], class_map.classes),
        )
    root = os.path.abspath(base_dir)  # noqa: PTH100 - as walk does
    return Dataset(root, class_map, samples, placed=recorded is None)


def _samples(tree: Tree) -> tuple[tuple[str, str], ...]:
    return tuple((f.path, f.path.split("/")[0]) for f in tree.images() if _counts(f.path))


def _counts(path: str) -> bool:
    return "/" in path and not is_hidden(class_of(path)) and "/." not in path


PART = "\0"
"""Where a remedy names the folder of the first part."""


def _refuse_parts(base_dir: str | Path, tree: Tree, remedy: str) -> None:
    parts = [part.folder for part in find_parts(tree) if part.role]
    if parts:
        raise UsageError(
            f"{base_dir} holds parts of a dataset ({', '.join(parts)}), not classes",
            remedy=remedy.replace(PART, f'"{Path(base_dir) / parts[0]}"'),
        )


def _checked(base_dir: str | Path, names: Sequence[str], samples: Sequence[tuple[str, str]]) -> list[str]:
    counts = Counter(name for _, name in samples)
    if len(names) < 2:  # noqa: PLR2004 - a classifier tells two things apart at least
        seen = f"1 class folder ({names[0]})" if names else "no class folders"
        raise UsageError(
            f"{base_dir} has {seen}; at least 2 are needed",
            remedy="labelkit sort places images into class folders",
        )
    few = [f"{name} ({counts[name]})" for name in names if counts[name] < 2]  # noqa: PLR2004 - one a side
    if few:
        raise UsageError(
            f"every class needs at least 2 images, one to train and one to validate; too few in {', '.join(few)}",
            place=str(base_dir),
            remedy="add images, or take the folder away; labelkit audit tells what is in it",
        )
    return list(names)
