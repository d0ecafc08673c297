"""Decide every image of a sort: match rows, vote, settle, and let people outrank rules."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from labelkit.domain.decisions import DecidedBy, Decision, ImageKey, State
from labelkit.domain.errors import DataError, MetadataError, RuleFailedError
from labelkit.domain.names import shown
from labelkit.domain.placing import Mode, Placement
from labelkit.domain.table import Table
from labelkit.domain.votes import FAILED, VoteColumn
from labelkit.engines.choose import make_engine
from labelkit.flows.run import Run
from labelkit.flows.sort_options import OnError, SortOptions
from labelkit.flows.sort_scene import Scene, Standing, located, see, standing_in
from labelkit.plugins.sources import Sources
from labelkit.sorting.matching import Matches, match, match_path_fields
from labelkit.sorting.options import Fallback, Policy, parse_policy
from labelkit.sorting.policy import STATES, Verdicts, decided_by, settle, why
from labelkit.storage.hashing import sha256_of
from labelkit.storage.ledger import Ledger
from labelkit.storage.metadata import read_metadata
from labelkit.tasks.vote import cast_votes

MISSING_SHARE = 0.5
"""More rows than this without their file means that the table and the folder do not belong together."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What votes, people and fallbacks made of one image."""

    state: State
    label: str | None
    by: DecidedBy
    name: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the ledger knew before this sort: the latest decisions, and where images stood."""

    decisions: Mapping[ImageKey, Decision]
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
    changed: tuple[ImageKey, ...] = ()
    """Images whose source was written over since they were placed: what stands in base_dir is the earlier one."""

    @property
    def unseen(self) -> tuple[ImageKey, ...]:
        """Images that stand in base_dir and are in none of the sources: of other sources, or their original is gone."""
        seen = {i.key for i in self.scene.images}
        return tuple(sorted((k for k in self.standing.placements if k not in seen), key=lambda k: (k.root, k.path)))

    @property
    def lost(self) -> tuple[ImageKey, ...]:
        """Images that a move took out of their source and a person out of base_dir."""
        seen = {i.key for i in self.scene.images}
        return tuple(sorted((k for k in self.standing.found.gone if k not in seen), key=lambda k: (k.root, k.path)))


def policy_of(options: SortOptions, sources: Sources) -> Policy:
    """The policy asked for, else a TOML rules file's, else `priority`."""
    return options.policy or parse_policy(sources.policy or "priority")


def judge(options: SortOptions, sources: Sources, ledger: Ledger, run: Run) -> Judged:
    """See what there is, and decide every image."""
    before = Recorded(ledger.decisions(), ledger.placements())
    standing = standing_in(options.base_dir, before.placements)
    scene = see(options.sources, standing.placements)
    matches = _match(options, scene)
    columns = _vote(options, sources, scene, standing, matches, run)
    listed = {image for image, _ in matches.records} if matches else set()
    verdicts = settle(
        columns,
        images=len(scene.images),
        unlisted=[matches is not None and i not in listed for i in range(len(scene.images))],
        policy=policy_of(options, sources),
        on_abstain=options.on_abstain,
        on_conflict=options.on_conflict,
    )
    standing, changed = _still_true(scene, standing)
    persons = _persons(before, standing)
    choices = tuple(_chosen(verdicts, columns, i, persons.get(s.key)) for i, s in enumerate(scene.images))
    return Judged(scene, standing, sources, matches, columns, verdicts, choices, before, changed)


def _still_true(scene: Scene, standing: Standing) -> tuple[Standing, tuple[ImageKey, ...]]:
    """Look again at placed images whose source has another stamp: same content, or written over."""
    placements, changed = dict(standing.placements), []
    for image in scene.images:
        p = placements.get(image.key)
        if p is None or p.mode is Mode.MOVE or p.source_stamp == image.stamp:
            continue
        if sha256_of(image.where) == p.sha256:
            placements[image.key] = replace(p, source_stamp=image.stamp)
        else:
            changed.append(image.key)
    return Standing(placements, standing.found), tuple(changed)


def _table(options: SortOptions) -> Table | None:
    if isinstance(options.metadata, Table):
        return options.metadata
    return read_metadata(options.metadata, columns=options.columns) if options.metadata else None


def _match(options: SortOptions, scene: Scene) -> Matches | None:
    keys = [i.key for i in scene.images]
    table = _table(options)
    if options.path_fields is not None:
        matches = match_path_fields(keys, table, options.path_fields)
    elif table is not None:
        matches = match(keys, table, file=options.file)
    else:
        return None
    rows = len(table) if table is not None else 0
    if len(matches.missing) > rows * MISSING_SHARE and not options.allow_missing:
        place, name = matches.missing[0]
        raise MetadataError(
            f"{len(matches.missing):,} of {rows:,} rows have no file, the first is '{name}'",
            place=place,
            remedy=f"looked below {', '.join(str(s) for s in options.sources)}; nothing was moved; "
            "if that is as it should be: --allow-missing",
        )
    return matches


def _vote(
    options: SortOptions, sources: Sources, scene: Scene, standing: Standing, matches: Matches | None, run: Run
) -> tuple[VoteColumn, ...]:
    where = located(scene.images, os.path.abspath(options.base_dir), standing.placements)  # noqa: PTH100 - as walk does
    run.progress.start("voting", len(where))
    columns = cast_votes(
        sources,
        table=matches.table.columns if matches else {},
        table_name=matches.table.name if matches else "",
        lines=matches.table.lines if matches else (),
        records=matches.records if matches else (),
        where=where,
        make_engine=lambda items: make_engine(run.workers, items),
        advance=run.progress.advance,
    )
    run.progress.finish()
    return columns


def _persons(before: Recorded, standing: Standing) -> dict[ImageKey, str]:
    """Labels that a person gave by dragging files, now or before; they outrank rules."""
    labels = {key: d.label for key, d in before.decisions.items() if d.by is DecidedBy.PERSON and d.label is not None}
    labels.update({key: path.partition("/")[0] for key, path in standing.found.dragged.items()})
    return labels


def _chosen(verdicts: Verdicts, columns: Sequence[VoteColumn], i: int, person: str | None) -> Choice:
    if person is not None:
        return Choice(State.LABELED, person, DecidedBy.PERSON, "")
    state = STATES[verdicts.state[i]]
    label = verdicts.labels[verdicts.label[i]] if verdicts.label[i] >= 0 else None
    return Choice(state, label, *decided_by(columns, verdicts.by[i]))


def stop_when_unsettled(options: SortOptions, judged: Judged) -> None:
    """Raise where the options say that an unsettled image ends the run; nothing was placed yet."""
    states = [c.state for c in judged.choices]
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
