"""Everything that checks may look at: the folder as walked, as decoded, and as each loader sees it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from labelkit.auditing.loaders.catalog import LOADERS
from labelkit.domain.classes import ClassMap
from labelkit.domain.decoders import DecoderTrial
from labelkit.domain.earlier_facts import EarlierFacts
from labelkit.domain.facts import ImageFacts
from labelkit.domain.file_table import chosen
from labelkit.domain.label_opinion import LabelOpinion
from labelkit.domain.loaders import FLOW_FROM_DIRECTORY, KERAS_LOADERS, LOADER_TITLES, LoaderSummary, LoaderView
from labelkit.domain.near import NearDuplicates
from labelkit.domain.parts import Part, class_folders, class_of, subtree
from labelkit.domain.tree import FileEntry, Tree


@dataclass(frozen=True, slots=True)
class PartView:
    """One part as it was walked and as each loader sees it; paths are relative to the part.

    Attributes:
        part: which one.
        tree: what lies below it.
        views: one for each loader that is looked through.
        images: all files that are, or are taken for, images: by labelkit or by `flow_from_directory`, readable or not.

    """

    part: Part
    tree: Tree
    views: tuple[LoaderView, ...]
    images: Sequence[FileEntry]

    def view(self, loader: str) -> LoaderView | None:
        """The view of one loader, or None when another was chosen."""
        return next((v for v in self.views if v.loader == loader), None)

    def classes(self) -> tuple[str, ...]:
        """The class folders, in text order."""
        return class_folders(self.tree)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the checks judge.

    Attributes:
        tree: the whole folder.
        parts: its parts, train first; one nameless part for a folder without parts.
        class_map: the order of the classes of all parts together.
        images: class name to the paths (from the base folder) of its images, over all parts, in class order.
        facts: of each image, by path relative to the base folder.
        validation_split: the share that `flow_from_directory` would be given.
        loader: the one that a person named, or None.
        image_size: (height, width) in pixels that the network would see.
        group_of: path to the name of the image's group (`lot=A`); images that are not in it stand alone.
        columns: column of the line's table to (path to cell), of images that have a row.
        earlier: the facts of an older audit, or None.
        group_note: how groups were guessed, where nobody named them; else empty.
        split_of: path to train, validation, test or left out, as `labelkit split` recorded it; empty where it did not.
        decoders: a sample decoded by Pillow and by TensorFlow.
        opinion: what a trained model says of the labels.
        near: pairs and sets of images that show the same picture.

    """

    tree: Tree
    parts: tuple[PartView, ...]
    class_map: ClassMap
    images: Mapping[str, Sequence[str]]
    facts: Mapping[str, ImageFacts]
    validation_split: float = 0.2
    loader: str | None = None
    image_size: tuple[int, int] = (80, 80)
    group_of: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    earlier: EarlierFacts | None = None
    group_note: str = ""
    split_of: Mapping[str, str] = field(default_factory=dict)
    decoders: DecoderTrial = field(default_factory=DecoderTrial)
    opinion: LabelOpinion = field(default_factory=LabelOpinion)
    near: NearDuplicates = field(default_factory=NearDuplicates)

    @property
    def parted(self) -> bool:
        """Whether the dataset comes in parts."""
        return bool(self.parts[0].part.role)

    @property
    def main(self) -> PartView:
        """The part that is trained on: the train part, else the first."""
        return self.parts[0]

    @property
    def validation(self) -> PartView | None:
        """The part that training is validated on, or None."""
        return next((p for p in self.parts if p.part.role == "validation"), None)

    def matters(self, loader: str) -> bool:
        """Whether what this loader does deserves a warning: the one named, else the two of Keras."""
        return loader == self.loader if self.loader else loader in KERAS_LOADERS


def look(
    tree: Tree, parts: Sequence[Part], *, validation_split: float, loaders: Collection[str]
) -> tuple[PartView, ...]:
    """Each part as these loaders see it, were they pointed at it with this `validation_split`."""
    out = []
    for part in parts:
        below = subtree(tree, part.folder)
        views = _shared(loader.view(below, validation_split) for loader in LOADERS if loader.name in loaders)
        out.append(PartView(part, below, views, _images(below, views)))
    return tuple(out)


def _shared(views: Iterable[LoaderView]) -> tuple[LoaderView, ...]:
    """The views, those that read the same files in the same order with one list of them: most loaders do."""
    out: list[LoaderView] = []
    for view in views:
        same = next((v for v in out if v.files == view.files), None)
        labeled = next((v for v in out if v.labels == view.labels), None)
        files = view.files if same is None else same.files
        labels = view.labels if labeled is None else labeled.labels
        out.append(replace(view, files=files, labels=labels))
    return tuple(out)


def _images(tree: Tree, views: Sequence[LoaderView]) -> Sequence[FileEntry]:
    others = frozenset(f.path for f in tree.files if not f.is_image)
    taken = frozenset(p for v in views if v.loader == FLOW_FROM_DIRECTORY for p in v.files if p in others)
    return chosen(tree.files, lambda f: f.is_image or f.path in taken)


def by_class(parts: Sequence[PartView], classes: Sequence[str]) -> dict[str, list[str]]:
    """Class name to the paths (from the base folder) of its images, over all parts, in the order of `classes`."""
    out: dict[str, list[str]] = {name: [] for name in classes}
    for part in parts:
        for image in part.images:
            paths = out.get(class_of(image.path))
            if paths is not None:
                paths.append(part.part.prefixed(image.path))
    return out


def summaries(evidence: Evidence) -> tuple[LoaderSummary, ...]:
    """What each loader makes of the train part; its validation is the validation part, where there is one."""
    return tuple(_summary(view, evidence.validation) for view in evidence.main.views)


def _summary(view: LoaderView, validation: PartView | None) -> LoaderSummary:
    training = view.counts_of(view.training) if view.training is not None else None
    held_out = view.counts_of(view.validation) if view.validation is not None else None
    if validation is not None:
        other = validation.view(view.loader)
        training, held_out = view.counts(), other.counts() if other is not None else None
    return LoaderSummary(
        loader=view.loader,
        class_indices=view.class_indices,
        reads=len(view.files),
        skips=len(view.skipped),
        train=training,
        validation=held_out,
        note=view.fault,
    )


def titles(loaders: Sequence[str]) -> str:
    """Loader names for a sentence: 'timm', 'torchvision ImageFolder and timm', 'all five loaders'."""
    if len(loaders) == len(LOADERS):
        return "all five loaders"
    names = [LOADER_TITLES[name] for name in loaders]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
