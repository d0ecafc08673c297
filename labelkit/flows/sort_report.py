"""Count what a sort did into the value it returns."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path

from labelkit.domain.decisions import DecidedBy, State
from labelkit.domain.placing import Action, Plan, StepReceipt
from labelkit.domain.sort_result import Problem, SortResult
from labelkit.domain.units import told_bytes
from labelkit.flows.run import Run
from labelkit.flows.sort_judge import Judged
from labelkit.flows.sort_options import SortOptions
from labelkit.sorting.analysis import analyse
from labelkit.sorting.reconcile import moves
from labelkit.storage.preflight import Needs

_HELD = (State.ERROR, State.CONFLICT, State.ABSTAINED, State.UNLISTED)


def make_result(
    options: SortOptions,
    run: Run,
    judged: Judged,
    plan: Plan,
    needs: Needs,
    *,
    said: tuple[str, ...],
    receipts: Sequence[StepReceipt],
    seconds: Mapping[str, float],
) -> SortResult:
    """Count states, labels and steps, and list what needs a person."""
    actions = [r.step.action for r in receipts if not r.failure]
    done = {action: actions.count(action) for action in Action}
    return SortResult(
        run="" if options.dry_run else run.id,
        base_dir=plan.base_dir,
        plan=plan,
        seen=len(judged.choices),
        not_image=judged.scene.not_image,
        skipped=judged.scene.skipped,
        states=_states(judged),
        missing=len(_missing(judged)),
        labels=_labels(judged),
        done=done[Action.PLACE],
        already=done[Action.KEEP],
        relocated=done[Action.RELOCATE],
        withdrawn=done[Action.WITHDRAW],
        failed=sum(bool(r.failure) for r in receipts) + len(judged.changed),
        sources=analyse(judged.columns, judged.verdicts),
        problems=tuple(_problems(judged, receipts)),
        stays=tuple(_stays(judged)),
        moves=moves(plan),
        said=said,
        bytes_needed=needs.bytes_needed,
        bytes_free=needs.bytes_free,
        dry_run=options.dry_run,
        seconds=seconds,
        workers=judged.workers,
    )


def _states(judged: Judged) -> dict[State, int]:
    states = [c.state for c in judged.choices]
    return {s: states.count(s) for s in State}


def _labels(judged: Judged) -> dict[str, int]:
    """Images a label, in text order; labels that rules may give but nobody got count 0."""
    counts = Counter(c.label for c in judged.choices if c.label is not None)
    return {name: counts[name] for name in sorted({*judged.sources.labels, *counts})}


def _problems(judged: Judged, receipts: Sequence[StepReceipt]) -> Iterator[Problem]:
    held = {i: c for i, c in enumerate(judged.choices) if c.state is not State.LABELED}
    rows = _rows(judged, held)
    for state in _HELD:
        for i, c in held.items():
            if c.state is state:
                places = ", ".join(rows.get(i, ()))
                yield Problem(judged.scene.images[i].key.path, places, str(state), c.why or "as recorded")
    for place, name in _missing(judged):
        yield Problem(name, place, "missing", "the row's file is not there")
    for r in receipts:
        if r.failure:
            yield Problem(r.step.image.path, "", "failed", r.failure)
    for key in judged.lost:
        why_gone = "it was taken out of base_dir by hand, and is not in its source either"
        yield Problem(key.path, "", "gone", why_gone)
    for key in judged.changed:
        yield Problem(
            key.path,
            "",
            "failed",
            "its source was written over since it was placed; base_dir still holds the earlier image; "
            f"take {judged.standing.placements[key].target} away and sort again",
        )


def _missing(judged: Judged) -> list[tuple[str, str]]:
    """(place, file as written) of rows and answers whose image is not there."""
    return [*(judged.matches.missing if judged.matches else ()), *judged.answers.missing]


def _rows(judged: Judged, images: Container[int]) -> dict[int, list[str]]:
    """The places of the rows that speak of some images."""
    out: dict[int, list[str]] = defaultdict(list)
    if judged.matches:
        for image, row in judged.matches.records:
            if image in images:
                out[image].append(judged.matches.table.place(row))
    return out


def _stays(judged: Judged) -> Iterator[tuple[str, str]]:
    """Images that stand where a person put them although the rules, or an answer of this sort, say otherwise."""
    for i, c in enumerate(judged.choices):
        if c.label is not None and (c.by is DecidedBy.PERSON or i in judged.answers.by_hand.overruled):
            label = judged.verdicts.label[i]
            silent = label < 0 and c.kept
            if i in judged.answers.by_hand.overruled or not (silent or _says(judged, label, c.label)):
                yield judged.scene.images[i].key.path, c.label


def _says(judged: Judged, label: int, wanted: str) -> bool:
    return label >= 0 and judged.verdicts.labels[label] == wanted


def _told_sources(sources: Sequence[Path], judged: Judged) -> Iterator[str]:
    """How many images each folder has, and which files were named one by one."""
    seen = Counter(i.key.root for i in judged.scene.images)
    given = {os.path.abspath(s): s for s in sources}  # noqa: PTH100 - as walk does
    folders = {root: s for root, s in given.items() if s.is_dir()}
    for root, source in folders.items():
        yield f"{source}: {seen[root]:,} images"
    named = [s for root, s in given.items() if root not in folders]
    if named:
        more = len(named) - 1
        yield f"{named[0]} and {more:,} more: single images" if more else f"{named[0]}: a single image"


def told_before(options: SortOptions, judged: Judged, plan: Plan, needs: Needs) -> Iterator[str]:
    """What a person should read before anything moves: what was settled, the space needed, and what changes class."""
    yield from _told_sources(options.sources, judged)
    yield from judged.matches.table.said if judged.matches else ()
    if judged.matches:
        if judged.matches.steps:
            steps = ", ".join(f"{n:,} by {step}" for step, n in judged.matches.steps.items())
            yield f"rows found their images: {steps}"
        if judged.matches.repeated:
            yield f"{judged.matches.repeated:,} rows repeat another word for word and were counted once"
    yield from judged.sources.summary
    for column in judged.columns:
        yield from column.said
    if options.metadata and not options.has_rules:
        yield "metadata: not read, for no rule asks for it"
    yield from judged.answers.said
    if judged.unseen:
        n = len(judged.unseen)
        yield f"{n:,} more in base_dir {'is' if n == 1 else 'are'} in none of these sources and left as they are"
    if needs.bytes_needed:
        yield f"needs {told_bytes(needs.bytes_needed)}, {told_bytes(needs.bytes_free)} free"
    for (a, b), n in moves(plan).items():
        yield f"{a} → {b}: {n:,} {'image' if n == 1 else 'images'}"
