"""Disturb one sort at each call that changes anything, one after the other; run the same command again; compare."""

from __future__ import annotations

import errno
import json
import os
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from labelkit.domain.errors import LabelkitError
from labelkit.domain.placing import LEDGER_NAME
from tests.faults.oracle import State, faults_at_this_instant, state
from tests.faults.scene import Outcome, Scene
from tests.faults.tracer import KILL, Call, Ended, Reaction, at, let_pass, traced

ERRORS = (errno.EIO, errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EINTR)
LASTING = (errno.EIO, errno.ENOSPC, errno.EROFS)

UNEXPECTED = 70
"""The code of a sort that ended in a way no command may end in."""


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What happens at one call.

    Attributes:
        reaction: KILL, or the error that the call fails with.
        persists: whether every later call fails as well.

    """

    reaction: int
    persists: bool = False

    def __str__(self) -> str:
        told = "killed" if self.reaction == KILL else errno.errorcode[self.reaction]
        return f"{told} from there on" if self.persists else told


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which disturbances are tried at each call.

    Attributes:
        kill: SIGKILL before it.
        errors: it alone fails with each of these.
        lasting: it and every later one fail with each of these.
        turns: of the errors one a call, by turns.
        ledger_turns: the same at calls on the ledger only; at the others each but EINTR.
        but_ledger: no errors at calls on the ledger.
        thin: of writes into one file that follow each other, only the first and the last are disturbed, but for kills.
        thin_kills: kills as well.
        nested: after a kill, the next run is killed as well, at another call; and the one after that goes through.

    """

    kill: bool = True
    errors: tuple[int, ...] = ()
    lasting: tuple[int, ...] = ()
    turns: bool = False
    ledger_turns: bool = False
    but_ledger: bool = False
    thin: bool = False
    thin_kills: bool = False
    nested: bool = False

    def at(self, calls: Sequence[Call], i: int) -> Iterator[Disturbance]:
        """What is tried at the i-th of these calls (0 for the first)."""
        within = _within_writes(calls, i)
        if self.kill and not (self.thin_kills and within):
            yield Disturbance(KILL)
        if self.thin and within:
            return
        yield from (Disturbance(e) for e in self._errors_at(calls[i], i))
        yield from (Disturbance(e, persists=True) for e in self.lasting)

    def _errors_at(self, call: Call, i: int) -> tuple[int, ...]:
        on_ledger = LEDGER_NAME in call.paths[-1]
        if not self.errors or (self.but_ledger and on_ledger):
            return ()
        if self.turns or (self.ledger_turns and on_ledger):
            return self.errors[i % len(self.errors) :][:1]
        return self.errors[:-1] if self.ledger_turns else self.errors


def _within_writes(calls: Sequence[Call], i: int) -> bool:
    around = calls[max(0, i - 1) : i + 2]
    return len(around) == 3 and len({(c.name, c.paths) for c in around}) == 1


@dataclass(frozen=True, slots=True)
class Point:
    """One disturbance at one call.

    Attributes:
        call: the call, as recorded.
        nth: how many calls alike there are up to and with it.
        disturbance: what happens there.
        nested: the call at which the next run is killed as well; 0: it is not.

    """

    call: Call
    nth: int
    disturbance: Disturbance
    nested: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """What a campaign found.

    Attributes:
        calls: how many calls an undisturbed run makes.
        runs: how many times one was disturbed.
        faults: what must not be, with the point and the call.

    """

    calls: int
    runs: int
    faults: tuple[str, ...]


def every_point(scene: Scene, scratch: Path, wanted: Wanted) -> Found:
    """Disturb the sort at each of its calls; `scratch` is a folder of its own."""
    calls, undisturbed = record(scene)
    seen: Counter[object] = Counter()
    faults: list[str] = []
    runs = 0
    for i, call in enumerate(calls):
        seen[call.alike] += 1
        for disturbance in wanted.at(calls, i):
            runs += 1
            point = Point(call, seen[call.alike], disturbance, nested=1 + 7 * i % 60 if wanted.nested else 0)
            found = _at_point(scene, scratch, point, undisturbed)
            faults += [f"call {call.number} of {len(calls)}, {call}, {disturbance}: {fault}" for fault in found]
    return Found(len(calls), runs, tuple(faults))


