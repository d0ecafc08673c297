"""Ask the rules of a recorded decision again: with the values recorded, and the rules as they are now."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from labelkit.domain.command_line import word
from labelkit.domain.decisions import DecidedBy, Decision
from labelkit.domain.errors import LabelkitError
from labelkit.domain.explanation import AskedAgain, ChangedVote
from labelkit.domain.recorded_run import RecordedFile, RecordedSource, RunArguments
from labelkit.domain.votes import ABSTAINED, VoteColumn, VoteKind
from labelkit.engines.choose import make_engine
from labelkit.flows.sort_votes import RULE_TIMEOUT_S
from labelkit.flows.why_rows import RowsNow
from labelkit.plugins.sources import Sources, load_sources
from labelkit.sorting.options import parse_on_unsettled, parse_policy
from labelkit.sorting.policy import STATES, settle, votes_of
from labelkit.tasks.asking import Asking
from labelkit.tasks.vote import cast_votes

RULES = "--rules FILE"
"""Stands in a command for the rules files that a person may add."""

ASKED = frozenset([VoteKind.FUNCTION, VoteKind.EXPRESSION, VoteKind.COLUMN])
"""What is asked again; answers of people and models are facts of their run."""


@dataclass(frozen=True, slots=True)
class Named:
    """The rules files that may be run now.

    Attributes:
        files: as given.
        of_settings: those of a settings file in the working folder, which may name more than voted.

    """

    files: tuple[Path, ...] = ()
    of_settings: tuple[Path, ...] = ()

    def stands_for(self, recorded: RecordedFile) -> Path | None:
        """The file given for a recorded one: the same path, else the only one of the same name."""
        every = [*self.files, *self.of_settings]
        same = [f for f in every if str(f.absolute()) == recorded.path]
        alike = [f for f in every if f.name == Path(recorded.path).name]
        return same[0] if same else alike[0] if len(alike) == 1 else None


class _RefusedError(Exception):
    """Why the rules cannot be asked."""


@dataclass(frozen=True, slots=True)
class Case:
    """One decision to be asked about again.

    Attributes:
        decision: as recorded.
        arguments: of its run.
        rows: the image's rows.
        where: absolute path of the image's file; empty when it is gone.
        command: `labelkit why` with the image and options as given, for a person to add rules files to.
        named: the rules files that may be run.

    """

    decision: Decision
    arguments: RunArguments
    rows: RowsNow
    where: str
    command: str
    named: Named = field(default_factory=Named)


def ask_again(case: Case) -> AskedAgain:
    """What the rules say now, or why they are not asked; never an error."""
    paths = {f: case.named.stands_for(f) or Path(f.path or f.file) for f in case.arguments.rules}
    notes = [note for f, path in paths.items() if (note := _changed(f, path))]
    try:
        return _answer(case, paths, tuple(notes))
    except _RefusedError as e:
        return AskedAgain(f"not asked again: {e}", notes=tuple(notes))
    except LabelkitError as e:
        head = f"{e.place}: {e.message}" if e.place else e.message
        return AskedAgain(f"not asked again: {head.splitlines()[0]}", notes=tuple(notes))


def _changed(recorded: RecordedFile, path: Path) -> str:
    """How a rules file differs from the one that voted; empty when it does not. The file is only read."""
    try:
        now = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
    if now == recorded.sha256:
        return ""
    return f"{recorded.file} is not the file that voted: SHA-256 {recorded.sha256[:12]} then, {now[:12]} now"


def _answer(case: Case, paths: Mapping[RecordedFile, Path], notes: tuple[str, ...]) -> AskedAgain:
    _check(case, paths)
    sources = _load(case.arguments, list(paths.values()))
    columns = [*_cast(case, sources), *_as_recorded(case, sources)]
    asked = case.arguments
    verdicts = settle(
        columns,
        images=1,
        unlisted=[bool(asked.metadata or asked.path_fields) and not case.rows.count],
        policy=parse_policy(asked.policy_given or sources.policy or "priority"),
        on_abstain=parse_on_unsettled(asked.on_abstain, option="--on-abstain"),
        on_conflict=parse_on_unsettled(asked.on_conflict, option="--on-conflict"),
    )
    state = STATES[verdicts.state[0]]
    label = verdicts.labels[verdicts.label[0]] if verdicts.label[0] >= 0 else None
    now = AskedAgain("", state=state, label=label, changed=_changes(case.decision, columns, _verdicts(asked)))
    now = replace(now, notes=(*notes, *case.rows.notes, *_other_features(case.decision, columns)))
    return replace(now, said=_sentence(case, now, as_then=not notes), same=_same(case.decision, now))


def _check(case: Case, paths: Mapping[RecordedFile, Path]) -> None:
    """Hold that everything that voted is at hand and may be run.

    Raises:
        _RefusedError: it is not.

    """
    asked = [s for s in case.arguments.vote_sources if s.kind in ASKED]
    if not asked:
        raise _RefusedError("its run did not record what voted")
    for recorded, path in paths.items():
        if not path.is_file():
            raise _RefusedError(f"{recorded.file} is gone")
    programs = [f for f, path in paths.items() if path.suffix.lower() == ".py"]
    if any(case.named.stands_for(f) is None for f in programs):
        raise _RefusedError(_name_them(case.command, programs))
    _check_image(case, asked)


def _name_them(command: str, programs: Sequence[RecordedFile]) -> str:
    names = " and ".join(f.file for f in programs)
    what, them = ("is a program", "it") if len(programs) == 1 else ("are programs", "them")
    options = " ".join(f"--rules {word(f.file)}" for f in programs)
    return f"{names} {what}; name {them} to run {them}: {command.replace(RULES, options)}"


def _check_image(case: Case, asked: Sequence[RecordedSource]) -> None:
    for source in asked:
        if source.kind == VoteKind.FUNCTION and not source.file:
            raise _RefusedError(f"{source.name} was a function of a script, which is not at hand")
        if source.features and not case.where:
            raise _RefusedError(f"{source.name} looks at the image, and its file is gone")


def _load(asked: RunArguments, files: Sequence[Path]) -> Sources:
    model = any(s.kind == VoteKind.MODEL for s in asked.vote_sources)
    return load_sources(
        files,
        asked.expressions,
        label_column=asked.label_column,
        mapping=asked.map,
        parameters=asked.param,
        order=asked.order,
        beside=["from_predictions"] if model else [],
    )


def _cast(case: Case, sources: Sources) -> Sequence[VoteColumn]:
    return cast_votes(
        sources,
        table=case.rows.columns,
        table_name=case.rows.name,
        lines=case.rows.lines,
        records=[(0, row) for row in case.rows.picked],
        where=[case.where],
        make_engine=lambda items: make_engine(1, items),
        asking=Asking(apart=lambda items: make_engine(1, items, apart=True), timeout_s=RULE_TIMEOUT_S),
    )


def _as_recorded(case: Case, sources: Sources) -> list[VoteColumn]:
    """What a model said then. What a person said goes before the rules, and is no answer of theirs."""
    votes = dict(case.decision.votes)
    out = []
    for s in case.arguments.vote_sources:
        if s.kind == VoteKind.MODEL and s.name in votes:
            said = votes[s.name]
            code, why = (s.labels.index(said), {}) if said in s.labels else (ABSTAINED, {0: said})
            labels = (s.name, VoteKind.MODEL, sources.model_priority, s.labels)
            out.append(VoteColumn(*labels, array("h", [code]), why, s.place))
    return out


def _changes(decision: Decision, columns: Sequence[VoteColumn], verdicts: Collection[str]) -> tuple[ChangedVote, ...]:
    now = dict(votes_of(columns, 0))
    then = {name: said for name, said in decision.votes if name not in verdicts}
    pairs = [
        (n, _first_line(then.get(n, "did not vote")), _first_line(now.get(n, "no longer votes"))) for n in now | then
    ]
    return tuple(ChangedVote(*pair) for pair in sorted(pairs) if pair[1] != pair[2])


def _verdicts(asked: RunArguments) -> set[str]:
    return {s.name for s in asked.vote_sources if s.kind == VoteKind.VERDICT}


def _first_line(text: str) -> str:
    return text.partition("\n")[0]


def _other_features(decision: Decision, columns: Sequence[VoteColumn]) -> list[str]:
    """The numbers that the image gives now, where they are others."""
    then = decision.features
    now = {name: values[0] for c in columns for name, values in c.inputs.features.items()}
    return [
        f"{name} was {then[name]:.6g}, and is {now[name]:.6g}" for name in now if then.get(name, now[name]) != now[name]
    ]


def _same(decision: Decision, now: AskedAgain) -> bool:
    return (decision.state, decision.label) == (now.state, now.label)


def _sentence(case: Case, now: AskedAgain, *, as_then: bool) -> str:
    which = "the same rules" if as_then else "the rules as they are now"
    said = f"say {now.label}" if now.label is not None else f"leave it {now.state}"
    recorded = case.decision
    if recorded.by in {DecidedBy.PERSON, DecidedBy.VERDICT}:
        return f"asked again today, {which} {said}; a person's decision goes before them"
    if _same(recorded, now):
        return f"asked again today, {which} {said}{'' if as_then else ' too'}"
    before = f"not {recorded.label}" if recorded.label is not None else f"while it was {recorded.state}"
    return f"asked again today, {which} {said}, {before}"
