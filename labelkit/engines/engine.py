"""The one call that all work goes through: a task over shards of items, receipts in the order of the shards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, runtime_checkable

Item = TypeVar("Item")
Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)
Item_contra = TypeVar("Item_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Lost:
    """One item whose worker died on it, again and again; everything else went on."""

    reason: str


@dataclass(frozen=True, slots=True)
class Receipt(Generic[Result_co]):
    """What became of one shard: one result an item, in order; `Lost` where a worker died on that very item."""

    shard: int
    results: tuple[Result_co | Lost, ...]
    worker: int
    """Process id of the worker that did it."""


@runtime_checkable
class Marking(Protocol[Item_contra]):
    """A task that leaves marks of what it is doing, so that the item on which its worker died is known at once."""

    def died_on(self, items: Sequence[Item_contra], /) -> tuple[int, str] | None:
        """Position of the item that the last worker was at, and what it did; None where no mark tells."""


class Engine(Protocol):
    """Who does the work. Tasks are picklable callables: a shard (sequence of items) in, one result an item out."""

    def run(
        self, task: Callable[[Sequence[Item]], Sequence[Result]], shards: Iterable[Sequence[Item]], *, retries: int = 1
    ) -> Iterator[Receipt[Result]]:
        """Do `task` on each shard; receipts come in the order of the shards, a bounded number in flight.

        An exception that the task raises is the caller's: it ends the run. A worker that dies is replaced; its shard is
        tried again `retries` times, then halved until the one item that kills workers stands alone as `Lost`. A task
        that is `Marking` is not halved: the item that it names is tried alone.
        """

    def close(self) -> None:
        """End the workers."""
