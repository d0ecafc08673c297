"""Worker processes on this machine: bounded in flight, replaced when they die, killed when they hang.

The workers are started by loky. They import this package, never the caller's `__main__`: an unguarded script, a script
on stdin and a notebook cell can all call in. They are started afresh, never forked.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NoAnswer
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from threading import Thread
from typing import Generic, Protocol

from labelkit.engines.allocator import keep_freed_memory
from labelkit.engines.engine import Item, Lost, Marking, Receipt, Result

_SHARDS_A_WORKER = 2
"""In flight: one that the worker does, one that waits for it."""

_SECONDS_AN_ITEM = 2.0
"""Time allowed for each item beyond the engine's patience; the slowest hostile image measured took 0.73 s."""

_FEEDER_S = 5.0
"""Seconds for the thread that feeds the workers to end; it needs a few milliseconds, unless the pipe it writes to is
full and nobody reads it any more."""

_QUIET = {"PYTHONWARNINGS": "ignore", "TF_CPP_MIN_LOG_LEVEL": "3"}
"""What workers find in their environment: a warning of theirs has no place on the person's screen."""

_LEAN = {"OPENBLAS_NUM_THREADS": "1"}
"""And: no threads beside the workers, one of which each core has already."""

_Answer = tuple[int, tuple[Result, ...]]
"""Process id of the worker, and one result an item."""


class _Pool(Protocol):
    """What this module needs of loky, which ships no types."""

    def submit(
        self, fn: Callable[..., _Answer[Result]], task: object, items: Sequence[Item], /
    ) -> Future[_Answer[Result]]: ...

    def shutdown(self, *, wait: bool, kill_workers: bool) -> None: ...


@dataclass(slots=True)
class _Flight(Generic[Item, Result]):
    """One shard on its way; `future` is None while it waits to be handed over again after a worker's death."""

    number: int
    items: Sequence[Item]
    future: Future[_Answer[Result]] | None = None


