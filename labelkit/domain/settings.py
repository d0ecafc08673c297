"""The settings a person can write into `[tool.labelkit]` or labelkit.toml: each key once, with its kind."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from labelkit.domain.contract import contract_faults
from labelkit.domain.names import did_you_mean


class Kind(Enum):
    """What a setting holds; a list kind also takes a single value."""

    PATH = "a path"
    PATHS = "a path or a list of paths"
    TEXT = "a text"
    TEXTS = "a text or a list of texts"
    NUMBER = "a number"
    INTEGER = "a whole number"
    MAPPING = "a table of texts"
    COLUMNS = "a list of column names, or a table for each column"


KEYS: dict[str, Kind] = {
    "source": Kind.PATHS,
    "metadata": Kind.PATHS,
    "base_dir": Kind.PATH,
    "rules": Kind.PATHS,
    "rule": Kind.TEXTS,
    "label_column": Kind.TEXT,
    "map": Kind.MAPPING,
    "file": Kind.TEXT,
    "path_fields": Kind.TEXT,
    "columns": Kind.COLUMNS,
    "encoding": Kind.TEXT,
    "pad_digits": Kind.INTEGER,
    "aggregate": Kind.TEXTS,
    "policy": Kind.TEXT,
    "mode": Kind.TEXT,
    "on_abstain": Kind.TEXT,
    "on_conflict": Kind.TEXT,
    "on_error": Kind.TEXT,
    "rule_timeout": Kind.NUMBER,
    "classes": Kind.TEXTS,
    "positive": Kind.TEXT,
    "reject": Kind.TEXT,
    "meaning": Kind.MAPPING,
    "severity": Kind.MAPPING,
    "fail_on": Kind.TEXT,
    "baseline": Kind.PATH,
    "loader": Kind.TEXT,
    "class_mode": Kind.TEXT,
    "image_size": Kind.TEXT,
    "batch_size": Kind.INTEGER,
    "epochs": Kind.INTEGER,
    "validation_split": Kind.NUMBER,
    "ratio": Kind.TEXT,
    "group_by": Kind.TEXT,
    "network": Kind.TEXT,
    "weights": Kind.TEXT,
    "class_weights": Kind.TEXT,
    "seed": Kind.INTEGER,
    "recipe": Kind.TEXT,
    "aspect": Kind.TEXT,
    "crop": Kind.TEXT,
    "augment": Kind.TEXT,
    "skip_bad": Kind.INTEGER,
    "out": Kind.PATH,
}
"""Every setting there is; flags of the same names beat them."""


def settings_faults(table: Mapping[str, object]) -> list[str]:
    """All that is wrong with a settings table, one line each; empty when it can be used."""
    faults = []
    for key, value in table.items():
        kind = KEYS.get(key)
        if kind is None:
            faults.append(f"unknown setting '{key}'; {did_you_mean(key, sorted(KEYS))}")
        elif not _fits(kind, value):
            faults.append(f"'{key}' must be {kind.value}, not {value!r}")
        elif kind is Kind.COLUMNS and isinstance(value, dict):
            faults += contract_faults(value)
    return faults


def _fits(kind: Kind, value: object) -> bool:
    if kind is Kind.COLUMNS and isinstance(value, dict):
        return True
    if kind in {Kind.PATHS, Kind.TEXTS, Kind.COLUMNS} and isinstance(value, list):
        return all(isinstance(v, str) for v in value)
    if kind is Kind.MAPPING:
        return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
    if kind is Kind.INTEGER:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind is Kind.NUMBER:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, str)
