"""Ask every function, and look at the images that any rule wants to see: each once, in shards through an engine."""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import sys
import tempfile
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pickle import PicklingError

from labelkit.domain.errors import RulesError
from labelkit.domain.votes import NO_VALUE, Records, VoteColumn, VoteKind, fold
from labelkit.engines.choose import SHARD
from labelkit.engines.engine import Engine, Lost, Receipt
from labelkit.plugins.cells import Cell, CellTable
from labelkit.plugins.expressions.rule import ExpressionRule
from labelkit.plugins.function_rule import FunctionRule, Vote, ask
from labelkit.plugins.plain_code import is_plain
from labelkit.plugins.row import Row
from labelkit.plugins.sources import Rule
from labelkit.storage.feature_cache import NewValues
from labelkit.tasks.asking import Asking
from labelkit.tasks.vote_cache import kept_features, to_be_looked_at, with_known
from labelkit.tasks.vote_inputs import wanted_features
from labelkit.tasks.vote_on_images import Extras, ImageAnswer, ImageItem, VoteOnImages, unanswered
from labelkit.tasks.watch import Limits, Watch, can_stop

Gates = Mapping[str, Mapping[int, Vote]]
"""Function's name to the votes of the records on which it is not asked."""

_AT_ONCE = 4096
"""Images whose new values are kept together."""


@dataclass(frozen=True, slots=True)
class Room:
    """What all rules vote on."""

    cells: CellTable
    table_name: str
    lines: Sequence[int] | Callable[[int], str]
    records: Records
    where: Sequence[str]

    def place(self, row: int) -> str:
        """`metadata.csv:41`."""
        return self.lines(row) if callable(self.lines) else f"{self.table_name}:{self.lines[row]}"


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of asking the functions and looking at the images.

    Attributes:
        numbers: recorded name of a feature to one number an image.
        votes: function's name to record index to vote, for the records on which it was asked.
        faults: image index to why it cannot be decoded.
        seconds: function's name to what asking it took, where that is timed.

    """

    numbers: Mapping[str, array[float]]
    votes: Mapping[str, dict[int, Vote]]
    faults: Mapping[int, str]
    seconds: Mapping[str, float] = field(default_factory=dict)


def gate_of(rule: FunctionRule, room: Room) -> dict[int, Vote]:
    """The records on which a function is not asked, because a value or the row is missing."""
    function, rows = rule.function, room.records.row
    out: dict[int, Vote] = {}
    if function.wants_row or function.columns:
        out = {i: (NO_VALUE, "no row") for i, row in enumerate(rows) if row < 0}
    for name in function.columns:
        missing = room.cells[name].missing
        for i, row in enumerate(rows):
            if row >= 0 and missing[row] and i not in out:
                out[i] = (NO_VALUE, f"no value: {name}")
    return out


@dataclass(frozen=True, slots=True)
class _Work:
    """What goes through the engine: the task, the images, and who does them."""

    task: VoteOnImages
    items: Sequence[ImageItem]
    make_engine: Callable[[int], Engine]
    asking: Asking


def look(
    rules: Sequence[Rule], gates: Gates, room: Room, *, make_engine: Callable[[int], Engine], asking: Asking
) -> Seen:
    """Ask every function; images that any rule wants to see go through the engine, each once."""
    functions = [rule for rule in rules if isinstance(rule, FunctionRule)]
    apart = asking.apart if asking.apart is not None and any(_may_harm(rule) for rule in functions) else None
    through = tuple(f for f in functions if f.function.features or (apart and _may_harm(f)))
    scalars = _scalars(rules, room)
    items = list(_items(through, gates, room, every=bool(scalars)))
    asking.advance(len(room.where) - len(items))
    wanted = wanted_features(through, scalars)
    numbers = {name: array("d", [math.nan]) * len(room.where) for name in (*scalars, *(w.key for w in wanted))}
    here = [f for f in functions if f not in through]
    with tempfile.TemporaryDirectory(prefix="labelkit-") if items and through else contextlib.nullcontext("") as marks:
        task = VoteOnImages(through, scalars, tuple(room.cells.names), wanted, _extras(through, scalars, asking, marks))
        found = _gathered(_Work(task, items, apart or make_engine, asking), room, numbers)
    votes, seconds = _ask_here(here, gates, room, asking)
    return replace(found, votes={**found.votes, **votes}, seconds={**found.seconds, **seconds})


def _may_harm(rule: FunctionRule) -> bool:
    """Whether a rule is better asked in a process of its own; functions handed in belong to the caller's process."""
    return rule.file is not None and (not is_plain(rule.file) or not can_stop())


def _extras(rules: Sequence[FunctionRule], scalars: Sequence[str], asking: Asking, marks: str) -> Extras:
    kept = kept_features(rules, scalars) if asking.cache is not None else ()
    limits = Limits(asking.timeout_s, marks, os.getpid())
    return Extras(kept, str(asking.cache.path) if asking.cache is not None else "", limits, asking.clock)


