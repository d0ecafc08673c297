"""What a worker does for rules: read and decode each image once, if anybody looks, then ask every rule about it."""

from __future__ import annotations

import contextlib
import hashlib
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real

from labelkit.domain.errors import ImageError
from labelkit.domain.labeling import BUILT_IN_FEATURES
from labelkit.domain.votes import FAILED
from labelkit.plugins.cells import Cell
from labelkit.plugins.function_rule import FunctionRule, Vote, ask
from labelkit.plugins.row import Row
from labelkit.storage.feature_cache import FileStamp, NewValues, stamp_of_file
from labelkit.storage.feature_rows import values_by_content
from labelkit.storage.feature_values import Scalar, can_keep
from labelkit.tasks.image_values import ImageValues
from labelkit.tasks.watch import Limits, Watch, marked


@dataclass(frozen=True, slots=True)
class ImageItem:
    """One image to be voted on.

    Attributes:
        image: its index.
        where: absolute path of its file.
        records: for each of its records the cells of the row (None without a row) and the indices of the rules to ask.
        known: recipe to what the cache knows of it.
        stamp: of its file as the cache was asked; None where no cache is used.

    """

    image: int
    where: str
    records: tuple[tuple[Sequence[Cell] | None, tuple[int, ...]], ...]
    known: Mapping[str, Scalar] = field(default_factory=dict)
    stamp: FileStamp | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A feature of a labeling function whose value comes back with the votes, where it is a number.

    Attributes:
        key: the name under which it is recorded.
        rule: index of a rule that takes it.
        name: its name there.

    """

    key: str
    rule: int
    name: str


@dataclass(frozen=True, slots=True)
class KeptFeature:
    """A feature whose numbers the cache keeps: by which recipe, and where it is found.

    Attributes:
        recipe: what the number depends on beside the content of the image.
        rule: index of a rule that takes it; -1: only expressions do.
        name: its name there.

    """

    recipe: str
    rule: int
    name: str


@dataclass(frozen=True, slots=True)
class ImageAnswer:
    """What came of one image.

    Attributes:
        scalars: the scalar features asked for, NaN where there is a fault.
        votes: for each record one vote a rule asked, in the order of `ImageItem.records`.
        fault: why the image cannot be decoded; empty when it can.
        features: the wanted features; NaN for one that was not computed or is no number.
        new: what the cache does not know yet; None when there is nothing.
        seconds: what each rule took, where that is timed.

    """

    scalars: tuple[float, ...]
    votes: tuple[tuple[Vote, ...], ...]
    fault: str = ""
    features: tuple[float, ...] = ()
    new: NewValues | None = None
    seconds: tuple[float, ...] = ()


_NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Extras:
    """What is done beside voting.

    Attributes:
        kept: features whose numbers the cache keeps.
        cache: path of its file, from which a worker reads; empty for none.
        limits: how rules are watched.
        clock: seconds; with it each rule is timed.

    """

    kept: tuple[KeptFeature, ...] = ()
    cache: str = ""
    limits: Limits = _NO_LIMITS
    clock: Callable[[], float] | None = None


_NO_EXTRAS = Extras()


@dataclass(frozen=True, slots=True)
class VoteOnImages:
    """The task: a shard of images in, one answer an image out; never an exception of a rule or a decoder.

    Attributes:
        rules: the labeling functions to ask.
        scalars: names of built-in scalar features that expressions need of every image.
        columns: names of the cells of a row.
        wanted: features whose values come back with the votes.
        extras: what is done beside voting.

    """

    rules: tuple[FunctionRule, ...]
    scalars: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    extras: Extras = _NO_EXTRAS

    def __call__(self, shard: Sequence[ImageItem]) -> list[ImageAnswer]:
        """Answer for each image of the shard; what rules print goes to stderr, for stdout is for data."""
        with Watch(self.extras.limits) as watch, contextlib.redirect_stdout(sys.stderr):
            return [self._answer(item, watch) for item in shard]

    def died_on(self, shard: Sequence[ImageItem]) -> tuple[int, str] | None:
        """Which item of a shard a worker was at when it died, and which rule was asked then."""
        found = marked(self.extras.limits.marks, [item.image for item in shard])
        return (found[0], f"while it was asking '{self.rules[found[1]].name}'") if found else None

    def _answer(self, item: ImageItem, watch: Watch) -> ImageAnswer:
        watch.image = item.image
        values = ImageValues(self._known(item.known), watch)
        digest, fault = b"", ""
        needed = self._needed(item, values)
        if needed:
            try:
                digest, data = _read(item.where, hashed=bool(self.extras.kept))
                values.learn(self._known(self._by_content(digest, values)))
                needed = self._needed(item, values)
                values.learn(_decoded(data, needed))
            except ImageError as e:
                fault = told_fault(e)
        seconds = [0.0] * len(self.rules)
        votes = tuple(self._votes(cells, indices, values, fault, seconds) for cells, indices in item.records)
        return ImageAnswer(
            scalars=tuple(math.nan if fault else number_of(values.built_in[name]) for name in self.scalars),
            votes=votes,
            fault=fault,
            features=tuple(number_of(values.found(w.name, self.rules[w.rule])) for w in self.wanted),
            new=self._new(item, digest, values) if digest and not fault else None,
            seconds=tuple(seconds) if self.extras.clock else (),
        )

    def _needed(self, item: ImageItem, values: ImageValues) -> set[str]:
        """The built-in features that are not known and that somebody asks for."""
        asked = {i for _, indices in item.records for i in indices}
        names = {name for name in self.scalars if name not in values.built_in}
        return names | {name for i in asked for name in values.lacking(self.rules[i])}

    def _known(self, found: Mapping[str, Scalar]) -> dict[object, Scalar]:
        """What the cache knows, by name for built-in features and by the feature itself for a person's own."""
        known: dict[object, Scalar] = {}
        for kept in self.extras.kept if found else ():
            if kept.recipe in found:
                own = self.rules[kept.rule].features.get(kept.name) if kept.rule >= 0 else None
                known[own or kept.name] = found[kept.recipe]
        return known

    def _by_content(self, digest: bytes, values: ImageValues) -> Mapping[str, Scalar]:
        if not (digest and self.extras.cache):
            return {}
        lacking = [k.recipe for k in self.extras.kept if self._value(k, values) is None]
        return values_by_content(self.extras.cache, digest, lacking)

    def _value(self, kept: KeptFeature, values: ImageValues) -> object:
        if kept.rule < 0:
            return values.built_in.get(kept.name)
        return values.found(kept.name, self.rules[kept.rule])

    def _new(self, item: ImageItem, digest: bytes, values: ImageValues) -> NewValues:
        found = {k.recipe: self._value(k, values) for k in self.extras.kept}
        kept = {recipe: value for recipe, value in found.items() if can_keep(value)}
        stamp = item.stamp if item.stamp is not None and stamp_of_file(item.where) == item.stamp else None
        return NewValues(stamp, digest, kept)

    def _votes(
        self,
        cells: Sequence[Cell] | None,
        indices: Sequence[int],
        values: ImageValues,
        fault: str,
        seconds: list[float],
    ) -> tuple[Vote, ...]:
        clock, votes = self.extras.clock, []
        for index in indices:
            begun = clock() if clock else 0.0
            rule = self.rules[index]
            votes.append((FAILED, fault) if fault and rule.function.features else self._vote(index, cells, values))
            if clock:
                seconds[index] += clock() - begun
        return tuple(votes)

    def _vote(self, index: int, cells: Sequence[Cell] | None, values: ImageValues) -> Vote:
        rule = self.rules[index]
        arguments: list[object] = []
        if rule.function.wants_row:
            arguments.append(Row(self.columns, cells or ()))
        for name in rule.function.features:
            value, failure = values.get(name, rule, index)
            if failure:
                return FAILED, failure
            arguments.append(value)
        return ask(rule, arguments, watch=values.watch, index=index)


