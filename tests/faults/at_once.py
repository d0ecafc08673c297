"""Many sorts at once in one folder, and a class folder that is swapped for a link again and again meanwhile."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from tests.faults.exhaustive import guarded
from tests.faults.oracle import faults_at_this_instant, state
from tests.faults.ptrace import fork
from tests.faults.scene import Outcome, Scene, stories

_EXCHANGE = 2
_AT_FDCWD = -100
"""Of <linux/fs.h> and <fcntl.h>: renameat2 that exchanges two names in one step."""


def many_at_once(folder: Path, *, processes: int, rounds: int) -> tuple[int, int, list[str]]:
    """Start sorts at the same moment: whoever gets in works alone, the others say who is at work and change nothing.

    Returns:
        how many got in, how many were turned away, and what must not be.

    """
    scene = Scene(stories()["change-copy"], folder / "scene")
    scene.prepare()
    assert guarded(scene) == Outcome(0)
    end = state(scene)
    won, faults = 0, list[str]()
    for number in range(rounds):
        scene.prepare()
        told = _together([lambda: guarded(scene)] * processes)
        won += sum(t.code == 0 for t in told)
        turned_away = [t for t in told if t.code != 0]
        faults += [
            f"round {number}: {t}" for t in turned_away if t.code != 4 or "another labelkit is at work" not in t.said
        ]
        if len(turned_away) == processes:
            faults.append(f"round {number}: nobody got in")
        if state(scene) != end:
            faults.append(f"round {number}: another end")
    return won, processes * rounds - won, faults


def swapped_meanwhile(folder: Path, *, sorts: int, swaps: int) -> tuple[int, int, list[str]]:
    """Exchange a class folder with a link to somebody's own folder, as fast as can be, while sorts run.

    Arguments:
        folder: where to play.
        sorts: how many sorts there are at least.
        swaps: how many swaps there are at least; how many one sort sees hangs on the machine, so sorts follow until
            there are enough.

    Returns:
        how many sorts and swaps there were, and what must not be.

    """
    scene = Scene(stories()["place-copy"], folder / "scene")
    canary = folder / "somebody's own"
    canary.mkdir(parents=True)
    (canary / "picture.png").write_bytes(b"not ours")
    number, swapped, faults = 0, 0, list[str]()
    while number < sorts or swapped < swaps:
        number += 1
        scene.prepare()
        (scene.base_dir / "A").mkdir(parents=True)
        _remove(folder / "link")
        (folder / "link").symlink_to(canary)
        done, told = _swapping(scene.base_dir / "A", folder / "link", scene)
        swapped += done
        if told.code not in {0, 4}:
            faults.append(f"sort {number}: {told}")
        if {p.name: p.read_bytes() for p in canary.iterdir()} != {"picture.png": b"not ours"}:
            faults.append(f"sort {number}: the other folder was written into")
        faults += [f"sort {number}: {f}" for f in faults_at_this_instant(scene, folder / "scratch") if "lost" in f]
    return number, swapped, faults


def _remove(path: Path) -> None:
    if path.is_symlink():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


def _together(works: list[Callable[[], Outcome]]) -> list[Outcome]:
    """Each in a process of its own, held until all are there."""
    start_here, start = os.pipe()
    readers, children = [], []
    for work in works:
        receive, send = os.pipe()

        def child(work: Callable[[], Outcome] = work, send: int = send) -> int:
            os.close(start)
            os.read(start_here, 1)
            os.write(send, json.dumps(asdict(work())).encode())
            return 0

        children.append(fork(child))
        os.close(send)
        readers.append(receive)
    os.close(start_here)
    os.close(start)
    for pid in children:
        os.waitpid(pid, 0)
    told = []
    for receive in readers:
        with os.fdopen(receive, "rb") as f:
            told.append(Outcome(**json.loads(f.read())))
    return told


def _swapping(one: Path, other: Path, scene: Scene) -> tuple[int, Outcome]:
    """Sort while another process exchanges two names without a pause; how many times it did, and how that ended.

    The sort begins when the names have been exchanged once.
    """
    receive, send = os.pipe()
    begun_here, begun = os.pipe()

    def child() -> int:
        going = True

        def stop(*_: object) -> None:
            nonlocal going
            going = False

        signal.signal(signal.SIGTERM, stop)
        call = ctypes.CDLL(None, use_errno=True).renameat2
        names = [os.fsencode(one), os.fsencode(other)]

        def exchange() -> bool:
            done: int = call(_AT_FDCWD, names[0], _AT_FDCWD, names[1], ctypes.c_uint(_EXCHANGE))
            return done == 0

        if not exchange():
            return 1
        os.write(begun, b"1")
        done = 1
        while going:
            done += exchange()
        os.write(send, str(done).encode())
        return 0

    pid = fork(child)
    os.close(send)
    os.close(begun)
    with os.fdopen(begun_here, "rb") as f:
        begins = f.read(1)
    try:
        assert begins, "this file system cannot exchange two names"
        told = guarded(scene)
    finally:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
    with os.fdopen(receive, "rb") as f:
        return int(f.read() or b"0"), told
