"""Have every source vote on every image: columns at once, functions one by one, images in shards through an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from labelkit.domain.errors import MetadataError
from labelkit.domain.names import did_you_mean
from labelkit.domain.votes import FAILED, Records, VoteColumn, VoteKind
from labelkit.engines.engine import Engine
from labelkit.plugins.cells import CellTable
from labelkit.plugins.expressions.rule import ExpressionRule, check_names
from labelkit.plugins.function_rule import FunctionRule, Vote
from labelkit.plugins.label_column import ColumnRule, vote_by_column
from labelkit.plugins.sources import Rule, Sources
from labelkit.tasks.asking import Asking
from labelkit.tasks.vote_inputs import inputs_of
from labelkit.tasks.vote_looking import Gates, Room, Seen, folded, gate_of, look

_PLAIN = Asking()


def cast_votes(
    sources: Sources,
    *,
    table: Mapping[str, Sequence[str]],
    table_name: str,
    lines: Sequence[int] | Callable[[int], str],
    records: Iterable[tuple[int, int]],
    where: Sequence[str],
    make_engine: Callable[[int], Engine],
    asking: Asking = _PLAIN,
) -> tuple[VoteColumn, ...]:
    """The votes of every rule on every image, one column a rule, in the order of the rules.

    The result depends on nothing but the rules, the rows and the images: not on the number of workers, not on order.

    Args:
        sources: what votes.
        table: the metadata's columns, cells as text; empty without metadata.
        table_name: the metadata in messages.
        lines: line number of each row, or what tells where a row of several tables stands; for messages.
        records: (image index, row index) pairs; an image may have several; one without a row is left out, or has -1.
        where: absolute path of each image's file.
        make_engine: makes the engine for so many images; only called when a rule looks at images.
        asking: progress, cache, clocks and timeouts.

    Raises:
        MetadataError: a column that a rule needs is not there (names the nearest), or a label column holds values that
            are no labels.
        RulesError: an expression names what is neither parameter, column nor image feature.

    """
    room = Room(CellTable(table), table_name, lines, Records.of(len(where), records), where)
    for rule in sources.rules:
        _check(rule, room)
    gates = {rule.name: gate_of(rule, room) for rule in sources.rules if isinstance(rule, FunctionRule)}
    seen = look(sources.rules, gates, room, make_engine=make_engine, asking=asking)
    columns = {column.name: column for column in _columns(sources.rules, gates, seen, room, asking)}
    inputs = {rule.name: inputs_of(rule, sources.rules, room.cells, seen.numbers) for rule in sources.rules}
    return tuple(replace(columns[rule.name], inputs=inputs[rule.name]) for rule in sources.rules)


def _columns(rules: Sequence[Rule], gates: Gates, seen: Seen, room: Room, asking: Asking) -> Iterator[VoteColumn]:
    """One column a rule, expressions first."""
    expressions = [rule for rule in rules if isinstance(rule, ExpressionRule)]
    if expressions:
        from labelkit.tasks.vote_by_expression import by_expressions

        yield from by_expressions(expressions, seen, room, asking)
    for rule in rules:
        if isinstance(rule, FunctionRule):
            column = _by_function(rule, gates[rule.name], seen.votes[rule.name], room)
            timed = (seen.seconds.get(rule.name, 0.0), len(room.records) - len(gates[rule.name]))
            yield replace(column, seconds=timed[0], asked=timed[1]) if asking.clock else column
        elif isinstance(rule, ColumnRule):
            begun = asking.clock() if asking.clock else 0.0
            column = _by_column(rule, room)
            timed = (asking.clock() - begun if asking.clock else 0.0, len(room.records))
            yield replace(column, seconds=timed[0], asked=timed[1]) if asking.clock else column


def _by_column(rule: ColumnRule, room: Room) -> VoteColumn:
    found = vote_by_column(rule, room.cells[rule.column], room.records.row, place=room.place)
    votes = folded(rule, VoteKind.COLUMN, found.labels, found.codes, found.reasons, room)
    return replace(votes, said=found.said)


def _check(rule: Rule, room: Room) -> None:
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


def _by_function(rule: FunctionRule, gate: Mapping[int, Vote], asked: Mapping[int, Vote], room: Room) -> VoteColumn:
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
    return folded(rule, VoteKind.FUNCTION, labels, codes, reasons, room)


def _text_hint(rule: FunctionRule, room: Room) -> str:
    """Why a number compared with a cell raised: the column is text, because of one cell."""
    for name in rule.function.columns:
        column = room.cells[name]
        if column.stranger is not None:
            row = column.stranger
            return f"\n  {name} is a column of text, for '{column.texts[row]}' ({room.place(row)}) is no plain number"
    return ""
