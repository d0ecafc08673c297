"""Propose a first rule from the columns of a table: a verdict that is written there, else a threshold on a score."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from labelkit.domain.classes import recognised_reject
from labelkit.domain.names import word_key
from labelkit.domain.proposal import ColumnKind, ColumnSight, FirstRule
from labelkit.domain.toml_text import toml_text

_GOODS = frozenset(
    ["ok", "okay", "go", "good", "pass", "passed", "accept", "accepted", "良", "良品", "合格", "○", "\u3007"]
)
"""Verdicts that mean a good part, after `word_key`; the words for rejects stand in `labelkit.domain.classes`."""

_SCORES = frozenset(["score", "grade", "rating", "points", "quality", "confidence", "スコア", "評点", "点数"])
"""Words in the names of columns where more is better."""

_FAULTS = frozenset(["probability", "prob", "anomaly", "defect", "defects", "fault", "reject", "ng", "error", "異常度"])
"""Words in the names of columns where more is worse."""

_GIVEN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_WORDS = re.compile(r"[^\W\d_]+")
_LANGUAGE = frozenset(["and", "or", "not", "in", "between", "is", "missing", "threshold"])
_HEAD = "# A first guess: read it, and correct it."


def propose_rule(columns: Sequence[ColumnSight]) -> FirstRule | None:
    """A rules file (TOML) for the likeliest verdict, else for the likeliest score; None when no column suggests one."""
    usable = [c for c in columns if not set(c.name) & set("[]\r\n")]
    verdicts = [(sum(n for v, n in c.values if meaning(v)), c) for c in usable if _is_verdict(c)]
    if verdicts:
        return _verdict_rule(max(verdicts, key=lambda v: v[0])[1])
    scores = [c for c in usable if c.kind is ColumnKind.NUMBERS and c.distinct > 1 and _words(c) & (_SCORES | _FAULTS)]
    return _threshold_rule(scores[0]) if scores else None


def meaning(value: str) -> str:
    """'GO' for a word that means good, 'NG' for one that means reject, '' for any other."""
    if word_key(value) in _GOODS:
        return "GO"
    return "NG" if recognised_reject([value]) else ""


def _is_verdict(column: ColumnSight) -> bool:
    return column.kind is ColumnKind.FEW and {meaning(v) for v, _ in column.values} >= {"GO", "NG"}


def _verdict_rule(column: ColumnSight) -> FirstRule:
    known = {label: [v for v, _ in column.values if meaning(v) == label] for label in ("GO", "NG")}
    strange = [v for v, _ in column.values if not meaning(v)]
    told = "; ".join(f"{', '.join(vs)} = {label}" for label, vs in known.items())
    why = f"column '{column.name}' looks like a verdict: {told}"
    if not strange:
        mapping = ", ".join(f"{toml_text(v)} = {toml_text(label)}" for label, vs in known.items() for v in vs)
        body = f'[[rule]]\nname = "verdict"\nlabel_from = {toml_text(column.name)}\nmap = {{ {mapping} }}\n'
        return FirstRule(_file(why, body), why)
    why += f"; {', '.join(strange)} is left open"
    rules = [
        _rule(f"verdict_{lb}", f"{_name(column.name)} in [{', '.join(map(_quoted, vs))}]", lb)
        for lb, vs in known.items()
    ]
    return FirstRule(_file(why, "\n".join(rules)), why)


def _threshold_rule(column: ColumnSight) -> FirstRule:
    worse = bool(_words(column) & _FAULTS)
    least, most = column.least or 0.0, column.most or 0.0
    threshold = float(f"{(least + most) / 2:.2g}")
    high, low = ("NG", "GO") if worse else ("GO", "NG")
    why = (
        f"column '{column.name}' looks like a score where more is {'worse' if worse else 'better'}; "
        f"{threshold:g} is only the middle between {least:g} and {most:g}"
    )
    name = _name(column.name)
    body = "\n".join(
        [
            f"[params]\nthreshold = {threshold}\n",
            _rule("at_or_above", f"{name} >= threshold", high),
            _rule("below", f"{name} < threshold", low),
        ]
    )
    return FirstRule(_file(why, body), why)


def _file(why: str, body: str) -> str:
    return f'# {_line(why)}\n{_HEAD}\n\nlabels = ["GO", "NG"]\n\n{body}'


def _rule(name: str, when: str, label: str) -> str:
    return f"[[rule]]\nname = {toml_text(name)}\nwhen = {toml_text(when)}\nlabel = {toml_text(label)}\n"


def _words(column: ColumnSight) -> set[str]:
    return {word.casefold() for word in _WORDS.findall(unicodedata.normalize("NFKC", column.name).replace("_", " "))}


def _name(column: str) -> str:
    """A column in an expression."""
    plain = _GIVEN.fullmatch(column) and column.casefold() not in _LANGUAGE
    return column if plain else f"[{column}]"


def _quoted(value: str) -> str:
    """A text in an expression; a quote inside is doubled."""
    return "'" + value.replace("'", "''") + "'"


def _line(text: str) -> str:
    """A comment must stay one line of printable text."""
    return "".join(c if c.isprintable() else " " for c in text)
