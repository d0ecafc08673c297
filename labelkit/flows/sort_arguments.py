"""What a sort was asked for, written down so that its votes can be explained and asked again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from labelkit.domain.labeling import Parameter
from labelkit.domain.recorded_run import RecordedFile, RecordedSource, RunArguments
from labelkit.domain.rules import RuleFile
from labelkit.domain.table import Table
from labelkit.domain.votes import VoteColumn
from labelkit.flows.sort_judge import Judged, policy_of
from labelkit.flows.sort_options import SortOptions
from labelkit.plugins.expressions.rule import ExpressionRule
from labelkit.plugins.expressions.tree import names
from labelkit.plugins.function_rule import FunctionRule
from labelkit.plugins.label_column import ColumnRule
from labelkit.plugins.sources import Rule
from labelkit.sorting.options import Fallback, OnUnsettled


def arguments_of(options: SortOptions, judged: Judged) -> RunArguments:
    """What the ledger keeps of a run's arguments."""
    sources = judged.sources
    rules = {rule.name: rule for rule in sources.rules}
    files = [*sources.files, *judged.answers.files]
    kinds = [dict(column.inputs.kinds) for column in judged.columns if column.inputs.kinds]
    return RunArguments(
        sources=tuple(str(s) for s in options.sources),
        metadata=_named(options.metadata),
        rules=_files(sources.files),
        expressions=options.expressions,
        label_column=options.label_column,
        map=dict(options.mapping),
        parameters=dict(sources.parameters),
        param=options.parameters,
        policy=str(policy_of(options, sources)),
        policy_given=str(options.policy) if options.policy else None,
        on_abstain=_fallback(options.on_abstain),
        on_conflict=_fallback(options.on_conflict),
        order=options.order,
        file=options.file,
        path_fields=options.path_fields,
        header=options.columns,
        reading=options.reading.written,
        working_folder=str(Path.cwd()),
        columns=tuple(judged.matches.table.columns) if judged.matches else (),
        kinds=kinds[0] if kinds else {},
        vote_sources=tuple(_source(column, rules.get(column.name), files) for column in judged.columns),
        answers=_files(judged.answers.files),
        min_confidence=_bounds(options),
    )


def _bounds(options: SortOptions) -> dict[str, float]:
    bounds = options.min_confidence
    return {"": bounds.default, **bounds.by_label} if options.from_predictions else {}


def _named(metadata: tuple[Path, ...] | Table) -> tuple[str, ...]:
    return metadata.files if isinstance(metadata, Table) else tuple(str(m) for m in metadata)


def _files(files: Sequence[RuleFile]) -> tuple[RecordedFile, ...]:
    return tuple(RecordedFile(f.path, f.sha256, str(Path(f.path).absolute())) for f in files)


def _fallback(unsettled: OnUnsettled) -> str:
    return f"label:{unsettled.label}" if unsettled.kind is Fallback.LABEL else str(unsettled.kind)


def _source(column: VoteColumn, rule: Rule | None, files: Sequence[RuleFile]) -> RecordedSource:
    return RecordedSource(
        name=column.name,
        kind=str(column.kind),
        place=column.place,
        priority=column.priority,
        labels=column.labels,
        columns=column.inputs.columns,
        features=tuple(column.inputs.features),
        parameters=_parameters(rule),
        file=_file(column.place, files),
        text=rule.text if isinstance(rule, ExpressionRule) else "",
        mapping=dict(rule.mapping) if isinstance(rule, ColumnRule) else {},
    )


def _parameters(rule: Rule | None) -> dict[str, Parameter]:
    if isinstance(rule, FunctionRule):
        return dict(rule.function.parameters)
    if isinstance(rule, ExpressionRule):
        named = set(names(rule.condition))
        return {name: value for name, value in rule.parameters.items() if name in named}
    return {}


def _file(place: str, files: Sequence[RuleFile]) -> str:
    """The file that a place speaks of (`rules/threshold.py:5`)."""
    return next((f.path for f in files if place == f.path or place.rpartition(":")[0] == f.path), "")
