"""Machine forms: one JSON object, ASCII-escaped; long lists are cut and their length told beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping

LIST_LIMIT = 1000
"""Lists longer than this are cut; `<name>_total` beside them says how many there were."""

Json = Mapping[str, object]
"""One JSON object."""


def to_json(value: Json) -> str:
    """The object as one line of ASCII; lone surrogates (bytes that are no text) stay escapes."""
    return json.dumps(cut_lists(value), ensure_ascii=True, allow_nan=False)


def cut_lists(value: Json) -> dict[str, object]:
    """The same object with every list cut to 1,000 items and `<name>_total` beside each cut one."""
    out: dict[str, object] = {}
    for key, item in value.items():
        out[key] = _cut(item)
        if isinstance(item, (list, tuple)) and len(item) > LIST_LIMIT:
            out[f"{key}_total"] = len(item)
    return out


def _cut(item: object) -> object:
    if isinstance(item, Mapping):
        return cut_lists(item)
    if isinstance(item, (list, tuple)):
        return [_cut(i) for i in item[:LIST_LIMIT]]
    if isinstance(item, float) and item != item:  # noqa: PLR0124 - JSON has no NaN
        return None
    return item


def error_json(code: int, message: str, place: str, remedy: str) -> dict[str, object]:
    """The contract's object for a failure."""
    return {"schema": 1, "error": {"code": code, "message": message, "place": place, "remedy": remedy}}
