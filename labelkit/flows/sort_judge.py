"""Decide every image of a sort: match rows, vote, settle, and let people outrank rules."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from labelkit.domain.decisions import Decided, DecidedBy, ImageKey, State
from labelkit.domain.errors import DataError, MetadataError, RuleFailedError
from labelkit.domain.names import shown
from labelkit.domain.placing import Placement
from labelkit.domain.table import Table
from labelkit.domain.votes import FAILED, VoteColumn
from labelkit.flows.run import Run
from labelkit.flows.sort_answers import Answers, Room, hear, read_answers
from labelkit.flows.sort_contents import still_true
from labelkit.flows.sort_options import OnError, SortOptions
from labelkit.flows.sort_overlaps import seen_once_each
from labelkit.flows.sort_scene import Scene, Standing, located, see, standing_in
from labelkit.flows.sort_votes import have_voted
from labelkit.flows.table_reading import aggregated, read_table
from labelkit.plugins.sources import Sources
from labelkit.sorting.by_hand import BY_HAND
from labelkit.sorting.matching import Matches, match, match_path_fields
from labelkit.sorting.near_misses import near_misses, pad_hint
from labelkit.sorting.options import Fallback, Policy, parse_policy
from labelkit.sorting.policy import STATES, Verdicts, decided_by, settle, why
from labelkit.sorting.written_names import fields_of
from labelkit.storage.ledger import Ledger

MISSING_SHARE = 0.5
"""More rows than this without their file means that the table and the folder do not belong together."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What votes, people and fallbacks made of one image."""

    state: State
    label: str | None
    by: DecidedBy
    name: str
    why: str = ""
    kept: bool = False
    """Nothing of this sort speaks of it: the decision in force stands as recorded."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the ledger knew before this sort: the latest decisions, and where images stood."""

    decisions: Mapping[ImageKey, Decided]
    placements: Mapping[ImageKey, Placement]


@dataclass(frozen=True, slots=True)
class Judged:
    """Everything that is known once every image is decided."""

    scene: Scene
    standing: Standing
    sources: Sources
    matches: Matches | None
    columns: tuple[VoteColumn, ...]
    verdicts: Verdicts
    choices: tuple[Choice, ...]
    before: Recorded
    answers: Answers = field(default_factory=Answers)
    changed: tuple[ImageKey, ...] = ()
    """Images whose source was written over since they were placed: what stands in base_dir is the earlier one."""
    unseen: tuple[ImageKey, ...] = ()
    """Images that stand in base_dir and are in none of the sources: of other sources, or their original is gone."""
    lost: tuple[ImageKey, ...] = ()
    """Images that a move took out of their source and a person out of base_dir."""
    workers: Mapping[int, int] = field(default_factory=dict)
    """Worker process to how many images rules were asked about there."""


def policy_of(options: SortOptions, sources: Sources) -> Policy:
    """The policy asked for, else a TOML rules file's, else `priority`."""
    return options.policy or parse_policy(sources.policy or "priority")


def judge(options: SortOptions, sources: Sources, ledger: Ledger, run: Run) -> Judged:
    """See what there is, and decide every image."""
    files = read_answers(options)
    before = Recorded(ledger.decided(), ledger.placements())
    standing = standing_in(options.base_dir, before.placements)
    scene = see(options.sources, standing.placements, before.decisions)
    seen_once_each(scene.images, standing.placements, options.base_dir)
    matches = match_rows(options, scene) if options.has_rules else None
    where = located(scene.images, os.path.abspath(options.base_dir), standing.placements)  # noqa: PTH100 - as walk does
    votes = have_voted(sources, matches, where, run, timeout_s=options.rule_timeout)
    columns = votes.columns
    room = Room(scene, standing, before.decisions, ledger)
    answers = hear(options, files, room, sources=sources, columns=columns)
    columns = (*answers.verdicts, *columns, *answers.model)
    listed = {image for image, _ in matches.records} if matches else set()
    verdicts = settle(
        columns,
        images=len(scene.images),
        unlisted=[matches is not None and i not in listed for i in range(len(scene.images))],
        policy=policy_of(options, sources),
        on_abstain=options.on_abstain,
        on_conflict=options.on_conflict,
    )
    standing, changed = still_true(scene, standing, os.path.abspath(options.base_dir))  # noqa: PTH100 - as walk does
    choices = _choices(verdicts, columns, answers)
    if not options.has_rules:
        choices = [
            _kept(c, before.decisions.get(s.key), i, answers)
            for i, (c, s) in enumerate(zip(choices, scene.images, strict=True))
        ]
    seen = {i.key for i in scene.images}
    unseen, lost = (tuple(sorted(keys - seen)) for keys in (standing.placements.keys(), standing.found.gone))
    known = (scene, standing, sources, matches, columns, verdicts, tuple(choices), before)
    return Judged(*known, answers, changed, unseen, lost, votes.workers)


