"""Ctrl-C, a request to end, a terminal that is gone: what is in hand is finished or rolled back, then the command ends.

Each raises KeyboardInterrupt where the program is, a second time as well: then what the first one was rolling back is
left to the next run, which is how a kill is dealt with too.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Windows has no SIGHUP."""

NOTHING_DONE = "nothing is half done; run the same command again"
GOES_ON = "run the same command again: it goes on from here"
STAYS = "run the same command again; what --sort-into had placed stays, and is not placed twice"
"""What to do next: of a command that begins anew, of one that has recorded how far it came, and of one with both."""


def listen() -> None:
    """From now on each of the signals ends the command in order; one that was to be ignored (nohup) still is."""
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def exit_code(interrupt: KeyboardInterrupt) -> int:
    """130, 143 or 129, as shells have it: 128 and the number of the signal."""
    number = interrupt.args[0] if interrupt.args else signal.SIGINT
    return 128 + int(number)


@contextmanager
def last_words() -> Iterator[None]:
    """Say how to go on, undisturbed, even to a terminal that is gone; afterwards a signal ends the process at once."""
    ours = [number for number in _SIGNALS if signal.getsignal(number) is _interrupt]
    for number in ours:
        signal.signal(number, signal.SIG_IGN)
    try:
        with suppress(OSError):
            yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _interrupt(number: int, _frame: object) -> None:
    raise KeyboardInterrupt(signal.Signals(number))
