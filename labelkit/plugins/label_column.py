"""A column of the table as a rule: its cell, mapped, is the vote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from labelkit.domain.errors import MetadataError, UsageError
from labelkit.domain.names import label_fault, shown, word_key
from labelkit.domain.votes import NO_VALUE
from labelkit.plugins.cells import CellColumn

_SHOWN_VALUES = 20
_SHOWN_ROWS = 3


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """A label column.

    Attributes:
        column: its name in the table.
        mapping: cell to label; empty: the cell itself is the label.
        labels: the labels allowed; empty: the mapping's, or any.
        name: unique in a run.
        priority: a higher number decides over lower ones.
        place: `file:line`, or the option.

    """

    column: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    name: str = ""
    priority: int = 0
    place: str = ""

    @property
    def declared(self) -> tuple[str, ...]:
        """The labels known before a cell is read, in order of appearance."""
        return tuple(dict.fromkeys([*self.labels, *self.mapping.values()]))


@dataclass(frozen=True, slots=True)
class ColumnVotes:
    """What a label column says of all records.

    Attributes:
        labels: label names.
        codes: one a record: index into `labels`, or NO_VALUE.
        reasons: record index to why there is no vote.
        said: how many cells were read although they are written otherwise than the map.

    """

    labels: tuple[str, ...]
    codes: list[int]
    reasons: dict[int, str]
    said: tuple[str, ...] = ()


def check_mapping(mapping: Mapping[str, str], *, place: str) -> None:
    """Hold that every mapped label can be a class folder.

    Raises:
        UsageError: names the label and why not.

    """
    for value, label in mapping.items():
        fault = label_fault(label)
        if fault:
            raise UsageError(f"'{value}' is mapped to '{label}', which cannot be a class folder: {fault}", place=place)


def vote_by_column(
    rule: ColumnRule, column: CellColumn, rows: Sequence[int], *, place: Callable[[int], str]
) -> ColumnVotes:
    """The votes of a label column on records.

    A mapped value is looked up as written, then by its key: case, width, blanks and dots do not count ('N.G.' is 'ng').

    Args:
        rule: the rule.
        column: its cells.
        rows: row index of each record, -1 for none.
        place: where a row stands, for errors.

    Raises:
        MetadataError: values that are not mapped, or that cannot be labels; tells each with count and first rows.

    """
    lookup = _Lookup(rule)
    found = [lookup.label(column, row) for row in rows]
    strange = {row for row, label in zip(rows, found, strict=True) if label is None and row >= 0}
    if strange:
        raise _unmapped(rule, column, sorted(strange), place)
    labels = rule.declared or tuple(sorted({label for label in found if label}))
    index = {label: i for i, label in enumerate(labels)}
    reasons = {i: "no row" if rows[i] < 0 else f"no value: {rule.column}" for i, label in enumerate(found) if not label}
    codes = [index[label] if label else NO_VALUE for label in found]
    return ColumnVotes(labels, codes, reasons, tuple(_said(rule, column, rows)))


class _Lookup:
    """Cell to label; each different text is looked up once."""

    def __init__(self, rule: ColumnRule) -> None:
        self.rule = rule
        self.by_key = _by_key(rule.mapping)
        self.known: dict[str, str | None] = {}

    def label(self, column: CellColumn, row: int) -> str | None:
        """The label; empty for a missing value or no row; None for a value that is no label."""
        if row < 0:
            return ""
        text = column.texts[row]
        if text not in self.known:
            self.known[text] = self._found(text, gone=column.missing[row])
        return self.known[text]

    def _found(self, text: str, *, gone: bool) -> str | None:
        rule = self.rule
        if text in rule.mapping:
            return rule.mapping[text]
        if gone:
            return ""
        if rule.mapping:
            return self.by_key.get(word_key(text))
        allowed = text in rule.labels if rule.labels else label_fault(text) is None
        return text if allowed else None


def _said(rule: ColumnRule, column: CellColumn, rows: Sequence[int]) -> Iterator[str]:
    """What was read by its key alone: the words of the map and how else they were written."""
    if not rule.mapping:
        return
    as_written = {word_key(value): value for value in rule.mapping}
    counts = Counter(column.codes[row] for row in rows if row >= 0)
    other = {
        column.words[code]: n
        for code, n in counts.items()
        if column.words[code] not in rule.mapping and not column.gone[code]
    }
    if other:
        listed = [f"'{shown(word)}' as '{shown(as_written[word_key(word)])}'" for word in list(other)[:_SHOWN_ROWS]]
        more = f" and {len(other) - _SHOWN_ROWS} more" if len(other) > _SHOWN_ROWS else ""
        total = sum(other.values())
        cells = "1 cell" if total == 1 else f"{total:,} cells"
        yield f"{cells} of {rule.column} mapped in another case, width or punctuation: {', '.join(listed)}{more}"


def _by_key(mapping: Mapping[str, str]) -> dict[str, str]:
    """The mapping by key, without keys that stand for different labels."""
    labels: dict[str, set[str]] = {}
    for value, label in mapping.items():
        labels.setdefault(word_key(value), set()).add(label)
    return {key: next(iter(found)) for key, found in labels.items() if len(found) == 1}


def _unmapped(rule: ColumnRule, column: CellColumn, rows: list[int], place: Callable[[int], str]) -> MetadataError:
    counts = Counter(column.texts[row] for row in rows)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    lines = [_line(value, n, rows, column, place) for value, n in ranked[:_SHOWN_VALUES]]
    if len(ranked) > _SHOWN_VALUES:
        lines.append(f"and {len(ranked) - _SHOWN_VALUES} more values")
    return MetadataError(
        f"column '{rule.column}': {len(rows)} rows hold {_what(rule, ranked[0][0])}",
        place=rule.place,
        remedy="\n".join([*lines, _help(rule, ranked[0][0])]),
    )


def _line(value: str, n: int, rows: list[int], column: CellColumn, place: Callable[[int], str]) -> str:
    where = [place(row) for row in rows if column.texts[row] == value]
    more = " …" if len(where) > _SHOWN_ROWS else ""
    return f"'{shown(value)}'  {n} x  {', '.join(where[:_SHOWN_ROWS])}{more}"


def _what(rule: ColumnRule, value: str) -> str:
    if rule.mapping:
        return f"a value that is not mapped ({', '.join(rule.mapping)} are)"
    if rule.labels:
        return f"a value that is no label ({', '.join(rule.labels)} are)"
    return f"a value that cannot be a class folder: {label_fault(value)}"


def _help(rule: ColumnRule, value: str) -> str:
    option = (
        f'--map "{shown(value)}=LABEL"' if rule.place.startswith("--") else f"map = {{ '{shown(value)}' = 'LABEL' }}"
    )
    return f"nothing was sorted; say for each value which label it is: {option}"
