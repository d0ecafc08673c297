"""Cut a sort off from power: what was not synced is gone; then the same command again. On ext4 in an image file."""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import random
import shutil
import signal
import struct
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from labelkit.domain.placing import LOCK_NAME
from tests.faults.exhaustive import faults_after_resuming, faults_against
from tests.faults.oracle import State, faults_at_this_instant, state
from tests.faults.places import CannotMountError, be_alone, in_memory, sync, unmount
from tests.faults.ptrace import fork
from tests.faults.random_kills import has_begun, has_ended, marked, phase_of
from tests.faults.scene import Scene, Story, SwitchedOff

_SHUTDOWN, _WITHOUT_FLUSHING = 0x8004587D, 2
"""EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH (fs/ext4/ext4.h): nothing more reaches the disk, as in a cut."""

_IMAGE_BYTES = 64 << 20


@dataclass(slots=True)
class Cuts:
    """What came of cutting: while the sort ran, and after it had said that it was done."""

    during: int = 0
    after: int = 0
    missed: int = 0
    phases: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def numbers(self) -> dict[str, int]:
        """For people."""
        told: dict[str, int] = {"during": self.during, "after": self.after, "missed": self.missed}
        return told | {f"in: {phase}": n for phase, n in self.phases.most_common()}


def cut_off(story: Story, folder: Path, count: int, chance: random.Random) -> Cuts:
    """Cut so many sorts off while they run; each is built anew on a disk that is in order.

    Args:
        story: what is sorted; the sources of one that leads across stay on a disk that is not cut off.
        folder: the image is made here, in memory.
        count: cuts that have to fall into a sort.
        chance: the source of the moments.

    Raises:
        CannotMountError: this process cannot mount an image.

    """
    cuts = Cuts()
    with _disk(folder) as disk:
        scene = Scene(story, disk.where / "scene", disk.elsewhere)
        end, seconds = _undisturbed(scene)
        while cuts.during < count and cuts.missed + cuts.after < 10 * count:
            _cut(disk, scene, end, _moment(1.1 * seconds, chance), cuts)
    return cuts


def faults_after_the_end(story: Story, folder: Path, switch_off: Callable[[], None]) -> list[str]:
    """Cut right after the end of a sort that ran without one of its safeguards; what is there then.

    Raises:
        CannotMountError: this process cannot mount an image.

    """
    with _disk(folder) as disk:
        scene = Scene(story, disk.where / "scene", disk.elsewhere)
        scene.prepare()
        sync(disk.where)
        os.waitpid(fork(lambda: marked(SwitchedOff(scene, switch_off), mmap.mmap(-1, 16))), 0)
        disk.cut()
        disk.detach()
        disk.attach()
        return faults_at_this_instant(scene, disk.elsewhere / "scratch")


@dataclass(frozen=True, slots=True)
class Disk:
    """An image with an ext4 in it: the file, where it is mounted, and a folder that is no part of it."""

    image: Path
    where: Path
    elsewhere: Path

    def attach(self) -> None:
        """Mount it; its journal is replayed."""
        _program("mount", "-o", "loop", str(self.image), str(self.where))

    def cut(self) -> None:
        """From this instant on nothing reaches the disk any more."""
        descriptor = os.open(self.where, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, _SHUTDOWN, struct.pack("I", _WITHOUT_FLUSHING))
        finally:
            os.close(descriptor)

    def detach(self) -> None:
        """Unmount it; the loop device goes with it."""
        _program("umount", str(self.where))


@contextlib.contextmanager
def _disk(folder: Path) -> Iterator[Disk]:
    """A fresh disk, until the block ends; whatever happens, no mount and no loop device remain."""
    be_alone()
    with tempfile.TemporaryDirectory(dir=folder) as made:
        place = Path(made)
        try:
            held = in_memory(place / "memory", "size=160m")
            with held as memory:
                disk = Disk(memory / "image", place / "disk", memory / "elsewhere")
                disk.where.mkdir()
                with disk.image.open("wb") as f:
                    f.truncate(_IMAGE_BYTES)
                _program("mkfs.ext4", "-q", "-F", str(disk.image))
                disk.attach()
                try:
                    yield disk
                finally:
                    unmount(disk.where)
        except OSError as e:
            raise CannotMountError(f"no file system in an image can be mounted here: {e}") from e


def _moment(longest: float, chance: random.Random) -> tuple[float, ...]:
    """When to cut; every other time the system has written back on its own once before."""
    delay = chance.uniform(0, longest)
    return (delay / 2, delay / 2) if chance.random() < 1 / 2 else (delay,)


def _undisturbed(scene: Scene) -> tuple[State, float]:
    """What an undisturbed run leaves, and how many seconds it takes in a child."""
    times = []
    for _ in range(3):
        scene.prepare()
        sync(scene.base_dir.parent)
        began = time.perf_counter()
        os.waitpid(fork(lambda: marked(scene, mmap.mmap(-1, 16))), 0)
        times.append(time.perf_counter() - began)
    return state(scene), min(times)


def _cut(disk: Disk, scene: Scene, end: State, waits: tuple[float, ...], cuts: Cuts) -> None:
    """One cut, after these waits in seconds; between two of them everything is written back."""
    scene.prepare()
    sync(disk.where)
    shared = mmap.mmap(-1, 16)
    pid = fork(lambda: marked(scene, shared))
    for n, seconds in enumerate(waits):
        if n:
            sync(disk.where)
        time.sleep(seconds)
    begun, done, phase = has_begun(shared), has_ended(shared), phase_of(shared)
    disk.cut()
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    disk.detach()
    disk.attach()
    if not begun:
        cuts.missed += 1
        return
    told = "after its end" if done else f"in: {phase}"
    found = faults_at_this_instant(scene, disk.elsewhere / "scratch")
    if done and not found:
        found += faults_against(scene, end, but=f"base/{LOCK_NAME}")
    cuts.faults += [f"cut off {told}: {fault}" for fault in [*found, *faults_after_resuming(scene, end)]]
    cuts.during += not done
    cuts.after += done
    if not done:
        cuts.phases[phase] += 1


def _program(name: str, *words: str) -> None:
    """Run a program of the system.

    Raises:
        CannotMountError: there is none, or it refuses.

    """
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if path is None:
        raise CannotMountError(f"there is no {name} on this machine")
    done = subprocess.run([path, *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotMountError(f"{name} refuses: {done.stderr.strip()}")
