"""What `labelkit init` saw and proposes, for programs."""

from __future__ import annotations

from dataclasses import asdict

from labelkit.domain.proposal import InitResult, RowsSight


def init_json(result: InitResult) -> dict[str, object]:
    """The object of `labelkit init --json`."""
    return {
        "schema": 1,
        "images": asdict(result.images) if result.images else None,
        "metadata": _rows(result.rows) if result.rows else None,
        "proposal": {
            "settings": result.settings,
            "rule": result.rule.text if result.rule else "",
            "why": result.rule.why if result.rule else "",
        },
        "written": list(result.written),
        "notes": list(result.notes),
        "next": list(result.next),
    }


def _rows(rows: RowsSight) -> dict[str, object]:
    return {
        "said": list(rows.said),
        "rows": rows.rows,
        "found": rows.found,
        "file": rows.file,
        "columns": [{**asdict(c), "values": [{"value": v, "count": n} for v, n in c.values]} for c in rows.columns],
        "missing": [{"row": place, "file": file} for place, file in rows.missing],
        "unlisted": list(rows.unlisted),
        "near_misses": [asdict(n) for n in rows.near_misses],
    }
