"""Propose the contract of a table's columns, as TOML for the settings: what it holds now, and what to decide."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from labelkit.domain.contract import ColumnType
from labelkit.domain.names import word_key
from labelkit.domain.proposal import ColumnKind, ColumnSight
from labelkit.domain.toml_text import toml_text
from labelkit.sorting.suspects import NO_NUMBER, SENTINEL

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_RANGES = ((0.0, 1.0), (0.0, 100.0))
"""A column that stays in one of these ranges is most likely meant to."""

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class ColumnForm:
    """How a column is written, beyond what its sight says.

    Attributes:
        type: what its cells are.
        comma: whether its numbers have a decimal comma.
        plain_text: text that nobody would take for numbers or dates, so that nothing need be declared.

    """

    type: ColumnType
    comma: bool = False
    plain_text: bool = False


def propose_contract(columns: Iterable[tuple[ColumnSight, ColumnForm]]) -> str:
    """The text of `[tool.labelkit.columns...]` tables; what a person must decide first stands behind `#`."""
    return "\n".join(text for sight, form in columns if (text := _table(sight, form)))


def _table(sight: ColumnSight, form: ColumnForm) -> str:
    variants = list(_variants(sight))
    if sight.kind is ColumnKind.EMPTY or (form.plain_text and not variants):
        return ""
    name = f"tool.labelkit.columns.{_key(sight.name)}"
    lines = [f"[{name}]", *_lines(sight, form)]
    if variants:
        lines += ["", f"[{name}.map]", *variants]
    return "\n".join(lines) + "\n"


def _lines(sight: ColumnSight, form: ColumnForm) -> Iterator[str]:
    strangers = [s for s in sight.suspects if s.why == NO_NUMBER]
    numeric = form.type in {ColumnType.NUMBER, ColumnType.INTEGER}
    kind = f"type = {toml_text(form.type)}"
    if numeric and strangers:
        cells = sum(s.count for s in strangers)
        told = "1 cell is" if cells == 1 else f"{cells:,} cells are"
        yield f"# {kind}  # {told} no number: mend, or declare a sentinel"
    else:
        yield kind
    if numeric:
        yield from _range(sight)
    if form.comma and numeric:
        yield f'{"# " if strangers else ""}decimal = ","'
    unmeant = [toml_text(s.value) for s in strangers] + [s.value for s in sight.suspects if s.why == SENTINEL]
    if unmeant:
        more = "" if len(unmeant) <= _SHOWN else f"  # and {len(unmeant) - _SHOWN} more"
        yield f"# sentinels = [{', '.join(unmeant[:_SHOWN])}]{more}"


def _range(sight: ColumnSight) -> Iterator[str]:
    least, most = sight.least, sight.most
    if least is None or most is None:
        return
    apart = {s.value for s in sight.suspects if s.why == SENTINEL}
    fitting = [r for r in _RANGES if r[0] <= least and most <= r[1]] if not apart else []
    if fitting and least < most:
        yield f"min = {fitting[0][0]:g}"
        yield f"max = {fitting[0][1]:g}"
    else:
        yield f"# min = {least:g}"
        yield f"# max = {most:g}"


def _variants(sight: ColumnSight) -> Iterator[str]:
    """Other ways in which a column of few values writes one of them, mapped to the commonest."""
    if sight.kind is not ColumnKind.FEW:
        return
    same: dict[str, list[str]] = defaultdict(list)
    for value, _ in sight.values:
        same[word_key(value)].append(value)
    for commonest, *others in same.values():
        yield from (f"{toml_text(other)} = {toml_text(commonest)}" for other in others)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else toml_text(name)


def form_of(words: Sequence[str], *, numeric: bool, dates: bool, comma: bool) -> ColumnForm:
    """The form of a column of these different values, missing ones left out."""
    if numeric:
        whole = all(re.fullmatch(r"[+-]?[0-9]+", word) for word in words if any(c.isdigit() for c in word))
        return ColumnForm(ColumnType.INTEGER if whole else ColumnType.NUMBER, comma)
    digits = any(word.isdecimal() for word in words)
    return ColumnForm(ColumnType.DATE) if dates else ColumnForm(ColumnType.TEXT, plain_text=not digits)
