"""What `labelkit init` saw and proposes, for programs."""

from __future__ import annotations

from dataclasses import asdict

from labelkit.domain.proposal import InitResult
from labelkit.reporting.metadata_json import rows_json


def init_json(result: InitResult) -> dict[str, object]:
    """The object of `labelkit init --json`."""
    return {
        "schema": 1,
        "images": asdict(result.images) if result.images else None,
        "metadata": rows_json(result.rows) if result.rows else None,
        "proposal": {
            "settings": result.settings,
            "rule": result.rule.text if result.rule else "",
            "why": result.rule.why if result.rule else "",
        },
        "written": list(result.written),
        "notes": list(result.notes),
        "next": list(result.next),
    }
