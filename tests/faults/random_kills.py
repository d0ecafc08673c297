"""Kill a sort at random moments, and the run after it as well; say in which phases the kills fell."""

from __future__ import annotations

import contextlib
import mmap
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from labelkit.flows import sort as sort_flow
from labelkit.storage import batches, transfer
from labelkit.storage.durability import Disk
from labelkit.storage.folders import Folders
from labelkit.storage.placing import Placer
from labelkit.storage.sqlite_ledger import SqliteLedger
from tests.faults.exhaustive import faults_after_resuming, guarded
from tests.faults.oracle import State, faults_at_this_instant, state
from tests.faults.ptrace import fork
from tests.faults.scene import Outcome, Scene

_PLACES: tuple[tuple[str, object, str], ...] = (
    ("lock", sort_flow, "exclusive"),
    ("open the ledger", sort_flow, "open_ledger"),
    ("recovery", sort_flow, "recover"),
    ("judge and plan", sort_flow, "judge"),
    ("judge and plan", sort_flow, "_plan"),
    ("judge and plan", sort_flow, "check"),
    ("judge and plan", sort_flow, "told_before"),
    ("record decisions", SqliteLedger, "begin_run"),
    ("record decisions", SqliteLedger, "forget_placements"),
    ("record decisions", SqliteLedger, "record_placements"),
    ("record decisions", SqliteLedger, "record_decisions"),
    ("write ahead", SqliteLedger, "intend"),
    ("withdraw", transfer, "withdraw"),
    ("relocate", transfer, "relocate"),
    ("copy", Placer, "stage"),
    ("sync files", Disk, "sync"),
    ("publish", Placer, "publish"),
    ("sync folders", Folders, "sync"),
    ("take sources away", batches, "take_away"),
    ("settle", SqliteLedger, "settle"),
    ("record the end", SqliteLedger, "end_run"),
    ("record the end", SqliteLedger, "close"),
)
"""What a sort is doing while it is in one of these functions; what the recovery calls belongs to the recovery."""

PHASES = tuple(dict.fromkeys(phase for phase, _, _ in _PLACES))
BETWEEN = "between these"

_PHASE, _BEGUN, _ENDED = 0, 1, 2
"""Bytes of the memory that parent and child share."""


@dataclass(frozen=True, slots=True)
class Kills:
    """What came of killing at random.

    Attributes:
        landed: kills between the first and the last call that changes anything; no other counts.
        missed: children that had not begun, or had ended.
        nested: of the landed ones, those that fell into the run after a kill.
        phases: landed kills by phase.
        aimed: of the landed ones, those that waited for their phase, because chance came there too rarely.
        faults: what must not be.

    """

    landed: int
    missed: int
    nested: int
    phases: Counter[str]
    aimed: int
    faults: tuple[str, ...]


@dataclass(slots=True)
class _Tally:
    landed: int = 0
    missed: int = 0
    nested: int = 0
    aimed: int = 0
    phases: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def kill_at_random(
    scenes: Sequence[Scene], scratch: Path, *, count: int, chance: random.Random, at_least: int = 0
) -> Kills:
    """Kill until so many kills have landed, and so many in each phase.

    Args:
        scenes: taken by turns; each in a folder of its own.
        scratch: a folder of its own.
        count: kills that have to land.
        chance: the source of the moments.
        at_least: kills that have to land in each phase; moments are aimed at the phases that lack some at the end.

    """
    known = [(scene, *_undisturbed(scene)) for scene in scenes]
    tally = _Tally()
    turn = 0
    while tally.landed < count:
        _one(*known[turn % len(known)], scratch, chance, tally)
        turn += 1
    for phase in PHASES:
        for scene, end, seconds in _in_turn(known, patience=400 * at_least):
            if tally.phases[phase] >= at_least:
                break
            _one(scene, end, seconds, scratch, chance, tally, phase=phase)
    tally.faults += [f"only {tally.phases[p]} kills in: {p}" for p in PHASES if tally.phases[p] < at_least]
    return Kills(tally.landed, tally.missed, tally.nested, tally.phases, tally.aimed, tuple(tally.faults))


_Known = tuple[Scene, State, float]


def _in_turn(known: Sequence[_Known], patience: int) -> Iterator[_Known]:
    return (known[i % len(known)] for i in range(patience))


