"""All sources of votes of one run, loaded and checked: rules files, expressions, a label column, Python functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from labelkit.domain.errors import RulesError, UsageError
from labelkit.domain.labeling import Feature, LabelingFunction, Parameter
from labelkit.domain.rules import GIVEN_ORDER, NamedRule, RuleFile, check_unique, checked_order, default_priorities
from labelkit.plugins.expressions.rule import ExpressionRule, parse_rule
from labelkit.plugins.function_rule import FunctionRule, make_rule
from labelkit.plugins.label_column import ColumnRule, check_mapping
from labelkit.plugins.parameters import ParameterSpec, of_owner, set_parameters, told_parameter
from labelkit.plugins.python_file import PythonFile, load_python, read_python_file
from labelkit.plugins.toml_file import TomlRules, load_toml

Rule = FunctionRule | ExpressionRule | ColumnRule
"""Whatever votes."""

GivenRule = Path | LabelingFunction | Feature
"""What a run is handed: a rules file, or a value of the Python API."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that votes in one run.

    Attributes:
        rules: in the order given; names are unique.
        files: the rules files with their SHA-256, in the order given.
        parameters: every parameter's value by its full name (`by_score.threshold`).
        summary: one line a source for a person (`rules/threshold.py: by_score (threshold = 80)`).
        policy: what a TOML file asks for, or None.
        extra_labels: labels that a file declares beside its rules.
        model_priority: the place of a model's predictions in the order; 0 where none are given.

    """

    rules: tuple[Rule, ...] = ()
    files: tuple[RuleFile, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    summary: tuple[str, ...] = ()
    policy: str | None = None
    extra_labels: tuple[str, ...] = ()
    model_priority: int = 0

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels declared, in order of appearance."""
        named = [label for rule in self.rules for label in _labels(rule)]
        return tuple(dict.fromkeys([*named, *self.extra_labels]))


@dataclass(frozen=True, slots=True)
class _Functions:
    """One source of labeling functions: a file, or those handed in."""

    functions: tuple[LabelingFunction, ...]
    features: Mapping[str, Feature]
    file: PythonFile | None = None


@dataclass(frozen=True, slots=True)
class _Expressions:
    """All expressions of the command line together."""

    rules: tuple[ExpressionRule, ...]


_Source = _Functions | TomlRules | _Expressions | ColumnRule


def load_sources(
    rules: Sequence[GivenRule] = (),
    expressions: Sequence[str] = (),
    *,
    label_column: str | None = None,
    mapping: Mapping[str, str] | None = None,
    parameters: Sequence[str] = (),
    order: Sequence[str] = GIVEN_ORDER,
    beside: Sequence[str] = (),
) -> Sources:
    """Load everything that votes.

    Each rules file is one source, all functions handed in are one, all expressions are one, the label column is one.
    The first given has the highest priority; a rule's own priority stands in its place.

    Args:
        rules: rules files (.py, .toml) and, from Python, labeling functions and features.
        expressions: as `score >= 80 -> GO`.
        label_column: a column whose cell is the vote.
        mapping: cell to label, for the label column.
        parameters: as `threshold=85` or `by_score.threshold=85`.
        order: the kinds of source ("rules", "rule", "label_column", "from_predictions") as they were given, highest
            priority first.
        beside: files of answers that vote too ("verdicts", "from_predictions"): with any, no rule is needed, and
            predictions take their place in the order.

    Raises:
        RulesError: a rules file or expression that cannot be used.
        UsageError: a mapping without a label column, an unknown parameter, or no source at all.

    """
    by_kind: dict[str, list[_Source]] = {
        "rules": _from_rules(rules),
        "rule": [_Expressions(tuple(parse_rule(text) for text in expressions))] if expressions else [],
        "label_column": _from_column(label_column, mapping or {}),
    }
    places: list[_Source | None] = []
    for kind in checked_order(order):
        places += [None] if kind == "from_predictions" and kind in beside else by_kind.get(kind, [])
    sources = [source for source in places if source is not None]
    priorities = default_priorities(places)
    if not sources and not beside:
        raise UsageError(
            "no rules: nothing says which image is what",
            remedy='give --rules FILE, --rule "score >= 80 -> GO" or --label-column NAME',
        )
    values = set_parameters(parameters, [spec for s in sources for spec in _specs(s)])
    ready = [
        rule
        for source, priority in zip(places, priorities, strict=True)
        if source is not None
        for rule in _rules(source, values, priority)
    ]
    check_unique(NamedRule(rule.name, rule.place) for rule in ready)
    return Sources(
        rules=tuple(ready),
        files=tuple(f for f in map(_file, sources) if f is not None),
        parameters=values,
        summary=tuple(line for s in sources for line in _summary(s, values)),
        policy=_policy([s for s in sources if isinstance(s, TomlRules)]),
        extra_labels=tuple(label for s in sources if isinstance(s, TomlRules) for label in s.labels),
        model_priority=sum(p for s, p in zip(places, priorities, strict=True) if s is None),
    )


