"""Threads that decode what is asked for now, and after it what will be asked for next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor

from labelkit.imaging.recipes import Pixels

Decode = Callable[[int], Pixels]

_Piece = dict[int, Pixels | Exception]
"""What became of a few images, by position."""

_MOST_WAITING = 1024
"""Images that were read ahead and not fetched yet; more are not begun."""

_MOST_AT_ONCE = 8
_PIECES_A_THREAD = 4
"""Images are handed to the threads a few at a time: handing over costs 0.1 ms, small PNGs take ten times that."""


class ReadAhead:
    """Decodes images on all cores; no core waits at the end of a batch, for the next one has been begun.

    Several threads may fetch at once: an image that one of them is waiting for is not decoded for another again.

    Args:
        threads: how many decode at once.

    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._begun: dict[int, Future[_Piece]] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._dropped = threading.Event()
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
            self._begin(decode, now)
            self._begin(decode, then[: max(0, _MOST_WAITING - len(self._begun))])
            wanted = [(i, self._begun[i]) for i in now]
        try:
            return [_pixels(future.result()[i]) for i, future in wanted]
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
            if drop:
                self._dropped.set()
                self._dropped = threading.Event()
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=drop)

    def _taken_pool(self) -> ThreadPoolExecutor | None:
        pool, self._pool = self._pool, None
        return pool

    def _begin(self, decode: Decode, positions: Sequence[int]) -> None:
        new = [i for i in dict.fromkeys(positions) if i not in self._begun]
        size = max(1, min(_MOST_AT_ONCE, len(new) // (_PIECES_A_THREAD * self._threads)))
        for first in range(0, len(new), size):
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._threads, "labelkit-decode")
            piece = new[first : first + size]
            self._begun.update(dict.fromkeys(piece, self._pool.submit(_each, decode, piece, self._dropped)))


def _each(decode: Decode, positions: Sequence[int], dropped: threading.Event) -> _Piece:
    found: _Piece = {}
    for i in positions:
        try:
            found[i] = CancelledError() if dropped.is_set() else decode(i)
        except Exception as e:  # noqa: BLE001 - raised where this image is fetched; the others of the piece are sound
            found[i] = e
    return found


def _pixels(found: Pixels | Exception) -> Pixels:
    if isinstance(found, Exception):
        raise found
    return found
