"""Have every source vote on every image: columns at once, rows one by one, images in shards through an engine."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pickle import PicklingError

from labelkit.domain.errors import MetadataError, RulesError
from labelkit.domain.names import did_you_mean
from labelkit.domain.votes import ABSTAINED, FAILED, NO_VALUE, Records, VoteColumn, VoteKind, fold
from labelkit.engines.choose import SHARD
from labelkit.engines.engine import Engine, Lost, Receipt
from labelkit.plugins.cells import Cell, CellTable
from labelkit.plugins.expressions.rule import ExpressionRule, check_names
from labelkit.plugins.function_rule import FunctionRule, Vote, ask
from labelkit.plugins.label_column import ColumnRule, vote_by_column
from labelkit.plugins.row import Row
from labelkit.plugins.sources import Rule, Sources
from labelkit.tasks.vote_on_images import ImageAnswer, ImageItem, VoteOnImages, unanswered


def cast_votes(
    sources: Sources,
    *,
    table: Mapping[str, Sequence[str]],
    table_name: str,
    lines: Sequence[int],
    records: Iterable[tuple[int, int]],
    where: Sequence[str],
    make_engine: Callable[[int], Engine],
    advance: Callable[[int], None] = lambda _: None,
) -> tuple[VoteColumn, ...]:
    """The votes of every rule on every image, one column a rule, in the order of the rules.

    The result depends on nothing but the rules, the rows and the images: not on the number of workers, not on order.

    Args:
        sources: what votes.
        table: the metadata's columns, cells as text; empty without metadata.
        table_name: the metadata in messages.
        lines: line number of each row, for messages.
        records: (image index, row index) pairs; an image may have several; one without a row is left out, or has -1.
        where: absolute path of each image's file.
        make_engine: makes the engine for so many images; only called when a rule looks at images.
        advance: told how many more images are done; `len(where)` in all.

    Raises:
        MetadataError: a column that a rule needs is not there (names the nearest), or a label column holds values that
            are no labels.
        RulesError: an expression names what is neither parameter, column nor image feature.

    """
    room = _Room(CellTable(table), table_name, lines, Records.of(len(where), records), where)
    for rule in sources.rules:
        _check(rule, room)
    gates = {rule.name: _gate(rule, room) for rule in sources.rules if isinstance(rule, FunctionRule)}
    seen = _look(sources.rules, gates, room, make_engine=make_engine, advance=advance)
    return tuple(_column(rule, gates, seen, room) for rule in sources.rules)


@dataclass(frozen=True, slots=True)
class _Room:
    """What all rules vote on."""

    cells: CellTable
    table_name: str
    lines: Sequence[int]
    records: Records
    where: Sequence[str]

    def place(self, row: int) -> str:
        """`metadata.csv:41`."""
        return f"{self.table_name}:{self.lines[row]}"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What came of asking the functions and looking at the images.

    Attributes:
        scalars: feature name to one number an image.
        votes: function's name to record index to vote, for the records on which it was asked.
        faults: image index to why it cannot be decoded.

    """

    scalars: Mapping[str, array[float]]
    votes: Mapping[str, dict[int, Vote]]
    faults: Mapping[int, str]


def _check(rule: Rule, room: _Room) -> None:
    columns = room.cells.names
    if isinstance(rule, ExpressionRule):
        check_names(rule, columns, table=room.table_name)
        return
    needed = (rule.column,) if isinstance(rule, ColumnRule) else rule.function.columns
    for name in needed:
        if name not in room.cells:
            raise _no_column(name, rule, columns, room.table_name)


def _no_column(name: str, rule: Rule, columns: list[str], table: str) -> MetadataError:
    if not columns:
        message = f"'{rule.name}' needs the column '{name}', but no metadata was given"
        return MetadataError(message, place=rule.place, remedy="give the table: --metadata FILE")
    return MetadataError(f"{table} has no column '{name}'", place=rule.place, remedy=did_you_mean(name, columns))


def _gate(rule: FunctionRule, room: _Room) -> dict[int, Vote]:
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


def _look(
    rules: Sequence[Rule],
    gates: Mapping[str, dict[int, Vote]],
    room: _Room,
    *,
    make_engine: Callable[[int], Engine],
    advance: Callable[[int], None],
) -> _Seen:
    """Ask every function; images that any rule wants to see go through the engine, each once."""
    lookers = tuple(rule for rule in rules if isinstance(rule, FunctionRule) and rule.function.features)
    scalars = _scalars(rules, room)
    items = list(_items(lookers, gates, room, every=bool(scalars)))
    advance(len(room.where) - len(items))
    numbers = {name: array("d", [0.0]) * len(room.where) for name in scalars}
    votes: dict[str, dict[int, Vote]] = {rule.name: {} for rule in lookers}
    faults: dict[int, str] = {}
    task = VoteOnImages(lookers, scalars, tuple(room.cells.names))
    first = _first_records(room.records) if items else {}
    for item, answer in _answers(task, items, make_engine, advance):
        for name, value in zip(scalars, answer.scalars, strict=True):
            numbers[name][item.image] = value
        if answer.fault:
            faults[item.image] = answer.fault
        for offset, (asked, cast) in enumerate(zip(item.records, answer.votes, strict=True)):
            for index, vote in zip(asked[1], cast, strict=True):
                votes[lookers[index].name][first[item.image] + offset] = vote
    return _Seen(numbers, {**votes, **_ask_here(rules, gates, room)}, faults)


