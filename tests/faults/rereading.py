"""How many bytes of the sources are read again after a kill late in the copying."""

from __future__ import annotations

import mmap
import os
import signal
import struct
from collections.abc import Callable
from dataclasses import dataclass

from labelkit.storage import transfer
from labelkit.storage.placing import Placer
from tests.faults.exhaustive import guarded
from tests.faults.oracle import state
from tests.faults.ptrace import fork
from tests.faults.scene import Outcome, Scene, Story, many


@dataclass(frozen=True, slots=True)
class Reread:
    """Bytes read from the sources, undisturbed and by the run after a kill; and of what is under way at once."""

    all_of_it: int
    after_kill: int
    batch: int
    same_end: bool


def story(mode: str, files: int, size: int, *, across: bool) -> Story:
    """A first sort of many files."""
    contents = many(files, size)
    labels = {name: "AB"[i % 2] for i, name in enumerate(contents)}
    return Story(mode, contents, {}, labels, across, min(transfer.BATCH, files // 20))


def after_kill_at(share: float, scene: Scene, size: int) -> Reread:
    """Kill a sort when it has begun to copy this share of the files; run the same command again, to its end."""
    scene.prepare()
    read = _bytes_read(scene, kill_at=0)
    undisturbed = state(scene)
    scene.prepare()
    _bytes_read(scene, kill_at=int(share * len(scene.story.files)))
    again = _bytes_read(scene, kill_at=0)
    return Reread(read, again, 2 * scene.story.batch * size, same_end=state(scene) == undisturbed)


def _bytes_read(scene: Scene, *, kill_at: int) -> int:
    """Sort in a child that is killed when it begins to copy a certain file, and counts what it reads from sources."""
    shared = mmap.mmap(-1, 16)

    def child() -> int:
        _count(shared, os.fspath(scene.source))
        _kill(kill_at)
        return 0 if guarded(scene) == Outcome(0) else 1

    _, status = os.waitpid(fork(child), 0)
    assert os.waitstatus_to_exitcode(status) == (-signal.SIGKILL if kill_at else 0)
    return int(struct.unpack("Q", shared[:8])[0])


def _count(shared: mmap.mmap, below: str) -> None:
    real = os.read

    def read(descriptor: int, size: int) -> bytes:
        data = real(descriptor, size)
        if os.readlink(f"/proc/self/fd/{descriptor}").startswith(below):  # noqa: PTH115 - a name, not a place
            shared[:8] = struct.pack("Q", struct.unpack("Q", shared[:8])[0] + len(data))
        return data

    _replace(os, "read", read)


def _kill(at: int) -> None:
    real: Callable[..., object] = Placer.stage
    begun = 0

    def stage(*words: object, **named: object) -> object:
        nonlocal begun
        begun += 1
        if begun == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*words, **named)

    _replace(Placer, "stage", stage)


def _replace(owner: object, name: str, value: object) -> None:
    setattr(owner, name, value)
