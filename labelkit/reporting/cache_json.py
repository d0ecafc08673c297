"""The state of the caches, for programs."""

from __future__ import annotations

from dataclasses import asdict

from labelkit.domain.cache_report import CacheReport


def cache_json(report: CacheReport) -> dict[str, object]:
    """The object of `labelkit cache info --json` and `labelkit cache clear --json`."""
    return {"schema": 1, **asdict(report)}
