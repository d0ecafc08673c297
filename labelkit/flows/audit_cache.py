"""The cache of image facts as an audit uses it: opened once, in nobody's way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from labelkit.flows.run import Run
from labelkit.storage.fact_cache import FactCache
from labelkit.storage.feature_cache import cache_folder


@contextmanager
def fact_cache(run: Run, *, wanted: bool, told: bool = False) -> Iterator[FactCache | None]:
    """The cache until the block ends, or None where none is wanted; what is wrong with it is noted once.

    Args:
        run: whose progress is told.
        wanted: whether to use it at all.
        told: what is wrong with it was noted before.

    """
    if not wanted:
        yield None
        return
    cache = FactCache(cache_folder(), say=(lambda _: None) if told else run.progress.note)
    try:
        yield cache
    finally:
        cache.close()
