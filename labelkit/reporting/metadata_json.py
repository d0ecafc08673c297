"""What was seen of a metadata table, for programs."""

from __future__ import annotations

from dataclasses import asdict

from labelkit.domain.proposal import MetadataCheck, RowsSight


def metadata_check_json(check: MetadataCheck) -> dict[str, object]:
    """The object of `labelkit metadata check --json`."""
    return {
        "schema": 1,
        "files": [asdict(layout) for layout in check.layouts],
        "images": asdict(check.images) if check.images else None,
        "metadata": rows_json(check.table),
        "contract": check.contract,
        "fault": check.fault,
    }


def rows_json(rows: RowsSight) -> dict[str, object]:
    """A table at a glance."""
    return {
        "said": list(rows.said),
        "rows": rows.rows,
        "found": rows.found,
        "file": rows.file,
        "columns": [{**asdict(c), "values": [{"value": v, "count": n} for v, n in c.values]} for c in rows.columns],
        "missing": [{"row": place, "file": file} for place, file in rows.missing],
        "unlisted": list(rows.unlisted),
        "near_misses": [asdict(n) for n in rows.near_misses],
        "steps": dict(rows.steps),
        "hint": rows.hint,
    }
