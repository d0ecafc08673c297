"""Load a rules file in TOML: conditions and label columns in words; nothing of it is run.

labels = ["GO", "NG"]                  # optional; holds every rule to these
policy = "priority"                    # optional
[params]
threshold = { default = 80, min = 0, max = 100 }
[[rule]]
name = "high"
when = "score >= threshold"
label = "GO"
priority = 10                          # optional
[[rule]]
name = "verdict"
label_from = "verdict"
map = { OK = "GO", NG = "NG" }         # optional
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from labelkit.domain.errors import RulesError
from labelkit.domain.labeling import Parameter
from labelkit.domain.names import did_you_mean, label_fault, nearest
from labelkit.domain.rules import NamedRule, RuleFile, check_unique
from labelkit.plugins.expressions.parser import parse_condition
from labelkit.plugins.expressions.rule import ExpressionRule
from labelkit.plugins.label_column import ColumnRule
from labelkit.plugins.parameters import ParameterSpec
from labelkit.plugins.person import told_path
from labelkit.plugins.python_file import read_rules_file

_FILE_KEYS = ("labels", "policy", "params", "rule")
_RULE_KEYS = ("name", "when", "label", "label_from", "map", "priority")
_PARAMETER_KEYS = ("default", "min", "max")
_HEADING = re.compile(r"^[ \t]*\[\[[ \t]*rule[ \t]*\]\]", re.MULTILINE)
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")

TomlRule = ExpressionRule | ColumnRule


@dataclass(frozen=True, slots=True)
class TomlRules:
    """What a TOML rules file says.

    Attributes:
        file: its path and SHA-256.
        rules: in order; a rule with its own priority carries it, others 0.
        own_priority: names of the rules with their own priority.
        labels: the labels declared on top; empty when left out.
        parameters: those under `[params]`.
        policy: as written, or None.

    """

    file: RuleFile
    rules: tuple[TomlRule, ...]
    own_priority: frozenset[str]
    labels: tuple[str, ...] = ()
    parameters: tuple[ParameterSpec, ...] = ()
    policy: str | None = None


def load_toml(path: Path) -> TomlRules:
    """Read a TOML rules file.

    Raises:
        RulesError: no such file, no TOML, an unknown key (names the nearest), a value of the wrong kind, a condition
            that cannot be read, a label that is not declared, no rule at all, or one name twice.

    """
    data, told = read_rules_file(path), told_path(path)
    text, found = _parsed(data, told)
    _check_keys(found, _FILE_KEYS, told)
    labels = tuple(_label(item, told) for item in _list(found.get("labels", []), "labels", told))
    parameters = tuple(_parameters(found.get("params", {}), told, Path(path).stem))
    entries = _list(found.get("rule", []), "rule", told)
    if not entries:
        raise RulesError("no rule in this file", place=told, remedy="begin one with a line: [[rule]]")
    places = _places(text, told, len(entries))
    reader = _Reader(labels, {s.name: s.default for s in parameters})
    rules = tuple(reader.rule(entry, place) for entry, place in zip(entries, places, strict=True))
    check_unique(NamedRule(r.name, r.place) for r in rules)
    own = frozenset(r.name for r, e in zip(rules, entries, strict=True) if isinstance(e, dict) and "priority" in e)
    policy = found.get("policy")
    if policy is not None and not isinstance(policy, str):
        raise RulesError(f"policy must be a text, not {policy!r}", place=told)
    record = RuleFile(told, hashlib.sha256(data).hexdigest())
    return TomlRules(record, rules, own, labels, parameters, policy)


def _parsed(data: bytes, told: str) -> tuple[str, dict[str, object]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise RulesError(f"not UTF-8 at byte {e.start:,}", place=told, remedy="save it as UTF-8") from None
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise _no_toml(e, text, told) from None
    except RecursionError:
        raise RulesError("nested too deep", place=told, remedy="nothing was moved") from None


def _no_toml(e: tomllib.TOMLDecodeError, text: str, told: str) -> RulesError:
    lines = text.split("\n")
    where = _TOML_PLACE.search(str(e))
    line = int(where[1]) if where and where[1] else len(lines)
    remedy = f"  {line} | {lines[line - 1].rstrip()}\nnothing was moved"
    return RulesError(_TOML_PLACE.sub("", str(e)), place=f"{told}:{line}", remedy=remedy)


def _places(text: str, told: str, count: int) -> Sequence[str]:
    """`file:line` of each `[[rule]]`; the file alone where the headings cannot be told for sure."""
    lines = [text.count("\n", 0, m.start()) + 1 for m in _HEADING.finditer(text)]
    return [f"{told}:{line}" for line in lines] if len(lines) == count else [told] * count


def _check_keys(found: Mapping[str, object], known: Sequence[str], place: str) -> None:
    for key in found:
        if key not in known:
            raise RulesError(f"unknown key '{key}'", place=place, remedy=did_you_mean(key, known))


def _list(value: object, key: str, place: str) -> Sequence[object]:
    if not isinstance(value, list):
        raise RulesError(f"{key} must be a list, not {value!r}", place=place)
    return value


def _label(value: object, place: str) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise RulesError(f"a label must be a text, not {value!r}", place=place, remedy=f"write '{value}' in quotes")
    label = str(value)
    fault = label_fault(label)
    if fault:
        raise RulesError(f"the label '{label}' cannot be a class folder: {fault}", place=place)
    return label


def _parameters(value: object, told: str, owner: str) -> Iterable[ParameterSpec]:
    if not isinstance(value, dict):
        raise RulesError(f"params must be a table, not {value!r}", place=told, remedy="begin it with a line: [params]")
    for name, given in value.items():
        place = f"{told}: params.{name}"
        if not name.isidentifier():
            raise RulesError(f"'{name}' cannot be a parameter's name", place=place, remedy="use letters, digits and _")
        table = given if isinstance(given, dict) else {"default": given}
        _check_keys(table, _PARAMETER_KEYS, place)
        yield _parameter(name, table, place, owner)


def _parameter(name: str, table: Mapping[str, object], place: str, owner: str) -> ParameterSpec:
    default = table.get("default")
    if isinstance(default, bool) or not isinstance(default, (int, float, str)):
        raise RulesError(f"the default must be a number or a text, not {default!r}", place=place)
    low, high = (_limit(table.get(key), key, place) for key in ("min", "max"))
    if isinstance(default, str) and (low is not None or high is not None):
        raise RulesError("a text has no min or max", place=place)
    if not isinstance(default, str) and not (low is None or default >= low) & (high is None or default <= high):
        raise RulesError(f"the default {default} is not between min and max", place=place)
    return ParameterSpec(owner, name, default, low, high, any_number=True)


def _limit(value: object, key: str, place: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RulesError(f"{key} must be a number, not {value!r}", place=place)
    return float(value)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the `[[rule]]` entries of one file."""

    labels: tuple[str, ...]
    parameters: Mapping[str, Parameter]

    def rule(self, entry: object, place: str) -> TomlRule:
        if not isinstance(entry, dict):
            raise RulesError(f"a rule must be a table, not {entry!r}", place=place)
        _check_keys(entry, _RULE_KEYS, place)
        name = entry.get("name")
        if not isinstance(name, str) or not name.strip():
            raise RulesError("a rule needs a name", place=place, remedy='as in: name = "high_score"')
        priority = entry.get("priority", 0)
        if isinstance(priority, bool) or not isinstance(priority, int):
            raise RulesError(f"priority must be a whole number, not {priority!r}", place=place)
        if ("when" in entry) == ("label_from" in entry):
            raise RulesError(f"rule '{name}' needs either when and label, or label_from", place=place)
        make = self._expression if "when" in entry else self._column
        return make(name, entry, priority, place)

    def _expression(self, name: str, entry: Mapping[str, object], priority: int, place: str) -> ExpressionRule:
        when = entry["when"]
        if not isinstance(when, str):
            raise RulesError(f"when must be a text, not {when!r}", place=place)
        if "label" not in entry or "map" in entry:
            raise RulesError(f"rule '{name}' with when needs a label, and no map", place=place)
        label = self._declared(_label(entry["label"], place), place)
        return ExpressionRule(
            text=when,
            condition=parse_condition(when, place=place),
            label=label,
            name=name,
            priority=priority,
            parameters=self.parameters,
            place=place,
        )

    def _column(self, name: str, entry: Mapping[str, object], priority: int, place: str) -> ColumnRule:
        column, mapping = entry["label_from"], entry.get("map", {})
        if not isinstance(column, str) or not isinstance(mapping, dict):
            raise RulesError("label_from must be a text (a column) and map a table", place=place)
        if "label" in entry:
            raise RulesError(f"rule '{name}' has label_from, so it takes no label", place=place, remedy="use map")
        mapped = {str(value): self._declared(_label(label, place), place) for value, label in mapping.items()}
        return ColumnRule(column, mapped, self.labels, name, priority, place)

    def _declared(self, label: str, place: str) -> str:
        if not self.labels or label in self.labels:
            return label
        hit = nearest(label, self.labels)
        hint = f"did you mean '{hit}'? " if hit else ""
        remedy = f"{hint}labels = {list(self.labels)} stands at the top of the file"
        raise RulesError(f"the label '{label}' is not declared", place=place, remedy=remedy)