def told_fault(error: ImageError) -> str:
    """Why an image cannot be used, beginning with `cannot be`."""
    message = error.message
    return message if message.startswith("cannot be") else f"cannot be decoded: {message}"


def unanswered(item: ImageItem, *, fault: str, task: VoteOnImages) -> ImageAnswer:
    """The answer for an image whose worker was lost: every rule asked FAILED on it."""
    votes = tuple(((FAILED, fault),) * len(indices) for _, indices in item.records)
    nothing = (math.nan,) * len(task.wanted)
    return ImageAnswer((math.nan,) * len(task.scalars), votes, fault, nothing)


def _read(where: str, *, hashed: bool) -> tuple[bytes, bytes]:
    """SHA-256 (empty when not asked for) and the bytes of a file."""
    from labelkit.imaging.recipes import read_file

    data = read_file(where)
    return hashlib.sha256(data).digest() if hashed else b"", data


def _decoded(data: bytes, names: set[str]) -> dict[object, object]:
    if not names:
        return {}
    from labelkit.imaging.features import image_features

    found = image_features(data, sorted(names, key=BUILT_IN_FEATURES.index))
    return {name: found[name] for name in found}


def number_of(value: object) -> float:
    """A value as a float; NaN where it is no number."""
    if not isinstance(value, Real):  # numpy's scalars are
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.nan
