"""Read and copy the images of a batch: in threads beside this one, where there is enough to do, else here and now."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from labelkit.storage.faults import StepFailedError
from labelkit.storage.identity import LINKS
from labelkit.storage.ledger import Intent
from labelkit.storage.placing import Placer, Staged

_WORTH_THREADS = 64
"""Images in a batch from which on threads save more than they cost."""

_AT_ONCE = 16
"""Images that a thread takes at once."""

Outcome = Staged | StepFailedError
"""An image that is ready to get its name, or why it is not."""


@dataclass(frozen=True, slots=True)
class Staging:
    """A batch that is being read.

    Attributes:
        intents: its steps.
        outcomes: waits until all are read; one outcome for each, in their order. Raises OSError when nothing more can
            be written.

    """

    intents: Sequence[Intent]
    outcomes: Callable[[], list[Outcome]]


class Stagers:
    """Stages batches. Use it as a context manager: once it is left, for whatever reason, no thread works any more.

    Reading, writing and hashing let other threads run, so that batches are read on several cores, and while another
    batch is made durable.

    Args:
        placer: stages one image.
        jobs: threads; with 1 a batch is read when it is started, in this thread.

    """

    def __init__(self, placer: Placer, *, jobs: int) -> None:
        self._placer = placer
        self._pool = ThreadPoolExecutor(jobs, "labelkit-copy") if jobs > 1 else None
        self._stopped = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        again: KeyboardInterrupt | None = None
        while self._pool is not None:
            try:
                self._pool.shutdown(cancel_futures=True)
                break
            except KeyboardInterrupt as e:  # each thread ends the file in hand; nobody may go on before that
                again = e
        if again is not None:
            raise again

    def start(self, intents: Sequence[Intent]) -> Staging:
        """Begin to read a batch; that nothing more can be written is told by its `outcomes`, after the batch before."""
        if self._pool is None or intents[0].mode in LINKS or len(intents) < _WORTH_THREADS:
            futures = [self._here(intents)]
        else:
            parts = [intents[i : i + _AT_ONCE] for i in range(0, len(intents), _AT_ONCE)]
            futures = [self._pool.submit(self._some, part) for part in parts]
        return Staging(intents, lambda: list(_gathered(futures)))

    def _here(self, intents: Sequence[Intent]) -> Future[list[Outcome]]:
        done: Future[list[Outcome]] = Future()
        try:
            done.set_result(self._some(intents))
        except OSError as e:
            done.set_exception(e)
        return done

    def _some(self, intents: Sequence[Intent]) -> list[Outcome]:
        return list(self._staged(intents))

    def _staged(self, intents: Sequence[Intent]) -> Iterator[Outcome]:
        for intent in intents:
            if self._stopped.is_set():
                return
            try:
                yield self._placer.stage(intent)
            except StepFailedError as e:
                yield e


def _gathered(futures: Sequence[Future[list[Outcome]]]) -> Iterator[Outcome]:
    for future in futures:
        yield from future.result()
