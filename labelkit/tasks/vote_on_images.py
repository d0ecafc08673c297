"""What a worker does for rules that look at images: read and decode each image once, then ask every rule about it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labelkit.domain.errors import ImageError
from labelkit.domain.labeling import Feature
from labelkit.domain.votes import FAILED
from labelkit.plugins.cells import Cell
from labelkit.plugins.function_rule import FunctionRule, Vote, ask
from labelkit.plugins.person import told_failure
from labelkit.plugins.row import Row


@dataclass(frozen=True, slots=True)
class ImageItem:
    """One image to be voted on.

    Attributes:
        image: its index.
        where: absolute path of its file.
        records: for each of its records the cells of the row (None without a row) and the indices of the rules to ask.

    """

    image: int
    where: str
    records: tuple[tuple[Sequence[Cell] | None, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class ImageAnswer:
    """What came of one image.

    Attributes:
        scalars: the scalar features asked for, NaN where there is a fault.
        votes: for each record one vote a rule asked, in the order of `ImageItem.records`.
        fault: why the image cannot be decoded; empty when it can.

    """

    scalars: tuple[float, ...]
    votes: tuple[tuple[Vote, ...], ...]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class VoteOnImages:
    """The task: a shard of images in, one answer an image out; never an exception of a rule or a decoder.

    Attributes:
        rules: the labeling functions that take image features.
        scalars: names of built-in scalar features that expressions need of every image.
        columns: names of the cells of a row.

    """

    rules: tuple[FunctionRule, ...]
    scalars: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def __call__(self, shard: Sequence[ImageItem]) -> list[ImageAnswer]:
        """Answer for each image of the shard."""
        return [self._answer(item) for item in shard]

    def _answer(self, item: ImageItem) -> ImageAnswer:
        asked = {i for _, indices in item.records for i in indices}
        names = {*self.scalars, *(name for i in asked for name in self.rules[i].plan.built_in)}
        try:
            known = _built_in(item.where, names)
        except ImageError as e:
            return unanswered(item, fault=told_fault(e), scalars=len(self.scalars))
        values = _Values(known)
        votes = tuple(tuple(self._vote(i, cells, values) for i in indices) for cells, indices in item.records)
        return ImageAnswer(tuple(_number(known[name]) for name in self.scalars), votes)

    def _vote(self, index: int, cells: Sequence[Cell] | None, values: _Values) -> Vote:
        rule = self.rules[index]
        arguments: list[object] = []
        if rule.function.wants_row:
            arguments.append(Row(self.columns, cells or ()))
        for name in rule.function.features:
            value, failure = values.get(name, rule)
            if failure:
                return FAILED, failure
            arguments.append(value)
        return ask(rule, arguments)


def told_fault(error: ImageError) -> str:
    """Why an image cannot be used, beginning with `cannot be`."""
    message = error.message
    return message if message.startswith("cannot be") else f"cannot be decoded: {message}"


def unanswered(item: ImageItem, *, fault: str, scalars: int) -> ImageAnswer:
    """The answer for an image that cannot be used: every rule asked FAILED on it."""
    votes = tuple(((FAILED, fault),) * len(indices) for _, indices in item.records)
    return ImageAnswer((math.nan,) * scalars, votes, fault)


def _built_in(where: str, names: set[str]) -> Mapping[str, object]:
    from labelkit.imaging.features import image_features
    from labelkit.imaging.recipes import read_file

    return image_features(read_file(where), sorted(names))


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else math.nan


class _Values:
    """The features of one image: built-in ones known, a person's own computed when first asked for."""

    def __init__(self, known: Mapping[str, object]) -> None:
        self._known = known
        self._own: dict[Feature, tuple[object, str]] = {}

    def get(self, name: str, rule: FunctionRule) -> tuple[object, str]:
        """The value, or why there is none."""
        if name in self._known and name not in rule.features:
            return self._known[name], ""
        for feature in rule.plan.own:
            if feature not in self._own:
                self._own[feature] = self._computed(feature, rule)
        return self._own[rule.features[name]]

    def _computed(self, feature: Feature, rule: FunctionRule) -> tuple[object, str]:
        inputs: list[object] = []
        for name in feature.inputs:
            own = rule.features.get(name)
            value, failure = self._own[own] if own else (self._known[name], "")
            if failure:
                return None, failure
            inputs.append(value)
        try:
            return feature.function(*inputs), ""
        except KeyboardInterrupt:
            raise
        except BaseException as e:  # noqa: BLE001 - a person's feature may raise anything, sys.exit() too
            return None, f"feature '{feature.name}': {told_failure(e, rule.own_files)}"