def _undisturbed(scene: Scene) -> tuple[State, float]:
    """What an undisturbed run leaves, and how many seconds it takes in a child once it has begun."""
    scene.prepare()
    shared = mmap.mmap(-1, 16)
    pid = fork(lambda: marked(scene, shared))
    _wait_for(shared, _BEGUN, 1)
    began = time.perf_counter()
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    return state(scene), time.perf_counter() - began


def _one(
    scene: Scene, end: State, seconds: float, scratch: Path, chance: random.Random, tally: _Tally, *, phase: str = ""
) -> None:
    """One kill; after a third of those that land, the next run is killed too."""
    scene.prepare()
    later = phase == "recovery"  # there is none but in the run after a kill
    told = _killed(scene, seconds, chance, tally, "" if later else phase)
    if not told:
        tally.missed += 1
        return
    found = faults_at_this_instant(scene, scratch)
    if chance.random() < 1 / 3 or later:
        again = _killed(scene, seconds, chance, tally, phase)
        tally.nested += bool(again)
        told += f", then in: {again or 'nothing'}"
        found += faults_at_this_instant(scene, scratch)
    found += faults_after_resuming(scene, end)
    tally.faults += [f"killed in: {told}: {fault}" for fault in found]


def _killed(scene: Scene, seconds: float, chance: random.Random, tally: _Tally, phase: str) -> str:
    """Kill the sort at a random moment, or shortly after it has come to a phase; in which one, empty when it missed."""
    shared = mmap.mmap(-1, 16)
    pid = fork(lambda: marked(scene, shared))
    _wait_for(shared, _BEGUN, 1)
    if phase:
        _wait_for(shared, _PHASE, 1 + PHASES.index(phase))
        time.sleep(chance.choice([0, 0.00002, 0.0002]))
    else:
        time.sleep(chance.uniform(0, seconds))
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if os.waitstatus_to_exitcode(status) != -signal.SIGKILL or has_ended(shared):
        return ""
    name = phase_of(shared)
    tally.landed += 1
    tally.aimed += bool(phase)
    tally.phases[name] += 1
    return name


def has_begun(shared: mmap.mmap) -> bool:
    """Whether the child has come to its first change."""
    return bool(shared[_BEGUN])


def has_ended(shared: mmap.mmap) -> bool:
    """Whether it is through."""
    return bool(shared[_ENDED])


def phase_of(shared: mmap.mmap) -> str:
    """What it is doing."""
    return PHASES[shared[_PHASE] - 1] if shared[_PHASE] else BETWEEN


def _wait_for(shared: mmap.mmap, byte: int, value: int) -> None:
    """Until the child is there, or has ended."""
    give_up = time.perf_counter() + 20
    while shared[byte] != value and not shared[_ENDED] and time.perf_counter() < give_up:
        time.sleep(0)


def marked(scene: Scene, shared: mmap.mmap) -> int:
    """In the child: the sort, telling its phases; begun just before its first change, ended just after its last."""
    for number, (phase, owner, name) in enumerate(_PLACES):
        _mark(shared, owner, name, phase, starts=number == 0)
    _mark(shared, Path, "mkdir", "", starts=True)
    try:
        return 0 if guarded(scene) == Outcome(0) else 1
    finally:
        shared[_ENDED] = 1


def _mark(shared: mmap.mmap, owner: object, name: str, phase: str, *, starts: bool) -> None:
    real: Callable[..., object] = getattr(owner, name)
    number = 1 + PHASES.index(phase) if phase else 0

    def marked(*words: object, **named: object) -> object:
        if starts:
            shared[_BEGUN] = 1
        with _in_phase(shared, number):
            result = real(*words, **named)
        return _Entering(result, shared, number) if isinstance(result, contextlib.AbstractContextManager) else result

    setattr(owner, name, marked)


@contextlib.contextmanager
def _in_phase(shared: mmap.mmap, number: int) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # copies beside what the main thread does
        yield
        return
    before = shared[_PHASE]
    if number and before != 1 + PHASES.index("recovery"):
        shared[_PHASE] = number
    try:
        yield
    finally:
        shared[_PHASE] = before


class _Entering:
    """What a function gave to be entered: entering and leaving it belong to its phase, what is done within does not."""

    def __init__(self, real: contextlib.AbstractContextManager[object], shared: mmap.mmap, number: int) -> None:
        self._real, self._shared, self._number = real, shared, number

    def __enter__(self) -> object:
        with _in_phase(self._shared, self._number):
            return self._real.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        with _in_phase(self._shared, self._number):
            return self._real.__exit__(kind, error, trace)