class LocalWorkers:
    """An engine of worker processes; started on the first run, ended by `close`.

    Args:
        workers: how many processes, at least 1.
        patience_s: seconds after which a shard without an answer counts as hung, beside two seconds an item.

    """

    def __init__(self, workers: int, *, patience_s: float = 30.0) -> None:
        self._workers = workers
        self._patience_s = patience_s
        self._pool: _Pool | None = None

    def run(
        self,
        task: Callable[[Sequence[Item]], Sequence[Result]],
        shards: Iterable[Sequence[Item]],
        *,
        retries: int = 1,
    ) -> Iterator[Receipt[Result]]:
        """Do `task` on each shard; receipts in the order of the shards, two shards a worker in flight.

        When a worker dies, the oldest shard without an answer is done alone, so that the one that kills is known:
        tried again `retries` times, then halved down to the one item that stands as `Lost`. A shard that gives no
        answer in time is halved at once; where the task tells the item it was at, that one is taken out instead.
        """
        waiting: deque[_Flight[Item, Result]] = deque()
        source = iter(enumerate(shards))
        try:
            while self._fill(task, waiting, source):
                flight = waiting.popleft()
                yield self._receipt(task, flight, waiting, retries)
        finally:
            for flight in waiting:
                if flight.future is not None:
                    flight.future.cancel()

    def close(self) -> None:
        """End the workers, whatever they are doing, and the threads that spoke with them."""
        if self._pool is not None:
            feeder = _feeder_of(self._pool)
            self._pool.shutdown(wait=True, kill_workers=True)
            self._pool = None
            if feeder is not None:
                feeder.join(_FEEDER_S)

    def _fill(
        self,
        task: Callable[[Sequence[Item]], Sequence[Result]],
        waiting: deque[_Flight[Item, Result]],
        source: Iterator[tuple[int, Sequence[Item]]],
    ) -> bool:
        """Hand over what waits, and new shards up to the bound; whether anything is in flight."""
        for flight in waiting:
            if flight.future is None:
                flight.future = self._submit(task, flight.items)
        while len(waiting) < self._workers * _SHARDS_A_WORKER:
            try:
                number, items = next(source)
            except StopIteration:
                break
            waiting.append(_Flight(number, items, self._submit(task, items)))
        return bool(waiting)

    def _receipt(
        self,
        task: Callable[[Sequence[Item]], Sequence[Result]],
        flight: _Flight[Item, Result],
        others: deque[_Flight[Item, Result]],
        retries: int,
    ) -> Receipt[Result]:
        assert flight.future is not None
        try:
            worker, results = _checked(flight.future.result(self._limit(flight.items)), flight.items)
            return Receipt(flight.number, results, worker)
        except (BrokenProcessPool, NoAnswer):
            self.close()
            for other in others:
                if other.future is not None and not _succeeded(other.future):
                    other.future = None
            one, salvaged = self._alone(task, flight.items, retries)
            return Receipt(flight.number, salvaged, one)

    def _alone(
        self, task: Callable[[Sequence[Item]], Sequence[Result]], items: Sequence[Item], retries: int
    ) -> tuple[int, tuple[Result | Lost, ...]]:
        """Do one shard with nothing else in flight; halve it when it kills its worker or hangs."""
        reason = ""
        marked: tuple[int, str] | None = None
        for _ in range(retries + 1):
            try:
                return _checked(self._submit(task, items).result(self._limit(items)), items)
            except NoAnswer:
                reason = f"no answer in {self._limit(items):.0f} s"
            except BrokenProcessPool:
                reason = "the worker process died on it"
            self.close()
            marked = task.died_on(items) if isinstance(task, Marking) else None
            if len(items) > 1 and (marked or reason.startswith("no answer")):
                break
        if len(items) == 1:
            return 0, (Lost(f"{reason} {marked[1]}" if marked else reason),)
        if marked is None:
            middle = len(items) // 2
            return self._in_parts(task, [items[:middle], items[middle:]], [retries, retries])
        at = marked[0]
        parts = [items[:at], items[at : at + 1], items[at + 1 :]]
        return self._in_parts(task, parts, [retries, 0, retries])  # the one that was named is tried once more

    def _in_parts(
        self,
        task: Callable[[Sequence[Item]], Sequence[Result]],
        parts: Sequence[Sequence[Item]],
        retries: Sequence[int],
    ) -> tuple[int, tuple[Result | Lost, ...]]:
        worker = 0
        results: list[Result | Lost] = []
        for part, tries in zip(parts, retries, strict=True):
            if part:
                one, found = self._alone(task, part, tries)
                worker = one or worker
                results += found
        return worker, tuple(results)

    def _limit(self, items: Sequence[Item]) -> float:
        return self._patience_s + _SECONDS_AN_ITEM * len(items)

    def _submit(
        self, task: Callable[[Sequence[Item]], Sequence[Result]], items: Sequence[Item]
    ) -> Future[_Answer[Result]]:
        if self._pool is None:
            self._pool = _start(self._workers)
        try:
            return self._pool.submit(_work, task, items)
        except BrokenProcessPool as e:  # a worker died a moment ago: told when this shard's turn comes
            broken: Future[_Answer[Result]] = Future()
            broken.set_exception(e)
            return broken


def _succeeded(future: Future[_Answer[Result]]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _checked(answer: _Answer[Result], items: Sequence[object]) -> _Answer[Result]:
    if len(answer[1]) != len(items):
        raise RuntimeError(f"the task gave {len(answer[1])} results for {len(items)} items")
    return answer


def _start(workers: int) -> _Pool:
    from loky import ProcessPoolExecutor
    from loky.backend import get_context

    # the "loky" context: a fresh interpreter that is never told of the caller's __main__
    pool: _Pool = ProcessPoolExecutor(
        max_workers=workers, context=get_context("loky"), initializer=_set_up_worker, env=_QUIET | _LEAN
    )
    return pool


def _feeder_of(pool: _Pool) -> Thread | None:
    """The thread that hands work to the workers, if it was started.

    loky joins its other thread, never this one. It may be the last to hold semaphores, and gives them back when it
    ends: should the program end in the same moment, loky's resource tracker complains of them on the person's screen.
    """
    thread = getattr(getattr(pool, "_call_queue", None), "_thread", None)
    return thread if isinstance(thread, Thread) else None


def _set_up_worker() -> None:
    """In the worker: a Ctrl-C is the main process's to answer, and what is printed goes to stderr, not into data."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(2, 1)
    keep_freed_memory()


def _work(task: Callable[[Sequence[Item]], Sequence[Result]], items: Sequence[Item]) -> _Answer[Result]:
    """In the worker: one shard."""
    return os.getpid(), tuple(task(items))
