"""Read and copy the images of a batch: by copiers or in threads where there is enough to do, else here and now."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from labelkit.storage.copiers import Copiers
from labelkit.storage.faults import StepFailedError
from labelkit.storage.folders import Folders, label_of
from labelkit.storage.identity import LINKS
from labelkit.storage.ledger import Intent
from labelkit.storage.placing import Outcome, Placer

_AT_ONCE, _AT_ONCE_BYTES = 32, 4 << 20
"""Images, or bytes of them, that a thread or a copier takes at once."""


def nothing() -> None:
    """What there is to do meanwhile, where there is nothing."""


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
    """Stages batches. Use it as a context manager: once it is left, for whatever reason, nobody works any more.

    Reading, writing and hashing let other threads run, but each file comes back to Python's lock a dozen times, which
    takes longer than all of them; copiers do not wait for it. Each is asked by a thread of its own, and where one
    cannot be had, or dies, that thread does the work.

    Args:
        placer: stages one image.
        folders: those that it stages in.
        jobs: threads; with 1 a batch is read when it is started, in this thread.
        copiers: processes that copy, as many as threads at most; 0 for none.

    Attributes:
        beside: whether work is done beside this thread.

    """

    def __init__(self, placer: Placer, folders: Folders, *, jobs: int, copiers: int = 0) -> None:
        self._placer, self._folders = placer, folders
        self._copiers = Copiers(folders, permissions=placer.permissions, count=min(jobs, copiers))
        self._pool = ThreadPoolExecutor(jobs, "labelkit-copy") if jobs > 1 or copiers else None
        self._stopped = threading.Event()
        self.beside = self._pool is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._copiers.kill()
        again: KeyboardInterrupt | None = None
        for end in (self._end_threads, self._copiers.wait):
            while True:
                try:
                    end()
                    break
                except KeyboardInterrupt as e:  # each ends the file in hand; nobody may go on before that
                    again = e
        if again is not None:
            raise again

    def start(self, intents: Sequence[Intent], *, meanwhile: Callable[[], None] = nothing) -> Staging:
        """Begin to read a batch; that nothing more can be written is told by its `outcomes`, after the batch before.

        Args:
            intents: its steps.
            meanwhile: what this thread has to do; where it is this thread that reads, it is done before.

        """
        parts = [intents] if self._pool is None or intents[0].mode in LINKS else list(_parts(intents))
        if self._pool is None or len(parts) == 1:
            meanwhile()
            futures = [self._here(intents)]
        else:
            self._make_folders(intents)
            futures = [self._pool.submit(self._some, part) for part in parts]
            meanwhile()
        return Staging(intents, lambda: list(_gathered(futures)))

    def _end_threads(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def _make_folders(self, intents: Sequence[Intent]) -> None:
        """Make the class folders in this process, which then knows which ones it may remove again."""
        for target in {label_of(i.step.target): i.step.target for i in intents}.values():
            with contextlib.suppress(StepFailedError, OSError):  # those who copy will meet it too, and tell
                self._folders.entry(target, make=True)

    def _here(self, intents: Sequence[Intent]) -> Future[list[Outcome]]:
        done: Future[list[Outcome]] = Future()
        try:
            done.set_result(list(self._staged(intents)))
        except OSError as e:
            done.set_exception(e)
        return done

    def _some(self, intents: Sequence[Intent]) -> list[Outcome]:
        """In a thread: have a copier do it, or do it here, also what one that died was at."""
        if self._stopped.is_set():
            return []
        told = self._copiers.stage(intents, self._folders)
        if told is None and not self._stopped.is_set():
            self._clear(intents)
            told = list(self._staged(intents))
        return told or []

    def _clear(self, intents: Sequence[Intent]) -> None:
        """Remove what a copier that died left of its copies."""
        for intent in intents:
            with contextlib.suppress(StepFailedError, OSError):
                self._folders.entry(intent.step.target, intent.temporary).remove()

    def _staged(self, intents: Sequence[Intent]) -> Iterator[Outcome]:
        for intent in intents:
            if self._stopped.is_set():
                return
            try:
                yield self._placer.stage(intent)
            except StepFailedError as e:
                yield e


def _parts(intents: Sequence[Intent]) -> Iterator[Sequence[Intent]]:
    """The intents in order, in parts of so many, or of so many bytes."""
    begin, size = 0, 0
    for i, intent in enumerate(intents, 1):
        size += intent.step.stamp[0]
        if i - begin >= _AT_ONCE or size >= _AT_ONCE_BYTES:
            yield intents[begin:i]
            begin, size = i, 0
    if begin < len(intents):
        yield intents[begin:]


def _gathered(futures: Sequence[Future[list[Outcome]]]) -> Iterator[Outcome]:
    for future in futures:
        yield from future.result()
