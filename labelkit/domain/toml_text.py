"""Write TOML: texts and flat tables, for the files that labelkit proposes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence


def toml_text(value: str) -> str:
    """A TOML text; JSON's escapes are TOML's but for the one control character that JSON leaves alone."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def toml_table(values: Mapping[str, str | Sequence[str]]) -> str:
    """One `key = value` line each; empty values are left out."""
    return "".join(f"{key} = {_value(value)}\n" for key, value in values.items() if value)


def _value(value: str | Sequence[str]) -> str:
    return toml_text(value) if isinstance(value, str) else f"[{', '.join(toml_text(v) for v in value)}]"