def _from_rules(rules: Sequence[GivenRule]) -> list[_Source]:
    out: list[_Source] = []
    handed = [r for r in rules if not isinstance(r, Path)]
    for given in rules:
        if isinstance(given, Path):
            out.append(_from_file(given))
        elif not any(isinstance(s, _Functions) and s.file is None for s in out):
            out.append(_handed_in(handed))
    return out


def _from_column(column: str | None, mapping: Mapping[str, str]) -> list[_Source]:
    if column is not None:
        check_mapping(mapping, place="--map")
        return [ColumnRule(column, dict(mapping), name=column, place="--label-column")]
    if mapping:
        raise UsageError("--map needs a label column", remedy="name it: --label-column NAME")
    return []


def _from_file(path: Path) -> _Source:
    if path.suffix.lower() == ".toml":
        return load_toml(path)
    if path.suffix.lower() != ".py":
        raise RulesError(f"'{path}' is no rules file", remedy="a rules file ends in .py or .toml")
    file = read_python_file(path)
    found = load_python(file)
    return _Functions(tuple(found.functions.values()), found.features, file)


def _handed_in(values: Iterable[LabelingFunction | Feature]) -> _Functions:
    given = list(values)
    for value in given:
        if not isinstance(value, (LabelingFunction, Feature)):
            raise UsageError(
                f"{value!r} is no rule", remedy="put @labeling_function(...) before it, or give a path of a rules file"
            )
    features = [v for v in given if isinstance(v, Feature)]
    check_unique(NamedRule(f.name, f.place) for f in features)
    functions = tuple(v for v in given if isinstance(v, LabelingFunction))
    return _Functions(functions, {f.name: f for f in features})


def _specs(source: _Source) -> Iterable[ParameterSpec]:
    if isinstance(source, _Functions):
        return [ParameterSpec(f.name, name, value) for f in source.functions for name, value in f.parameters.items()]
    return source.parameters if isinstance(source, TomlRules) else ()


def _rules(source: _Source, values: Mapping[str, Parameter], priority: int) -> Iterable[Rule]:
    if isinstance(source, _Functions):
        for f in source.functions:
            own = priority if f.priority is None else f.priority
            parameters = of_owner(values, f.name)
            yield make_rule(f, source.features, file=source.file, parameters=parameters, priority=own)
    elif isinstance(source, _Expressions):
        yield from (replace(rule, priority=priority) for rule in source.rules)
    elif isinstance(source, ColumnRule):
        yield replace(source, priority=priority)
    else:
        yield from _toml_rules(source, values, priority)


def _toml_rules(source: TomlRules, values: Mapping[str, Parameter], priority: int) -> Iterable[Rule]:
    parameters = {spec.name: values[spec.full] for spec in source.parameters}
    for rule in source.rules:
        own = rule.priority if rule.name in source.own_priority else priority
        if isinstance(rule, ExpressionRule):
            yield replace(rule, priority=own, parameters=parameters)
        else:
            yield replace(rule, priority=own)


def _file(source: _Source) -> RuleFile | None:
    if isinstance(source, _Functions):
        return source.file.record if source.file else None
    return source.file if isinstance(source, TomlRules) else None


def _summary(source: _Source, values: Mapping[str, Parameter]) -> Iterable[str]:
    if isinstance(source, _Functions):
        told = [_told(f.name, of_owner(values, f.name)) for f in source.functions]
        yield f"{source.file.path if source.file else 'Python functions'}: {', '.join(told)}"
    elif isinstance(source, TomlRules):
        names = ", ".join(rule.name for rule in source.rules)
        yield f"{source.file.path}: {_told(names, {s.name: values[s.full] for s in source.parameters})}"
    elif isinstance(source, _Expressions):
        yield from (f"--rule: {rule.name}" for rule in source.rules)
    else:
        mapped = ", ".join(f"{value} = {label}" for value, label in source.mapping.items())
        yield f"label column: {source.column}" + (f" ({mapped})" if mapped else "")


def _told(name: str, parameters: Mapping[str, Parameter]) -> str:
    listed = ", ".join(f"{n} = {told_parameter(v)}" for n, v in parameters.items())
    return f"{name} ({listed})" if listed else name


def _policy(files: Sequence[TomlRules]) -> str | None:
    asked = {f.policy: f.file.path for f in files if f.policy is not None}
    if len(asked) > 1:
        listed = "; ".join(f"{path}: {policy}" for policy, path in asked.items())
        raise RulesError(f"rules files ask for different policies: {listed}", remedy="leave it out of all but one")
    return next(iter(asked), None)


def _labels(rule: Rule) -> tuple[str, ...]:
    if isinstance(rule, ExpressionRule):
        return (rule.label,)
    return rule.declared if isinstance(rule, ColumnRule) else rule.labels