def record(scene: Scene) -> tuple[tuple[Call, ...], State]:
    """The calls of an undisturbed run, and what is there after it."""
    scene.prepare()
    ended, outcome = run(scene, record_calls=True)
    assert outcome == Outcome(0), outcome
    return ended.calls, state(scene)


def run(
    scene: Scene, react: Reaction = let_pass, *, like: Call | None = None, record_calls: bool = False
) -> tuple[Ended, Outcome | None]:
    """The sort in a traced child; None as outcome when it was killed."""
    receive, send = os.pipe()

    def child() -> int:
        os.dup2(send, 2)  # calls on the standard streams are not counted
        os.write(2, json.dumps(asdict(guarded(scene))).encode())
        return 0

    try:
        ended = traced(child, react, only=like.alike if like else None, record=record_calls)
    finally:
        os.close(send)
    with os.fdopen(receive, "rb") as f:
        told = f.read()
    return ended, Outcome(**json.loads(told)) if told else None


def guarded(scene: Scene) -> Outcome:
    """The sort, with what no command may end in as an outcome of its own."""
    try:
        return scene.sort()
    except Exception:  # noqa: BLE001 - whatever it was, it is a fault that is reported
        return Outcome(UNEXPECTED, traceback.format_exc(limit=-4))


def _at_point(scene: Scene, scratch: Path, point: Point, undisturbed: State) -> Iterator[str]:
    call, what = point.call, point.disturbance
    scene.prepare()
    if what.persists:
        ended, outcome = run(scene, at(call.number, what.reaction, persists=True))
    else:
        ended, outcome = run(scene, at(point.nth, what.reaction), like=call)
    if ended.hit != str(call):
        yield f"the harness hit another call: {ended.hit or 'none'}"
    yield from faults_of_ending(what, ended, outcome)
    yield from faults_at_this_instant(scene, scratch)
    if point.nested and what.reaction == KILL:
        run(scene, at(point.nested, KILL))
        yield from faults_at_this_instant(scene, scratch)
    yield from faults_after_resuming(scene, undisturbed)


def faults_of_ending(what: Disturbance, ended: Ended, outcome: Outcome | None) -> Iterator[str]:
    """A kill kills; an error is survived, or told with exit code 4 (3: something could not be read) and what to do."""
    if what.reaction == KILL:
        if ended.status != -9:
            yield f"it was not killed: {ended.status}"
    elif outcome is None:
        yield f"it ended without a word: {ended.status}"
    elif outcome.code not in {0, 3, 4}:
        yield f"exit code {outcome.code}: {outcome.said}"
    elif outcome.code and not outcome.remedy:
        yield f"it does not say what to do: {outcome.said}"


def faults_after_resuming(scene: Scene, undisturbed: State) -> Iterator[str]:
    """The same command again, undisturbed: exit code 0, and what an undisturbed run leaves."""
    again = guarded(scene)
    if again.code != 0:
        yield f"the same command again: exit code {again.code}: {again.said}"
        return
    yield from faults_against(scene, undisturbed)


def faults_against(scene: Scene, undisturbed: State, *, but: str = "") -> Iterator[str]:
    """How the tree and the record differ from those of an undisturbed run; one name may be there or not."""
    try:
        after = state(scene)
    except LabelkitError as e:
        yield f"the ledger cannot be read: {e}"
        return
    wanted, there = ({x for x in (*s[0], *s[1]) if x[0] != but} for s in (undisturbed, after))
    if wanted != there:
        yield f"another end: {sorted(map(str, there - wanted))} instead of {sorted(map(str, wanted - there))}"
