"""What a loader makes of a folder: which files it reads, in which order, and which index each class gets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from labelkit.domain.tree import Skipped

FLOW_FROM_DIRECTORY = "flow_from_directory"
IMAGE_DATASET_FROM_DIRECTORY = "image_dataset_from_directory"
TORCHVISION = "torchvision"
HUGGINGFACE = "huggingface"
TIMM = "timm"

LOADER_TITLES = {
    FLOW_FROM_DIRECTORY: "flow_from_directory",
    IMAGE_DATASET_FROM_DIRECTORY: "image_dataset_from_directory",
    TORCHVISION: "torchvision ImageFolder",
    HUGGINGFACE: "Hugging Face imagefolder",
    TIMM: "timm",
}
"""The loaders that labelkit knows, by the name that `--loader` takes, with the name a person knows them by."""

KERAS_LOADERS = (FLOW_FROM_DIRECTORY, IMAGE_DATASET_FROM_DIRECTORY)
"""The two that Keras brings."""

NO_LABEL = -1
"""The label of a file that a loader reads without one."""


@dataclass(frozen=True, slots=True)
class LoaderView:
    """One folder as one loader sees it.

    Attributes:
        loader: one of `LOADER_TITLES`.
        classes: class names; a class's index is its position.
        files: paths relative to the folder, in the loader's own order before any shuffling.
        labels: the class index of each file; `NO_LABEL` where the loader gives none.
        skipped: images that it does not read, sorted by path, each with the reason.
        fault: why the loader refuses the folder or gives no labels; empty when it does neither.
        training, validation: paths of the two subsets in the loader's order; None where the loader has no split that
            is settled without a seed.

    """

    loader: str
    classes: tuple[str, ...]
    files: tuple[str, ...]
    labels: tuple[int, ...]
    skipped: tuple[Skipped, ...] = ()
    fault: str = ""
    training: tuple[str, ...] | None = None
    validation: tuple[str, ...] | None = None

    @property
    def class_indices(self) -> dict[str, int]:
        """Class name to index, as Keras' `class_indices`."""
        return {name: i for i, name in enumerate(self.classes)}

    def counts(self) -> dict[str, int]:
        """Class name to number of files read, in index order."""
        found = Counter(self.labels)
        return {name: found[i] for i, name in enumerate(self.classes)}

    def counts_of(self, paths: Sequence[str]) -> dict[str, int]:
        """Class name to number of those `paths` that this loader labels so, in index order."""
        label_of = dict(zip(self.files, self.labels, strict=True))
        out = dict.fromkeys(self.classes, 0)
        for path in paths:
            label = label_of[path]
            if label != NO_LABEL:
                out[self.classes[label]] += 1
        return out


@dataclass(frozen=True, slots=True)
class LoaderSummary:
    """A loader's view in numbers, as reports show it.

    Attributes:
        loader: one of `LOADER_TITLES`.
        class_indices: class name to index.
        reads: files it reads.
        skips: images it does not read.
        train, validation: class name to number of files; None, and in JSON empty, where a seed settles it.
        note: why it refuses the folder or gives no labels; empty when it does neither.

    """

    loader: str
    class_indices: dict[str, int]
    reads: int
    skips: int
    train: dict[str, int] | None = None
    validation: dict[str, int] | None = None
    note: str = ""

    def as_json(self) -> dict[str, object]:
        """The contract's object for one loader."""
        return {
            "class_indices": dict(self.class_indices),
            "reads": self.reads,
            "skips": self.skips,
            "train": self.train or {},
            "validation": self.validation or {},
            "note": self.note,
        }
