"""Rules show: what rules are, without asking them; needs neither images nor a table."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Unpack

from labelkit.domain.labeling import Feature
from labelkit.domain.rules_report import RulesShown, ShownColumn, ShownFeature, ShownRule
from labelkit.domain.table import Table
from labelkit.flows.rules_votes import Asked, rules_options, sources_of
from labelkit.flows.sort_judge import policy_of
from labelkit.flows.sort_options import SortOptions
from labelkit.flows.table_reading import read_table
from labelkit.plugins.expressions.normal import normal_form
from labelkit.plugins.expressions.rule import ExpressionRule
from labelkit.plugins.function_rule import FunctionRule
from labelkit.plugins.label_column import ColumnRule
from labelkit.plugins.sources import GivenRule, Rule, Sources
from labelkit.sorting.written_names import fields_of
from labelkit.tasks.vote_inputs import named_columns


def show_rules(*rules: GivenRule | str, **asked: Unpack[Asked]) -> RulesShown:
    """What rules are: labels, columns, features, parameters, priority; nothing is asked, and no image is looked at.

    Args:
        *rules: rules files, or labeling functions and features themselves.
        **asked: as for `labelkit.sort`; with `metadata` it is told which columns are there.

    Raises:
        LabelkitError: rules or a table that cannot be used.

    """
    options = rules_options(rules, asked)
    sources = sources_of(options)
    table = _table(options)
    columns = [*table.columns, *fields_of(options.path_fields or "")] if table else None
    return RulesShown(
        rules=tuple(_shown(rule, columns) for rule in sources.rules),
        features=tuple(_features(sources)),
        files=sources.files,
        policy=str(policy_of(options, sources)),
        table=table.name if table else "",
    )


def _table(options: SortOptions) -> Table | None:
    if isinstance(options.metadata, tuple) and not options.metadata:
        return None
    return read_table(options.metadata, options.reading, [], known=fields_of(options.path_fields or ""))


def _shown(rule: Rule, columns: Sequence[str] | None) -> ShownRule:
    if isinstance(rule, FunctionRule):
        return _function(rule, columns)
    if isinstance(rule, ColumnRule):
        mapped = ", ".join(f"{value} = {label}" for value, label in rule.mapping.items())
        named = _columns([rule.column], columns)
        text = f"the cell of {rule.column}" + (f" ({mapped})" if mapped else "")
        return ShownRule(rule.name, "column", rule.place, "", rule.declared, named, (), {}, rule.priority, text)
    features = rule.features(columns or ())
    return ShownRule(
        name=rule.name,
        kind="expression",
        place=rule.place,
        about="",
        labels=(rule.label,),
        columns=_columns([n for n in rule.names if n not in features], columns),
        features=features,
        parameters=_own_parameters(rule),
        priority=rule.priority,
        text=normal_form(rule.condition),
    )


def _function(rule: FunctionRule, columns: Sequence[str] | None) -> ShownRule:
    function = rule.function
    named = function.columns
    if function.wants_row and columns is not None:
        read = named_columns(function, columns)
        named = (*named, *(n for n in read if n not in named)) if len(read) < len(columns) else named
    return ShownRule(
        name=rule.name,
        kind="function",
        place=rule.place,
        about=first_line(function.function),
        labels=rule.labels,
        columns=_columns(named, columns),
        features=function.features,
        parameters=dict(function.parameters),
        priority=rule.priority,
    )


def _own_parameters(rule: ExpressionRule) -> dict[str, bool | int | float | str]:
    from labelkit.plugins.expressions.tree import names

    return {name: rule.parameters[name] for name in names(rule.condition) if name in rule.parameters}


def _columns(names: Sequence[str], there: Collection[str] | None) -> tuple[ShownColumn, ...]:
    return tuple(ShownColumn(name, None if there is None else name in there) for name in names)


def _features(sources: Sources) -> list[ShownFeature]:
    """The person's own features that rules take, each after those it is made of."""
    found: dict[Feature, ShownFeature] = {}
    for rule in sources.rules:
        for own in rule.plan.own if isinstance(rule, FunctionRule) else ():
            found.setdefault(own, ShownFeature(own.name, own.place, first_line(own.function), own.inputs))
    return list(found.values())


def first_line(function: Callable[..., object]) -> str:
    """The first line of a function's docstring; empty for none."""
    lines = (inspect.getdoc(function) or "").strip().splitlines()
    return lines[0].strip() if lines else ""


def paths_there(paths: Sequence[Path]) -> list[Path]:
    """The paths, or none of them where one is not there: what settings name need not exist to show rules."""
    return list(paths) if all(p.is_file() for p in paths) else []
