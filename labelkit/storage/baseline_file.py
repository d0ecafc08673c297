"""The file that holds accepted findings: sorted JSON, one entry a line, so that a review sees what was accepted."""

from __future__ import annotations

import json
from pathlib import Path

from labelkit.domain.baseline import Baseline, Known
from labelkit.domain.errors import UsageError
from labelkit.domain.findings import Severity
from labelkit.storage.faults import said

_SCHEMA = 1
_REMEDY = "write it again: labelkit audit BASE_DIR --write-baseline FILE"


def baseline_text(baseline: Baseline) -> str:
    """The file's text: ASCII, the same for the same findings whatever the order they were found in."""
    entries = ",\n".join("  " + json.dumps(_entry(known), ensure_ascii=True) for known in baseline.known)
    listed = f"[\n{entries}\n ]" if entries else "[]"
    return f'{{\n "schema": {_SCHEMA},\n "accepted": {listed}\n}}\n'


def read_baseline(path: Path) -> Baseline:
    """The accepted findings in a file.

    Raises:
        UsageError: no such file, no JSON, another schema, or an entry that says nothing; with the place.

    """
    try:
        value = json.loads(path.read_bytes())
    except OSError as e:
        raise UsageError(f"cannot read the baseline: {said(e)}", place=str(path), remedy=_REMEDY) from e
    except (ValueError, RecursionError) as e:  # no JSON, no text at all, or nested without end
        raise UsageError(f"the baseline is no JSON: {e}", place=str(path), remedy=_REMEDY) from e
    if not isinstance(value, dict) or value.get("schema") != _SCHEMA:
        raise UsageError(f'the baseline does not say "schema": {_SCHEMA}', place=str(path), remedy=_REMEDY)
    entries = value.get("accepted")
    if not isinstance(entries, list):
        raise UsageError('the baseline has no list "accepted"', place=str(path), remedy=_REMEDY)
    return Baseline(tuple(_known(entry, f"{path}, entry {i}") for i, entry in enumerate(entries, 1)))


def _entry(known: Known) -> dict[str, object]:
    """What is empty is left out."""
    whole = {
        "check": known.check,
        "severity": str(known.severity),
        "kind": known.kind,
        "share": known.share,
        "across": known.across,
        "contents": list(known.contents),
        "told": list(known.told),
    }
    return {key: value for key, value in whole.items() if value}


def _known(entry: object, place: str) -> Known:
    if not isinstance(entry, dict):
        raise UsageError("an entry of the baseline is no object", place=place, remedy=_REMEDY)
    try:
        severity = Severity(_text(entry, "severity"))
        known = Known(
            check=_text(entry, "check"),
            severity=severity,
            contents=_texts(entry, "contents"),
            across=_text(entry, "across"),
            kind=_text(entry, "kind"),
            share=_share(entry),
            told=_texts(entry, "told"),
        )
    except ValueError as e:
        raise UsageError(f"an entry of the baseline cannot be used: {e}", place=place, remedy=_REMEDY) from e
    if not known.check or not (known.contents or known.kind):
        raise UsageError("an entry of the baseline says nothing", place=place, remedy=_REMEDY)
    return known


def _text(entry: dict[str, object], key: str) -> str:
    value = entry.get(key, "")
    if not isinstance(value, str):
        raise ValueError(f"'{key}' must be a text")  # noqa: TRY004 - told as one fault of the file, with its place
    return value


def _texts(entry: dict[str, object], key: str) -> tuple[str, ...]:
    value = entry.get(key, [])
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise ValueError(f"'{key}' must be a list of texts")
    return tuple(value)


def _share(entry: dict[str, object]) -> float:
    value = entry.get("share", 0.0)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("'share' must be a number")  # noqa: TRY004 - told as one fault of the file, with its place
    return float(value)