def _scalars(rules: Sequence[Rule], room: _Room) -> tuple[str, ...]:
    named = [name for r in rules if isinstance(r, ExpressionRule) for name in r.features(room.cells.names)]
    return tuple(dict.fromkeys(named))


def _first_records(records: Records) -> dict[int, int]:
    return {image: i for i, image in reversed(list(enumerate(records.image)))}


def _items(
    lookers: Sequence[FunctionRule], gates: Mapping[str, dict[int, Vote]], room: _Room, *, every: bool
) -> Iterator[ImageItem]:
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


def _answers(
    task: VoteOnImages,
    items: Sequence[ImageItem],
    make_engine: Callable[[int], Engine],
    advance: Callable[[int], None],
) -> Iterator[tuple[ImageItem, ImageAnswer]]:
    if not items:
        return
    shards = [items[i : i + SHARD] for i in range(0, len(items), SHARD)]
    with closing(make_engine(len(items))) as engine:
        for receipt in _receipts(engine, task, shards):
            shard = shards[receipt.shard]
            for item, result in zip(shard, receipt.results, strict=True):
                yield item, _lost(item, result, task) if isinstance(result, Lost) else result
            advance(len(shard))


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


def _lost(item: ImageItem, lost: Lost, task: VoteOnImages) -> ImageAnswer:
    return unanswered(item, fault=lost.reason, scalars=len(task.scalars))


def _column(rule: Rule, gates: Mapping[str, dict[int, Vote]], seen: _Seen, room: _Room) -> VoteColumn:
    if isinstance(rule, ExpressionRule):
        return _by_expression(rule, seen, room)
    if isinstance(rule, ColumnRule):
        found = vote_by_column(rule, room.cells[rule.column], room.records.row, place=room.place)
        return _folded(rule, VoteKind.COLUMN, found.labels, found.codes, found.reasons, room)
    return _by_function(rule, gates[rule.name], seen.votes[rule.name], room)


def _by_expression(rule: ExpressionRule, seen: _Seen, room: _Room) -> VoteColumn:
    import numpy as np

    from labelkit.plugins.expressions.evaluate import FALSE, TRUE, Columns, judge

    image = np.asarray(room.records.image)
    features = {name: np.asarray(values)[image] for name, values in seen.scalars.items()}
    found = judge(rule, Columns(room.cells, room.records.row, features))
    codes = np.select([found.truth == TRUE, found.truth == FALSE], [0, ABSTAINED], NO_VALUE).tolist()
    reasons = found.reasons
    if seen.faults and rule.features(room.cells.names):
        for i, owner in enumerate(room.records.image):
            if owner in seen.faults:
                codes[i], reasons[i] = FAILED, seen.faults[owner]
    return _folded(rule, VoteKind.EXPRESSION, (rule.label,), codes, reasons, room)


def _by_function(rule: FunctionRule, gate: Mapping[int, Vote], asked: Mapping[int, Vote], room: _Room) -> VoteColumn:
    votes = [gate[i] if i in gate else asked[i] for i in range(len(room.records))]
    labels = rule.labels or tuple(sorted({text for code, text in votes if code >= 0}))
    index = {label: i for i, label in enumerate(labels)}
    codes = [index[text] if code >= 0 else code for code, text in votes]
    hint = _text_hint(rule, room) if FAILED in codes else ""
    reasons = {
        i: text + (hint if code == FAILED and text.startswith("TypeError") else "")
        for i, (code, text) in enumerate(votes)
        if code < 0 and text
    }
    return _folded(rule, VoteKind.FUNCTION, labels, codes, reasons, room)


def _ask_here(
    rules: Sequence[Rule], gates: Mapping[str, dict[int, Vote]], room: _Room
) -> Mapping[str, dict[int, Vote]]:
    """Ask the functions that look at no image, row by row in this process; each row is made once for all."""
    asked = [rule for rule in rules if isinstance(rule, FunctionRule) and not rule.function.features]
    votes: dict[str, dict[int, Vote]] = {rule.name: {} for rule in asked}
    calls = [(rule, rule.function.wants_row, gates[rule.name], votes[rule.name]) for rule in asked]
    names = room.cells.names if any(rule.function.wants_row for rule in asked) else []
    cells = [room.cells[name].typed for name in names]
    for i, row in enumerate(room.records.row if asked else ()):
        made = [Row(names, [column[row] for column in cells])] if row >= 0 else []
        for rule, wants_row, gate, cast in calls:
            if i not in gate:
                cast[i] = ask(rule, made if wants_row else ())
    return votes


def _text_hint(rule: FunctionRule, room: _Room) -> str:
    """Why a number compared with a cell raised: the column is text, because of one cell."""
    for name in rule.function.columns:
        column = room.cells[name]
        if column.stranger is not None:
            row = column.stranger
            return f"\n  {name} is a column of text, for '{column.texts[row]}' ({room.place(row)}) is no plain number"
    return ""


def _folded(
    rule: Rule,
    kind: VoteKind,
    labels: tuple[str, ...],
    codes: Sequence[int],
    reasons: Mapping[int, str],
    room: _Room,
) -> VoteColumn:
    by_image, why = fold(codes, reasons, room.records, labels=labels, place=room.place)
    return VoteColumn(rule.name, kind, rule.priority, labels, by_image, why, rule.place)
