"""labelkit cache: what is kept in the user's cache folder, and throwing it away."""

from __future__ import annotations

from labelkit.cli.command import Outcome, Shared, command
from labelkit.domain.cache_report import CacheReport


@command("cache info", examples=("labelkit cache info", "labelkit cache info --json"))
def cache_info_command(shared: Shared) -> Outcome:  # noqa: ARG001 - every command is handed the common options
    """Say where the cache is, how much it holds, and how much it may hold.

    It keeps numbers that rules asked images for, as brightness, so that a changed threshold decodes nothing, and what
    an audit saw of each image, with thumbnails, so that the next audit of an unchanged folder reads nothing;
    and pixels at training size, so that the next training decodes nothing.
    LABELKIT_CACHE_DIR names another folder.
    """
    from labelkit.flows.cache import cache_info

    return _told(cache_info())


@command("cache clear", examples=("labelkit cache clear",))
def cache_clear_command(shared: Shared) -> Outcome:  # noqa: ARG001 - every command is handed the common options
    """Throw the cache away; the next run reads and decodes what it needs again."""
    from labelkit.flows.cache import clear_cache

    return _told(clear_cache())


def _told(report: CacheReport) -> Outcome:
    from labelkit.reporting.cache_json import cache_json
    from labelkit.reporting.console import say

    return Outcome(cache_json(report), lambda c: say(c, str(report)))
