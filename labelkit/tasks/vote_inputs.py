"""What each rule looks at: the columns it names, and the image features that come back from the workers with a vote."""

from __future__ import annotations

import inspect
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import CodeType

from labelkit.domain.labeling import BUILT_IN_FEATURES, SCALAR_FEATURES, LabelingFunction
from labelkit.domain.votes import VoteInputs
from labelkit.plugins.cells import CellTable
from labelkit.plugins.expressions.rule import ExpressionRule
from labelkit.plugins.function_rule import FunctionRule
from labelkit.plugins.label_column import ColumnRule
from labelkit.plugins.sources import Rule
from labelkit.tasks.vote_on_images import Wanted


def wanted_features(lookers: Sequence[FunctionRule], scalars: Collection[str]) -> tuple[Wanted, ...]:
    """The features of functions that may be numbers, each once; those that expressions need of every image are known.

    Two files may each have a feature of one name: then it is recorded under its rule's name too (`by_glare.spot`).
    """
    found: dict[str, Wanted] = {}
    for key, index, name in _keyed(lookers):
        if key not in scalars:
            found.setdefault(key, Wanted(key, index, name))
    return tuple(found.values())


def _keyed(lookers: Sequence[FunctionRule]) -> Iterator[tuple[str, int, str]]:
    for index, rule in enumerate(lookers):
        for name, key in feature_keys(rule, lookers).items():
            yield key, index, name


def feature_keys(rule: FunctionRule, rules: Sequence[Rule]) -> dict[str, str]:
    """The features of a rule that may be numbers, by the name under which each is recorded."""
    functions = [r for r in rules if isinstance(r, FunctionRule)]
    keys = {}
    for name in rule.function.features:
        if name in BUILT_IN_FEATURES:
            if name in SCALAR_FEATURES:
                keys[name] = name
        else:
            owners = {r.features[name] for r in functions if name in r.function.features}
            keys[name] = name if len(owners) == 1 else f"{rule.name}.{name}"
    return keys


def inputs_of(rule: Rule, rules: Sequence[Rule], cells: CellTable, numbers: Mapping[str, array[float]]) -> VoteInputs:
    """What a rule looks at, with the numbers that came of the images."""
    if isinstance(rule, ExpressionRule):
        columns = tuple(name for name in rule.names if name in cells)
        return VoteInputs(columns, {name: numbers[name] for name in rule.features(cells.names)})
    if isinstance(rule, FunctionRule):
        features = {key: numbers[key] for key in feature_keys(rule, rules).values()}
        kinds = {name: cells[name].kind for name in cells.names} if rule.function.wants_row else {}
        return VoteInputs(named_columns(rule.function, cells.names), features, kinds)
    return VoteInputs((rule.column,) if isinstance(rule, ColumnRule) else ())


def named_columns(function: LabelingFunction, columns: Sequence[str]) -> tuple[str, ...]:
    """The columns that a function declares or that its code names; all of them where it is handed a row and names none.

    What it reads by way of other functions cannot be seen from here.
    """
    words = set(_words(getattr(inspect.unwrap(function.function), "__code__", None))) if function.wants_row else set()
    named = tuple(dict.fromkeys([*function.columns, *(name for name in columns if name in words)]))
    return named or (tuple(columns) if function.wants_row else ())


def _words(code: CodeType | None) -> Iterator[str]:
    """The attribute names and texts in a function's code, and in functions within it."""
    if code is None:
        return
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, CodeType):
            yield from _words(constant)


def looks_at_images(rules: Sequence[Rule], columns: Collection[str]) -> bool:
    """Whether any rule takes a feature of the images, beside a table of these columns."""
    return any(
        rule.function.features if isinstance(rule, FunctionRule) else rule.features(columns)
        for rule in rules
        if isinstance(rule, (FunctionRule, ExpressionRule))
    )