def _table(options: SortOptions, images: Sequence[ImageKey]) -> Table | None:
    if isinstance(options.metadata, tuple) and not options.metadata:
        return None
    return read_table(options.metadata, options.reading, images, known=fields_of(options.path_fields or ""))


def match_rows(options: SortOptions, scene: Scene) -> Matches | None:
    """The rows of the metadata with the images they speak of; None without metadata.

    Raises:
        MetadataError: a table that cannot be read for sure, or most of its rows have no file.

    """
    keys = [i.key for i in scene.images]
    table = _table(options, keys)
    if options.path_fields is not None:
        matches = match_path_fields(keys, table, options.path_fields)
    elif table is not None:
        matches = match(keys, table, file=options.file, pad_digits=options.reading.pad_digits)
    else:
        return None
    hint = pad_hint(near_misses([key.path for key in keys], matches.missing)) if not options.path_fields else ""
    rows = len(table) if table is not None else 0
    if len(matches.missing) > rows * MISSING_SHARE and not options.allow_missing:
        place, name = matches.missing[0]
        raise MetadataError(
            f"{len(matches.missing):,} of {rows:,} rows have no file, the first is '{name}'",
            place=place,
            remedy=f"looked below {', '.join(str(s) for s in options.sources)}; nothing was moved; "
            f"if that is as it should be: --allow-missing{hint and f'{chr(10)}{hint}'}",
        )
    return aggregated(matches.told(hint), options.reading)


def _choices(verdicts: Verdicts, columns: Sequence[VoteColumn], answers: Answers) -> list[Choice]:
    """One choice an image; images that the same source gave the same label share theirs."""
    special = {*answers.by_hand.persons, *(i for _, i in answers.whys)}
    shared: dict[tuple[int, int, int], Choice] = {}
    choices = []
    for i, key in enumerate(zip(verdicts.state, verdicts.label, verdicts.by, strict=True)):
        choice = shared.get(key)
        if choice is None or i in special:
            choice = _chosen(verdicts, columns, i, answers)
            if choice.state is State.LABELED and i not in special:
                shared[key] = choice
        choices.append(choice)
    return choices


def _chosen(verdicts: Verdicts, columns: Sequence[VoteColumn], i: int, answers: Answers) -> Choice:
    person = answers.by_hand.persons.get(i)
    if person is not None:
        return Choice(State.LABELED, person, DecidedBy.PERSON, "", "a person put it there")
    state = STATES[verdicts.state[i]]
    label = verdicts.labels[verdicts.label[i]] if verdicts.label[i] >= 0 else None
    by, name = decided_by(columns, verdicts.by[i])
    return Choice(state, label, by, name, answers.whys.get((by, i)) or why(columns, i, state))


def _kept(choice: Choice, before: Decided | None, i: int, answers: Answers) -> Choice:
    """Without rules: the decision in force, where no answer of this sort and no drag changes it."""
    if before is None or i in answers.dragged:
        return choice
    by_hand = before.by in BY_HAND and (before.by, before.label) == (choice.by, choice.label)
    if i in answers.fresh and not by_hand:
        return choice
    if i in answers.unsure and (before.by is DecidedBy.MODEL or before.state is State.ABSTAINED):
        return choice  # what a model said before, or why it left the image, holds no longer
    return Choice(before.state, before.label, before.by, before.name, before.why, kept=True)


def stop_when_unsettled(options: SortOptions, judged: Judged) -> None:
    """Raise where the options say that an unsettled image ends the run; nothing was placed yet."""
    states = [None if c.kept else c.state for c in judged.choices]
    if options.on_error is OnError.STOP and State.ERROR in states:
        i = states.index(State.ERROR)
        column = next(c for c in judged.columns if c.codes[i] == FAILED)
        raise RuleFailedError(
            f"{states.count(State.ERROR):,} images could not be judged; "
            f"{column.name} on {shown(judged.scene.images[i].key.path)}: {column.reasons.get(i, 'failed')}",
            place=column.place,
            remedy="nothing was moved; mend the rule, or go on without these images: --on-error hold",
        )
    for unsettled, state, option in (
        (options.on_abstain, State.ABSTAINED, "--on-abstain"),
        (options.on_conflict, State.CONFLICT, "--on-conflict"),
    ):
        if unsettled.kind is Fallback.ERROR and state in states:
            i = states.index(state)
            raise DataError(
                f"{states.count(state):,} images are {state}, the first is {shown(judged.scene.images[i].key.path)} "
                f"({why(judged.columns, i, state)})",
                remedy=f"nothing was moved; {option} error asked to stop here",
            )
