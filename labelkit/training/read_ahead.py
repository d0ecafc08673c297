"""Threads that decode what is asked for now, and after it what will be asked for next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from labelkit.imaging.recipes import Pixels

Decode = Callable[[int], Pixels]

_MOST_WAITING = 1024
"""Images that were read ahead and not fetched yet; more are not begun."""


class ReadAhead:
    """Decodes images on all cores; no core waits at the end of a batch, for the next one has been begun.

    Several threads may fetch at once: an image that one of them is waiting for is not decoded for another again.

    Args:
        threads: how many decode at once.

    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._begun: dict[int, Future[Pixels]] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()

    def fetch(self, decode: Decode, now: Sequence[int], *, served: Sequence[int], then: Sequence[int]) -> list[Pixels]:
        """The pixels of the images `now`, in this order; those of `then` are begun after them.

        Args:
            decode: gives the pixels of the image at a position.
            now: positions.
            served: positions that the caller hands out, `now` among them: what was begun for the others is let go.
            then: positions that will be asked for next.

        Raises:
            ImageError: an image of `now` cannot be decoded; its path is the place.

        """
        if not (now or then or self._begun):
            return []
        with self._lock:
            wanted = [self._begin(decode, i) for i in now]
            for i in then:
                if len(self._begun) < _MOST_WAITING:
                    self._begin(decode, i)
        try:
            return [future.result() for future in wanted]
        except (KeyboardInterrupt, SystemExit):
            self.stop(drop=True)
            raise
        finally:
            with self._lock:
                for i in served:
                    self._begun.pop(i, None)
                pool = None if self._begun else self._taken_pool()
            if pool is not None:
                pool.shutdown(wait=False)

    def stop(self, *, drop: bool = False) -> None:
        """Let the threads end: once all that was begun is decoded, or, with `drop`, after what they are at."""
        with self._lock:
            pool, self._begun = self._taken_pool(), {}
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=drop)

    def _taken_pool(self) -> ThreadPoolExecutor | None:
        pool, self._pool = self._pool, None
        return pool

    def _begin(self, decode: Decode, i: int) -> Future[Pixels]:
        if i not in self._begun:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._threads, "labelkit-decode")
            self._begun[i] = self._pool.submit(decode, i)
        return self._begun[i]