def _gathered(work: _Work, room: Room, numbers: Mapping[str, array[float]]) -> Seen:
    """The answers, by rule and by feature."""
    task = work.task
    votes: dict[str, dict[int, Vote]] = {rule.name: {} for rule in task.rules}
    faults: dict[int, str] = {}
    seconds = {rule.name: 0.0 for rule in task.rules}
    first = _first_records(room.records) if work.items else {}
    for item, answer in _answers(work):
        for name, value in zip(numbers, (*answer.scalars, *answer.features), strict=True):
            numbers[name][item.image] = value
        if answer.fault:
            faults[item.image] = answer.fault
        for offset, (asked, cast) in enumerate(zip(item.records, answer.votes, strict=True)):
            for index, vote in zip(asked[1], cast, strict=True):
                votes[task.rules[index].name][first[item.image] + offset] = vote
        for rule, took in zip(task.rules, answer.seconds, strict=False):
            seconds[rule.name] += took
    return Seen(numbers, votes, faults, seconds)


def _scalars(rules: Sequence[Rule], room: Room) -> tuple[str, ...]:
    named = [name for r in rules if isinstance(r, ExpressionRule) for name in r.features(room.cells.names)]
    return tuple(dict.fromkeys(named))


def _first_records(records: Records) -> dict[int, int]:
    return {image: i for i, image in reversed(list(enumerate(records.image)))}


def _items(lookers: Sequence[FunctionRule], gates: Gates, room: Room, *, every: bool) -> Iterator[ImageItem]:
    """The images to be looked at, with the rules to ask for each of their records."""
    if not lookers and not every:
        return
    with_rows = any(rule.function.wants_row for rule in lookers)
    cells = [room.cells[name].typed for name in room.cells.names] if with_rows else []
    records: dict[int, list[tuple[tuple[Cell, ...] | None, tuple[int, ...]]]] = {}
    for i, (image, row) in enumerate(room.records):
        asked = tuple(k for k, rule in enumerate(lookers) if i not in gates[rule.name])
        records.setdefault(image, []).append((tuple(c[row] for c in cells) if row >= 0 else None, asked))
    for image, found in records.items():
        if every or any(asked for _, asked in found):
            yield ImageItem(image, room.where[image], tuple(found))


def _answers(work: _Work) -> Iterator[tuple[ImageItem, ImageAnswer]]:
    """Every image with its answer; what the cache does not know yet is kept on the way."""
    if not work.items:
        return
    asking, task = work.asking, work.task
    items = with_known(work.items, task.extras.kept, asking.cache)
    shards = [items[i : i + SHARD] for i in range(0, len(items), SHARD)]
    new: list[NewValues] = []
    with closing(work.make_engine(to_be_looked_at(items, task.rules, task.extras.kept))) as engine:
        for receipt in _receipts(engine, task, shards):
            shard = shards[receipt.shard]
            for item, result in zip(shard, receipt.results, strict=True):
                answer = unanswered(item, fault=result.reason, task=task) if isinstance(result, Lost) else result
                new += [answer.new] if answer.new is not None else []
                yield item, answer
            asking.tell_worker(receipt.worker, len(shard))
            asking.advance(len(shard))
            if asking.cache is not None and len(new) >= _AT_ONCE:
                asking.cache.keep(new)
                new.clear()
    if asking.cache is not None:
        asking.cache.keep(new)


def _receipts(
    engine: Engine, task: VoteOnImages, shards: Sequence[Sequence[ImageItem]]
) -> Iterator[Receipt[ImageAnswer]]:
    try:
        yield from engine.run(task, shards)
    except PicklingError as e:
        names = ", ".join(rule.name for rule in task.rules if rule.file is None)
        raise RulesError(
            f"a Python function holds what cannot go to worker processes (a lock, an open file): one of {names}",
            remedy="put it into a rules file and give its path, or run with one job",
        ) from e


def _ask_here(
    asked: Sequence[FunctionRule], gates: Gates, room: Room, asking: Asking
) -> tuple[Mapping[str, dict[int, Vote]], Mapping[str, float]]:
    """Ask the functions that look at no image, row by row in this process; each row is made once for all."""
    votes: dict[str, dict[int, Vote]] = {rule.name: {} for rule in asked}
    seconds = {rule.name: 0.0 for rule in asked}
    calls = [(i, rule, gates[rule.name], votes[rule.name]) for i, rule in enumerate(asked)]
    names = room.cells.names if any(rule.function.wants_row for rule in asked) else []
    rows = room.records.row if asked else ()
    clock = asking.clock
    with Watch(Limits(asking.timeout_s)) as watch, contextlib.redirect_stdout(sys.stderr):
        for i, (row, cells) in enumerate(zip(rows, _cells_of(rows, names, room), strict=False)):
            made = [Row(names, cells)] if row >= 0 else []
            for index, rule, gate, cast in calls:
                if i in gate:
                    continue
                begun = clock() if clock else 0.0
                cast[i] = ask(rule, made if rule.function.wants_row else (), watch=watch, index=index)
                seconds[rule.name] += clock() - begun if clock else 0.0
    return votes, seconds


def _cells_of(rows: Sequence[int], names: Sequence[str], room: Room) -> Iterator[tuple[Cell, ...]]:
    """The cells of each row; of -1, no row, whatever stands last."""
    if not names:
        return itertools.repeat(())
    columns = [room.cells[name].typed or [None] for name in names]
    return zip(*(map(column.__getitem__, rows) for column in columns), strict=True)


def folded(
    rule: Rule,
    kind: VoteKind,
    labels: tuple[str, ...],
    codes: Sequence[int],
    reasons: Mapping[int, str],
    room: Room,
) -> VoteColumn:
    """A rule's column from its votes on records."""
    by_image, why = fold(codes, reasons, room.records, labels=labels, place=room.place)
    return VoteColumn(rule.name, kind, rule.priority, labels, by_image, why, rule.place)
