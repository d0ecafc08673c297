"""Rules tune: what becomes of the images at each value of a parameter; each image is read and decoded once for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Unpack

from labelkit.domain.errors import UsageError
from labelkit.domain.labeling import Parameter
from labelkit.domain.rules_tuning import RulesTuning, TunedPoint, Weights
from labelkit.domain.votes import VoteColumn
from labelkit.flows.rules_analyze import said_of
from labelkit.flows.rules_gold import gold_votes, reject_of
from labelkit.flows.rules_votes import Asked, RulesRoom, enter, labels_of, rules_options, sources_of
from labelkit.plugins.expressions.rule import ExpressionRule
from labelkit.plugins.function_rule import FunctionRule
from labelkit.plugins.sources import GivenRule, Rule, Sources
from labelkit.sorting.gold import cost_of, judge_decisions
from labelkit.sorting.param_grid import parse_grid, points_of
from labelkit.sorting.policy import Verdicts

_NO_WEIGHTS = Weights()


def tune_rules(
    *rules: GivenRule | str,
    grid: Sequence[str] | Mapping[str, Sequence[object]],
    gold: str | None = None,
    weights: Weights = _NO_WEIGHTS,
    **asked: Unpack[Asked],
) -> RulesTuning:
    """Try parameters of rules: images a label, held ones, and what changes against the files' own values.

    Args:
        *rules: rules files, or labeling functions and features themselves.
        grid: as `["threshold=60:95:5"]` or `{"threshold": [60, 65]}`; several parameters make a grid.
        gold: a column of true labels; with it escape, overkill and the point of least cost are told.
        weights: what an escape, an overkill and a held image cost.
        **asked: as for `labelkit.sort`; `source` is the folder of images.

    Raises:
        LabelkitError: rules, a grid, a table or a folder that cannot be used.

    """
    given = grid if isinstance(grid, Mapping) else parse_grid(grid)
    values = {name: tuple(str(value) for value in listed) for name, listed in given.items()}
    if not values:
        raise UsageError("no parameter to tune", remedy="as in: --param threshold=60:95:5")
    options = rules_options(rules, asked)
    plain = sources_of(options)
    points = list(points_of(values))
    every = [sources_of(options, [*options.parameters, *_words(point)]) for point in points]
    room = enter(options, asked)
    true = gold_votes(gold, room, asked.get("map") or {})
    judge = _Judge(room, plain, true, reject_of(asked, plain, true), weights)
    columns = _cast([plain, *every], room)
    before = room.settle(columns[0], plain)
    tuned = [
        judge.point(_typed(point, sources), sources, cast, before)
        for point, sources, cast in zip(points, every, columns[1:], strict=True)
    ]
    return RulesTuning(
        images=len(room.where),
        parameters=tuple(values),
        points=tuple(tuned),
        best=_best(tuned),
        weights=weights,
        reject=judge.reject,
        said=tuple(said_of(room, plain, columns[0])),
    )


def _words(point: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in point.items()]


def _typed(point: Mapping[str, str], sources: Sources) -> dict[str, Parameter]:
    """The values of a point as the rules got them."""
    found = {}
    for name in point:
        hits = [full for full in sources.parameters if full == name or full.rpartition(".")[2] == name]
        found[name] = sources.parameters[hits[0]]
    return found


def _cast(every: Sequence[Sources], room: RulesRoom) -> list[list[VoteColumn]]:
    """The votes of each set of rules; rules that are the same in several sets are asked once, all in one pass."""
    different: dict[tuple[str, str], Rule] = {}
    keys: list[list[tuple[str, str]]] = []
    for sources in every:
        keys.append([_key(rule) for rule in sources.rules])
        for key, rule in zip(keys[-1], sources.rules, strict=True):
            different.setdefault(key, _renamed(rule, f"{rule.name} [{len(different)}]"))
    together = replace(every[0], rules=tuple(different.values()))
    cast = dict(zip(different, room.vote(together).columns, strict=True))
    return [
        [replace(cast[key], name=rule.name) for key, rule in zip(found, sources.rules, strict=True)]
        for found, sources in zip(keys, every, strict=True)
    ]


def _key(rule: Rule) -> tuple[str, str]:
    if isinstance(rule, FunctionRule):
        return rule.name, repr(sorted(rule.function.parameters.items()))
    return rule.name, repr(sorted(rule.parameters.items())) if isinstance(rule, ExpressionRule) else ""


def _renamed(rule: Rule, name: str) -> Rule:
    return replace(rule, alias=name) if isinstance(rule, FunctionRule) else replace(rule, name=name)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Makes a point of the grid from its votes."""

    room: RulesRoom
    plain: Sources
    gold: VoteColumn | None
    reject: str | None
    weights: Weights

    def point(
        self, values: Mapping[str, Parameter], sources: Sources, columns: Sequence[VoteColumn], before: Verdicts
    ) -> TunedPoint:
        """What becomes of the images."""
        verdicts = self.room.settle(columns, sources)
        counts = judge_decisions(verdicts, self.gold, self.reject) if self.gold else None
        held = sum(label < 0 for label in verdicts.label)
        cost = cost_of(counts, held, self.weights, reject_known=self.reject is not None) if counts else None
        return TunedPoint(
            values=values,
            labels=labels_of(verdicts, sources),
            held=held,
            changed=_changed(before, verdicts),
            is_default=sources.parameters == self.plain.parameters,
            gold=counts,
            cost=cost,
        )


def _changed(before: Verdicts, after: Verdicts) -> int:
    """Images that get another label, or one instead of none, or none instead of one."""
    names = (["", *before.labels], ["", *after.labels])
    pairs = zip(before.label, after.label, strict=True)
    return sum(names[0][a + 1] != names[1][b + 1] for a, b in pairs)


def _best(points: Sequence[TunedPoint]) -> int | None:
    """The point of least cost; of several the one with fewest held, then the first."""
    known = [(p.cost, p.held, i) for i, p in enumerate(points) if p.cost is not None]
    return min(known)[2] if known else None
