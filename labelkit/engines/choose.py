"""Which engine a run takes: in process when it is small, else worker processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from labelkit.engines.engine import Engine
from labelkit.engines.in_process import InProcess

SMALL = 300
"""Up to so many items the caller's own process is done before workers have started (about 0.3 s)."""

SHARD = 64
"""Items in one shard: a dead worker costs little, and the cost of handing over is spread (about 1 ms a shard)."""

_MANY = 50_000
"""Beyond so many items, processes are not kept for what comes next: their memory is worth more than their start."""

_PATIENCE_S = 30.0
"""Seconds after which a shard without an answer counts as hung, beside two seconds an item."""


def make_engine(workers: int, items: int, *, apart: bool = False, patience_s: float = _PATIENCE_S) -> Engine:
    """An engine for so many items: in process for one worker or up to `SMALL` items, else local workers.

    Args:
        workers: processes that may work at once, at least 1.
        items: how many items there will be in all.
        apart: always in worker processes: what is done might hang or end its process.
        patience_s: seconds after which a shard without an answer counts as hung, beside two seconds an item.

    """
    if not apart and (workers <= 1 or items <= SMALL):
        return InProcess()
    from labelkit.engines.local import LocalWorkers

    return LocalWorkers(max(1, min(workers, -(-items // SHARD))), patience_s=patience_s)


class SharedWorkers:
    """Engines for one piece of work after another in the same processes: to start them takes each core 0.4 s.

    Args:
        workers: processes that may work at once, at least 1.

    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._kept: Engine | None = None
        self._strength = 0

    @contextmanager
    def engine(self, items: int) -> Iterator[Engine]:
        """An engine for so many items, as `make_engine` chooses it; what it started goes on when the block ends."""
        if self._workers <= 1 or items <= SMALL:
            yield InProcess()
            return
        strength = min(self._workers, -(-items // SHARD))
        if self._kept is None or strength > self._strength:
            self.close()
            self._kept, self._strength = make_engine(self._workers, items), strength
        yield self._kept
        if items > _MANY:
            self.close()

    def close(self) -> None:
        """End what was started."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None
