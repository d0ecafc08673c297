"""Rules analyze: how rules get on with each other, with the numbers they compare, and with the truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from labelkit.domain.rules_gold import GoldReport
from labelkit.domain.rules_report import RuleCost, RulesAnalysis
from labelkit.domain.votes import VoteColumn
from labelkit.flows.rules_gold import gold_votes, reject_of
from labelkit.flows.rules_line import lay_on_lines
from labelkit.flows.rules_votes import Asked, RulesRoom, enter, labels_of, rules_options, sources_of, states_of
from labelkit.flows.sort_judge import policy_of
from labelkit.plugins.sources import GivenRule, Sources
from labelkit.sorting.analysis import analyse
from labelkit.sorting.disagreements import disagreements
from labelkit.sorting.gold import judge_decisions, judge_rules
from labelkit.sorting.policy import Verdicts


def analyze_rules(*rules: GivenRule | str, gold: str | None = None, **asked: Unpack[Asked]) -> RulesAnalysis:
    """Ask rules about every image, and tell how they get on with each other; nothing is placed or recorded.

    Args:
        *rules: rules files, or labeling functions and features themselves.
        gold: a column of true labels; `map` applies to its cells.
        **asked: as for `labelkit.sort`; `source` is the folder of images.

    Raises:
        LabelkitError: rules, a table or a folder that cannot be used.

    """
    options = rules_options(rules, asked)
    sources = sources_of(options)
    room = enter(options, asked)
    votes = room.vote(sources, clock=room.run.now)
    columns = votes.columns
    verdicts = room.settle(columns, sources)
    line = lay_on_lines(sources.rules, columns, room)
    true = gold_votes(gold, room, asked.get("map") or {})
    return RulesAnalysis(
        images=len(room.where),
        states=states_of(verdicts),
        labels=labels_of(verdicts, sources),
        policy=str(policy_of(options, sources)),
        rules=analyse(columns, verdicts),
        pairs=disagreements(columns, room.names),
        line=line.findings,
        left_out=line.left_out,
        gold=None if true is None else _beside(true, columns, verdicts, reject_of(asked, sources, true)),
        costs=tuple(RuleCost(c.name, c.seconds, c.asked) for c in columns),
        said=tuple(said_of(room, sources, columns)),
        workers=votes.workers,
    )


def _beside(true: VoteColumn, columns: Sequence[VoteColumn], verdicts: Verdicts, reject: str | None) -> GoldReport:
    return GoldReport(true.name, reject, judge_rules(columns, true), judge_decisions(verdicts, true, reject))


def said_of(room: RulesRoom, sources: Sources, columns: Sequence[VoteColumn]) -> list[str]:
    """What was settled while reading, as a sort says it."""
    table = room.matches.table.said if room.matches else ()
    return [*table, *sources.summary, *(line for c in columns for line in c.said)]
