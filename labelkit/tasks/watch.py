"""Rules under watch: one that does not answer in time is stopped, and one that kills its process leaves its name.

A timer signal stops a rule in the main thread of its process, where it runs Python code or sleeps. A rule that hangs in
code that never comes back to Python cannot be stopped so: in a worker process a second clock ends the whole process.
Where there is no such signal (Windows, or a thread other than the main one) only the engine's own clock is left.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self, TextIO

from labelkit.plugins.function_rule import TooSlowError

_TICKS = 4
"""Looks at the clock within one timeout: a rule is stopped after 1 to 1.25 times the timeout."""

_MARK = 32
"""Bytes of a mark: two numbers and blanks."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How rules are watched.

    Attributes:
        seconds: one answer may take; None for no limit.
        marks: folder in which each worker process notes what it is doing; empty for none.
        home: id of the process that asks; in any other one a rule that cannot be stopped ends its process.

    """

    seconds: float | None = None
    marks: str = ""
    home: int = 0


class Watch:
    """Watches one shard of work. Use it as a context; tell `begin` and `end` of each call of a rule.

    Attributes:
        image: index of the image being worked on; set it before its rules are asked.

    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._apart = bool(limits.home) and limits.home != os.getpid()
        self._mark = -1
        self._serial = self._seen = self._ticks = 0
        self._inside = False
        self._before: object = None
        self._nowhere: TextIO | None = None
        self.image = 0

    def __enter__(self) -> Self:
        if self._apart and self._limits.marks:
            file = os.path.join(self._limits.marks, str(os.getpid()))  # noqa: PTH118 - a name, not a path to work on
            self._mark = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
        if self._limits.seconds and can_stop():
            self._before = signal.signal(signal.SIGALRM, self._look)
            step = self._limits.seconds / _TICKS
            signal.setitimer(signal.ITIMER_REAL, step, step)
            self._set_last_resort()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, t: TracebackType | None) -> None:
        if self._before is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before)  # type: ignore[arg-type]  # what signal.signal handed out
            self._before = None
        if self._nowhere is not None:
            faulthandler.cancel_dump_traceback_later()
            self._nowhere.close()
        if self._mark >= 0:
            os.close(self._mark)

    def begin(self, rule: int) -> None:
        """A rule is asked now."""
        if self._mark >= 0:
            os.lseek(self._mark, 0, os.SEEK_SET)
            os.write(self._mark, f"{self.image} {rule}".ljust(_MARK).encode())
        self._serial += 1
        self._inside = True

    def end(self) -> None:
        """It answered."""
        self._inside = False

    def _look(self, _number: int, _frame: FrameType | None) -> None:
        if self._nowhere is not None:
            self._set_last_resort()
        if not self._inside:
            return
        if self._seen != self._serial:
            self._seen, self._ticks = self._serial, 0
        self._ticks += 1
        if self._ticks > _TICKS:
            raise TooSlowError(self._limits.seconds or 0)

    def _set_last_resort(self) -> None:
        """In a worker: end the process when no look at the clock comes through any more."""
        if not self._apart or self._limits.seconds is None:
            return
        if self._nowhere is None:
            self._nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - closed by __exit__
        faulthandler.dump_traceback_later(2 * self._limits.seconds, exit=True, file=self._nowhere)


def has_timer() -> bool:
    """Whether this system has the signal that stops a rule; Windows has none."""
    return hasattr(signal, "setitimer")


def can_stop() -> bool:
    """Whether a rule can be stopped in this thread of this process."""
    return has_timer() and threading.current_thread() is threading.main_thread()


def marked(folder: str, images: Sequence[int]) -> tuple[int, int] | None:
    """(position among `images`, index of the rule) that the latest mark of any worker speaks of; None for none."""
    found: list[tuple[int, int, int]] = []
    for name in sorted(os.listdir(folder)) if folder else ():  # noqa: PTH208 - names of our own
        path = Path(folder) / name
        with suppress(OSError, ValueError):
            image, rule = (int(part) for part in path.read_text("ascii").split())
            if image in images:
                found.append((path.stat().st_mtime_ns, images.index(image), rule))
    if not found:
        return None
    _, position, rule = max(found)
    return position, rule
