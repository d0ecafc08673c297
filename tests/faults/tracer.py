"""Run something in a child that is held before every system call that changes a disk: record it, refuse it, or kill.

No program of the system is needed: the child sets a seccomp filter that stops it at those calls alone, and this process
decides by ptrace what becomes of each. It must have a single thread, and have imported all that the child needs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.calls import BY_NUMBER, Alike, install_filter
from tests.faults.ptrace import Held, be_traced, fork

PASS, KILL = 0, -1
"""What can become of a call; a positive number: it is not carried out and fails with that error."""

_AT_FDCWD = 2**32 - 100
_PART = re.compile(r"\.labelkit-[0-9a-f]+\.part")


@dataclass(frozen=True, slots=True)
class Call:
    """One call that changes a disk.

    Attributes:
        number: 1 for the first.
        name: as in the manual.
        paths: absolute, in the order of its arguments; of a symbolic link the text first.
        flags: its flags, 0 where it has none.
        alike: what tells it from nearly all other calls of its run.

    """

    number: int
    name: str
    paths: tuple[str, ...]
    flags: int
    alike: Alike

    def __str__(self) -> str:
        return f"{self.name}({', '.join(_PART.sub('PART', p) for p in self.paths)})"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a traced child ended.

    Attributes:
        status: exit code; -9 when it was killed.
        count: how many calls it came to.
        hit: the first call that was reacted to, in words; empty when there was none.
        calls: all of them, where they were recorded.

    """

    status: int
    count: int
    hit: str
    calls: tuple[Call, ...]


class Stop:
    """A child held before its n-th call (1 for the first); what the call is, is looked up when asked."""

    def __init__(self, held: Held, system_call: int, number: int) -> None:
        self.number = number
        self._held = held
        self._system_call = system_call

    def call(self) -> Call:
        """The call in words."""
        shape, arguments = BY_NUMBER[self._system_call], self._held.arguments()
        paths = tuple(_name(self._held, spec, arguments) for spec in shape.names)
        flags = arguments[shape.flags] if shape.flags >= 0 else 0
        return Call(self.number, shape.name, paths, flags, shape.alike(arguments))


Reaction = Callable[[Stop], int]


def let_pass(_: Stop) -> int:
    """Change nothing."""
    return PASS


def at(k: int, reaction: int, *, persists: bool = False) -> Reaction:
    """React at the k-th call, or from it on."""
    return lambda stop: reaction if stop.number == k or (persists and stop.number > k) else PASS


def traced(
    work: Callable[[], int], react: Reaction = let_pass, *, only: Alike | None = None, record: bool = False
) -> Ended:
    """Do `work` in a child, reacting to each call that changes anything.

    Args:
        work: returns the child's exit code, 0 to 127. What it writes on its standard streams is not looked at.
        react: asked before each call.
        only: hold it only at calls like this one, and count only those: much faster.
        record: look up every call, not only the first that was reacted to.

    """

    def child() -> int:
        be_traced()
        install_filter(only)
        return work()

    held = Held(fork(child))
    try:
        held.start()
        return _followed(held, react, record=record)
    finally:
        held.close()


def _followed(held: Held, react: Reaction, *, record: bool) -> Ended:
    calls: list[Call] = []
    number, hit = 0, ""
    while (system_call := held.next_call()) is not None:
        number += 1
        stop = Stop(held, system_call, number)
        reaction = react(stop)
        if record:
            calls.append(stop.call())
        if reaction and not hit:
            hit = str(stop.call())
        if reaction == KILL:
            return Ended(held.kill(), number, hit, tuple(calls))
        if reaction:
            held.refuse(reaction)
    return Ended(held.status, number, hit, tuple(calls))


def _name(held: Held, spec: str, arguments: tuple[int, ...]) -> str:
    values = [arguments[int(digit)] for digit in spec[1:]]
    if spec[0] == "f":
        return _link(f"/proc/{held.pid}/fd/{values[0] & 0x7FFFFFFF}")
    text = held.text(values[-1]) if values[-1] else ""
    if spec[0] == "t" or text.startswith("/"):
        return text
    folder = values[0] & 0xFFFFFFFF
    within = spec[0] == "p" or folder == _AT_FDCWD
    here = _link(f"/proc/{held.pid}/cwd" if within else f"/proc/{held.pid}/fd/{folder}")
    return os.path.normpath(os.path.join(here, text)) if text else here  # noqa: PTH118 - text, not a place


def _link(path: str) -> str:
    try:
        return os.readlink(path)  # noqa: PTH115 - a name that may be no path
    except OSError:
        return ""
