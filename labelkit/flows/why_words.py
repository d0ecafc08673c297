"""The deciding step of an image in one sentence, from what its run recorded."""

from __future__ import annotations

from collections.abc import Sequence

from labelkit.domain.decisions import DecidedBy, Decision
from labelkit.domain.explanation import ExplainedVote
from labelkit.domain.recorded_run import RecordedSource, RunArguments


def votes_explained(decision: Decision, arguments: RunArguments) -> tuple[ExplainedVote, ...]:
    """Every vote of a decision with its inputs, the highest priority first."""
    found = [_explained(name, said, decision, arguments) for name, said in decision.votes]
    return tuple(sorted(found, key=lambda v: -v.priority))


def _explained(name: str, said: str, decision: Decision, arguments: RunArguments) -> ExplainedVote:
    source = arguments.source(name) or RecordedSource(name, "")
    decided = decision.name == name and decision.by not in {DecidedBy.PERSON, DecidedBy.FALLBACK, DecidedBy.NOBODY}
    return ExplainedVote(
        source=name,
        said=said,
        decided=decided,
        kind=source.kind,
        place=source.place,
        priority=source.priority,
        columns={c: tuple(row.get(c, "") for row in decision.rows) for c in source.columns if decision.rows},
        features={f: decision.features[f] for f in source.features if f in decision.features},
        parameters=source.parameters,
        text=source.text,
        mapping=source.mapping,
        file=arguments.file_of(source),
    )


def deciding_step(decision: Decision, votes: Sequence[ExplainedVote], arguments: RunArguments) -> str:
    """One sentence: who or what decided, on what, and what it goes before."""
    if decision.by is DecidedBy.PERSON:
        return f"a person put it into {decision.label}: that goes before every rule"
    if decision.by is DecidedBy.NOBODY:
        return f"held ({decision.state}): {decision.why.splitlines()[0] if decision.why else 'nothing voted'}"
    if decision.by is DecidedBy.FALLBACK:
        settles = "no vote was cast" if decision.name == "on-abstain" else "the votes differ"
        return f"{settles}, and --{decision.name} label:{decision.label} settles that"
    vote = next((v for v in votes if v.decided), None)
    return f"{_voted(decision, vote)}{_beside(decision, votes, arguments)}"


def _voted(decision: Decision, vote: ExplainedVote | None) -> str:
    column = next(iter(vote.columns), decision.name) if vote else decision.name
    who = {
        DecidedBy.COLUMN: f"the column {column} says {decision.label}",
        DecidedBy.VERDICT: f"a person's verdict says {decision.label} ({decision.why or decision.name})",
        DecidedBy.MODEL: f"a model's prediction says {decision.label} ({decision.why or decision.name})",
    }.get(decision.by, f"{decision.name} voted {decision.label}")
    inputs = vote.inputs() if vote else ()
    return f"{who}: {', '.join(inputs)}" if inputs else who


def _beside(decision: Decision, votes: Sequence[ExplainedVote], arguments: RunArguments) -> str:
    """What other votes were worth, by the policy of the run."""
    cast = [v for v in votes if not v.decided and _is_label(v, arguments)]
    others = [v for v in cast if v.said != decision.label]
    if not cast:
        return ""
    if arguments.policy == "majority":
        return f"; {len(cast) - len(others) + 1} of {len(cast) + 1} votes are for it"
    if not others:
        return f"; {', '.join(v.source for v in cast)} agree{'s' if len(cast) == 1 else ''}"
    names = ", ".join(f"{v.source} ({v.said})" for v in others)
    if arguments.policy.startswith("any:"):
        return f"; by the policy {arguments.policy} this one vote is enough, against {names}"
    return f"; it goes before {names}"


def _is_label(vote: ExplainedVote, arguments: RunArguments) -> bool:
    source = arguments.source(vote.source)
    return source is not None and vote.said in source.labels
