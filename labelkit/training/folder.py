"""Class folders as a labeled set: which image is of which class, in an order that is always explicit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from labelkit.domain.classes import make_class_map
from labelkit.domain.errors import UsageError
from labelkit.domain.training import Dataset
from labelkit.domain.tree import Tree
from labelkit.storage.walk import walk

_PARTS = frozenset(["train", "training", "val", "valid", "validation", "test"])
"""Names of parts of one dataset, where they hold class folders themselves (DESIGN, audit)."""


def find_dataset(
    base_dir: str | Path,
    *,
    classes: Sequence[str] | None = None,
    ledger_classes: Sequence[str] | None = None,
    positive: str | None = None,
    reject: str | None = None,
    meaning: Mapping[str, str] | None = None,
) -> Dataset:
    """The images below `base_dir` with the class that each one's top folder names.

    Hidden files and folders (names that begin with a dot) are no images and no classes here.

    Args:
        base_dir: the folder of class folders; nothing is written into it.
        classes: the declared order; must name exactly the folders that are there.
        ledger_classes: the order that sort recorded, when it is known.
        positive: the class to stand at index 1 of two.
        reject: the class that escape and overkill speak of.
        meaning: declared meanings of class names, as `{"60": "NG"}`.

    Raises:
        UsageError: no such folder, fewer than two classes, a class without images, or parts instead of classes.

    """
    tree = walk(Path(base_dir))
    names = [name for name in tree.top_folders() if not name.startswith(".")]
    _refuse_parts(base_dir, names, tree)
    samples = tuple((f.path, f.path.split("/")[0]) for f in tree.images() if _counts(f.path))
    class_map = make_class_map(
        _checked(base_dir, names, samples),
        declared=classes,
        ledger=ledger_classes,
        positive=positive,
        reject=reject,
        meaning=meaning,
    )
    return Dataset(tree.root, class_map, samples)


def _counts(path: str) -> bool:
    return "/" in path and not any(part.startswith(".") for part in path.split("/"))


def _refuse_parts(base_dir: str | Path, names: Sequence[str], tree: Tree) -> None:
    parts = [name for name in names if name.casefold() in _PARTS]
    if not parts or len(parts) != len(names) or any(f.path.count("/") == 1 for f in tree.images()):
        return
    learn = next((name for name in parts if name.casefold().startswith("train")), parts[0])
    raise UsageError(
        f"{base_dir} holds parts of a dataset ({', '.join(parts)}), not classes",
        remedy=f'train on one of them: labelkit train "{Path(base_dir) / learn}"',
    )


def _checked(base_dir: str | Path, names: Sequence[str], samples: Sequence[tuple[str, str]]) -> list[str]:
    counts = Counter(name for _, name in samples)
    if len(names) < 2:  # noqa: PLR2004 - a classifier tells two things apart at least
        raise UsageError(
            f"{base_dir} has {len(names)} class folders{f' ({names[0]})' if names else ''}; at least 2 are needed",
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
