"""Which image features a rule needs, in the order they are computed: settled before a pixel is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labelkit.domain.errors import RulesError
from labelkit.domain.labeling import BUILT_IN_FEATURES, ROW_NAMES, Feature, LabelingFunction
from labelkit.domain.names import did_you_mean


@dataclass(frozen=True, slots=True)
class FeaturePlan:
    """What one labeling function needs of an image.

    Attributes:
        built_in: names of built-in features, in the order of BUILT_IN_FEATURES.
        own: the person's features, each after those it takes.

    """

    built_in: tuple[str, ...] = ()
    own: tuple[Feature, ...] = ()


def plan_features(function: LabelingFunction, features: Mapping[str, Feature]) -> FeaturePlan:
    """Settle every argument of a labeling function that is not its row.

    Args:
        function: the labeling function.
        features: the features defined beside it.

    Raises:
        RulesError: an argument that is no feature (names the nearest), a circle, or a built-in's name taken.

    """
    for f in features.values():
        if f.name in BUILT_IN_FEATURES:
            raise RulesError(f"'{f.name}' is a built-in feature", place=f.place, remedy="give yours another name")
    order: dict[str, Feature] = {}
    built_in: set[str] = set()
    for name in function.features:
        _enter(name, (), features, order=order, built_in=built_in, asker=function)
    return FeaturePlan(tuple(n for n in BUILT_IN_FEATURES if n in built_in), tuple(order.values()))


def _enter(
    name: str,
    above: tuple[str, ...],
    features: Mapping[str, Feature],
    *,
    order: dict[str, Feature],
    built_in: set[str],
    asker: LabelingFunction | Feature,
) -> None:
    if name in BUILT_IN_FEATURES:
        built_in.add(name)
        return
    if name in order:
        return
    if name not in features:
        raise _unknown(name, asker, list(features))
    if name in above:
        circle = " -> ".join([*above[above.index(name) :], name])
        raise RulesError(f"features need each other in a circle: {circle}", place=features[name].place)
    here = features[name]
    for needed in here.inputs:
        _enter(needed, (*above, name), features, order=order, built_in=built_in, asker=here)
    order[name] = here


def _unknown(name: str, asker: LabelingFunction | Feature, own: Sequence[str]) -> RulesError:
    if name in ROW_NAMES:
        what = "its first argument" if isinstance(asker, LabelingFunction) else "for labeling functions only"
        message = f"'{asker.name}' takes '{name}', the metadata row; that is {what}"
        return RulesError(message, place=asker.place)
    return RulesError(
        f"'{asker.name}' takes '{name}', but there is no such image feature",
        place=asker.place,
        remedy=f"{did_you_mean(name, [*own, *BUILT_IN_FEATURES])}\nthe metadata row is called row or x and comes first;"
        " a parameter stands behind a star: (row, *, limit=20.0)",
    )
