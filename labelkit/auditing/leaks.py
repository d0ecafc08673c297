"""What a split lets through: images, or groups of them, that stand on more than one side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.population import copied, pictured
from labelkit.domain.loaders import FLOW_FROM_DIRECTORY
from labelkit.domain.near import NearPair
from labelkit.domain.parts import ROLES

TRAIN = ROLES[0]
Group = tuple[str, ...]


class Whose(StrEnum):
    """Who made a split."""

    FOLDERS = "folders"
    """Part folders: train, validation, test."""
    RECORDED = "recorded"
    """`labelkit split`."""
    KERAS = "keras"
    """`flow_from_directory(validation_split=...)` would, of the first images by name."""


class Split(NamedTuple):
    """One split to be judged: whose, and path to train, validation or test."""

    whose: Whose
    part_of: Mapping[str, str]

    @property
    def held(self) -> list[str]:
        """The images that are not trained on, by path."""
        return sorted(path for path, part in self.part_of.items() if part != TRAIN)


@dataclass(frozen=True, slots=True)
class Leaks:
    """What stands on several sides of one split; what is the same is told once, as the gravest thing it is.

    Attributes:
        files: groups of images with the same bytes.
        pixels: groups of images with other bytes and the same small picture.
        proven: whether all of these pictures were compared at full size, so that they are equal pixel by pixel.
        near: groups of near-duplicates.
        groups: name of a group (`lot=A`) to its images.

    """

    files: tuple[Group, ...]
    pixels: tuple[Group, ...]
    proven: bool
    near: tuple[Group, ...]
    groups: Mapping[str, Group]


def splits_of(evidence: Evidence) -> Iterator[Split]:
    """The splits that there are: part folders, else the recorded one, else what `flow_from_directory` would make."""
    if evidence.parted:
        yield Split(Whose.FOLDERS, _by_folder(evidence))
    elif evidence.split_of:
        yield Split(Whose.RECORDED, {p: part for p, part in evidence.split_of.items() if part in ROLES})
    else:
        view = evidence.main.view(FLOW_FROM_DIRECTORY)
        if view is not None and view.training and view.validation:
            part_of = dict.fromkeys(view.training, TRAIN)
            part_of.update(dict.fromkeys(view.validation, ROLES[1]))
            yield Split(Whose.KERAS, part_of)


def _by_folder(evidence: Evidence) -> dict[str, str]:
    return {part.part.prefixed(f.path): part.part.role for part in evidence.parts for f in part.images}


def leaks(split: Split, evidence: Evidence) -> Leaks:
    """Everything that stands on several sides."""
    same = {path: sha256 for path, sha256 in copied(evidence).items() if path in split.part_of}
    files = _across(split, same)
    told = {path for group in files for path in group}
    pixels = _across(split, {p: digest for p, digest in pictured(evidence).items() if p in split.part_of})
    pixels = tuple(group for group in pixels if not told.issuperset(group))
    told |= {path for group in pixels for path in group}
    copies: dict[str, list[str]] = {}
    for path, sha256 in same.items():
        copies.setdefault(sha256, []).append(path)
    near = (_near(split, same, copies, pair) for pair in evidence.near.pairs)
    return Leaks(
        files=files,
        pixels=pixels,
        proven=all(_scale(evidence, path) == 1 for group in pixels for path in group),
        near=tuple(sorted({group for group in near if group and not told.issuperset(group)})),
        groups=_torn(split, evidence.group_of),
    )


def _near(split: Split, same: Mapping[str, str], copies: Mapping[str, Sequence[str]], pair: NearPair) -> Group:
    """All files of two contents that look the same; empty when they are on one side."""
    if pair.first not in split.part_of or pair.second not in split.part_of:
        return ()
    ours, theirs = (copies[same[p]] if p in same else [p] for p in (pair.first, pair.second))
    files = tuple(sorted([*ours, *theirs]))
    return files if len({split.part_of[path] for path in files}) > 1 else ()


def _scale(evidence: Evidence, path: str) -> int:
    pixels = evidence.facts[path].pixels
    return 0 if pixels is None else pixels.scale


def _across(split: Split, key_of: Mapping[str, str]) -> tuple[Group, ...]:
    """The images that share a key with one of another side, key by key; empty keys are alike to none."""
    found: dict[str, list[str]] = {}
    for path, key in key_of.items():
        if key:
            found.setdefault(key, []).append(path)
    groups = [tuple(sorted(paths)) for paths in found.values() if len({split.part_of[p] for p in paths}) > 1]
    return tuple(sorted(groups))


def _torn(split: Split, group_of: Mapping[str, str]) -> dict[str, Group]:
    inside = {path: group_of[path] for path in split.part_of if path in group_of}
    return dict(sorted((group_of[paths[0]], paths) for paths in _across(split, inside)))


def held_in(split: Split, groups: Iterable[Group]) -> list[str]:
    """The images of these groups that are not trained on, by path."""
    return sorted({path for group in groups for path in group if split.part_of[path] != TRAIN})
