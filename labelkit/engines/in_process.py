"""Work in the caller's own process: for small runs and for tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence

from labelkit.engines.allocator import keep_freed_memory
from labelkit.engines.engine import Item, Receipt, Result


class InProcess:
    """Does each shard when its receipt is asked for; nothing is ever lost, for nothing else can die."""

    def run(
        self,
        task: Callable[[Sequence[Item]], Sequence[Result]],
        shards: Iterable[Sequence[Item]],
        *,
        retries: int = 1,  # noqa: ARG002 - the protocol's; a process cannot outlive its own death
    ) -> Iterator[Receipt[Result]]:
        """Do `task` on each shard, here and now."""
        keep_freed_memory()
        for number, shard in enumerate(shards):
            yield Receipt(number, tuple(task(shard)), os.getpid())

    def close(self) -> None:
        """Nothing to end."""
