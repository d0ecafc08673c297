"""Run one way of sorting: undisturbed, killed at random moments, and onto a disk that is full half way."""

from __future__ import annotations

import os
import random
import resource
import select
import shutil
import signal
import statistics
import subprocess
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path

from kill_scene import SMALLEST, Layout, Left, draw, fresh, hashes, look
from kill_ways import Way

MAX_ATTEMPTS = 10
"""Attempts a counted kill, at most: a way that ends before it can be killed is told so by its count."""
ALONE = 3
"""Undisturbed runs before the first kill; how long a run works is the median of the last so many."""
POLL = 0.0002
"""Seconds between looks for the first change."""
TIMEOUT = 300.0
"""Seconds after which a run counts as hung, and the benchmark ends."""


@dataclass(frozen=True, slots=True)
class Field:
    """Where everything happens.

    Attributes:
        near: scratch on the file system that is sorted to.
        far: scratch on the one that is sorted from.
        count: images.
        seed: of the draw and of the moments.
        full_by: how a full disk is made on this machine, in words.

    """

    near: Path
    far: Path
    count: int
    seed: int
    full_by: str = field(init=False)

    def __post_init__(self) -> None:
        words = "a tmpfs of half the size" if _may_mount(self.near) else "no file longer than 20 KB (RLIMIT_FSIZE)"
        object.__setattr__(self, "full_by", words)

    def master(self, layout: Layout) -> Path:
        """The drawn images, which no run touches."""
        folder = self.far / f"master-{layout}"
        if not folder.exists():
            draw(folder, layout, count=self.count, seed=self.seed)
        return folder


@dataclass(frozen=True, slots=True)
class Scene:
    """One way, ready to run: where it sorts from and to, and what it does when nothing goes wrong."""

    field: Field
    way: Way
    python: Path
    images: Counter[str]
    source: Path
    target: Path
    spans: tuple[float, ...]
    undisturbed: Left

    def command(self, target: Path) -> list[str]:
        """The command that a person would type."""
        return _command(self.field, self.way, self.python, self.source, target)

    def reset(self) -> None:
        """All images back in the source, nothing in the target."""
        fresh(self.field.master(self.way.layout), self.source)
        shutil.rmtree(self.target, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Killed:
    """What the kills of one way left; each number but the first two counts kills.

    Attributes:
        kills, attempts: that counted, and all.
        undisturbed: what a run leaves that nothing disturbs.
        partial, partial_again: partial files after the kill, and after the second run.
        lost: content nowhere any more after both runs, beyond what an undisturbed run loses.
        twice: an image under two final names after the second run.
        failed: the second run ended in an error.
        resumed: after the second run all is as after an undisturbed one.
        full: the same for a full disk, in words.

    """

    kills: int
    attempts: int
    undisturbed: Left
    partial: int
    partial_again: int
    lost: int
    twice: int
    failed: int
    resumed: int
    full: str


@dataclass(frozen=True, slots=True)
class _Outcome:
    """After the kill, and after the same command again with its exit code."""

    first: Left
    second: Left
    code: int


def prepared(place: Field, way: Way, python: Path) -> Scene:
    """Run a way undisturbed, to know how long it works and what it makes."""
    master, source, target = place.master(way.layout), place.far / "raw", place.near / "base"
    images = Counter(hashes(master).values())
    spans = []
    for _ in range(ALONE):
        fresh(master, source)
        shutil.rmtree(target, ignore_errors=True)
        run = _started(_command(place, way, python, source, target), place)
        began = _first_change(run, target)
        if not _ended(run, TIMEOUT) or run.returncode:
            said = (place.near / "stderr").read_text("utf-8", "replace")
            raise SystemExit(f"{way.name}: a run that nothing disturbed ended with exit code {run.returncode}\n{said}")
        spans.append(time.perf_counter() - began)
    left = look(source, target, images)
    return Scene(place, way, python, images, source, target, tuple(spans), left)


def kill(scene: Scene, kills: int) -> Killed:
    """Kill at random moments until `kills` of them counted, then fill the disk once."""
    rng = random.Random(f"{scene.field.seed} {scene.way.name}")  # noqa: S311 - reproducible moments, no secret
    outcomes: list[_Outcome] = []
    spans = deque(scene.spans, maxlen=len(scene.spans))
    attempts = 0
    while len(outcomes) < kills and attempts < kills * MAX_ATTEMPTS:
        attempts += 1
        outcome = _killed_once(scene, rng.random(), spans)
        if outcome is not None:
            outcomes.append(outcome)
    alone = scene.undisturbed
    return Killed(
        kills=len(outcomes),
        attempts=attempts,
        undisturbed=alone,
        partial=sum(o.first.partial > 0 for o in outcomes),
        partial_again=sum(o.second.partial > 0 for o in outcomes),
        lost=sum(max(o.first.lost, o.second.lost) > alone.lost for o in outcomes),
        twice=sum(o.second.twice > alone.twice for o in outcomes),
        failed=sum(o.code != 0 for o in outcomes),
        resumed=sum(o.second.tree == alone.tree for o in outcomes),
        full=_full(scene),
    )


def _killed_once(scene: Scene, moment: float, spans: deque[float]) -> _Outcome | None:
    """One kill, at a moment from 0, the first change, to 1, the end; None when it left nothing undone.

    How long a run works is known from runs that nothing disturbed; one that ends before its moment is one more of them.
    """
    scene.reset()
    run = _started(scene.command(scene.target), scene.field)
    began = _first_change(run, scene.target)
    if _ended(run, moment * statistics.median(spans)):
        spans.append(time.perf_counter() - began)
        return None
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    first = look(scene.source, scene.target, scene.images)
    if first.tree == scene.undisturbed.tree:
        return None
    code = _started(scene.command(scene.target), scene.field).wait(TIMEOUT)
    return _Outcome(first, look(scene.source, scene.target, scene.images), code)


def _command(place: Field, way: Way, python: Path, source: Path, target: Path) -> list[str]:
    return [str(python), *way.command(place.far, source, target)]


def _started(command: list[str], place: Field, *, longest: int | None = None) -> subprocess.Popen[bytes]:
    """Start in a session of its own, in a folder without settings; `longest` limits the size of a file, in bytes."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

    def limit() -> None:
        if longest is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (longest, longest))

    with (place.near / "stderr").open("wb") as said:
        return subprocess.Popen(
            command,
            cwd=place.near,
            env={**environment, "PYTHONPYCACHEPREFIX": str(place.near / "pycache")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
            preexec_fn=limit,  # noqa: PLW1509 - no threads here
        )


def _first_change(run: subprocess.Popen[bytes], target: Path) -> float:
    """Wait until the target has something in it, or the run has ended; the time of that."""
    while run.poll() is None:
        try:
            if os.listdir(target):  # noqa: PTH208 - whether there is anything, a thousand times a second
                break
        except FileNotFoundError:
            pass
        time.sleep(POLL)
    return time.perf_counter()


def _ended(run: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether a run ends within so many seconds; told the moment it does, where `Popen.wait` looks now and then."""
    watched = os.pidfd_open(run.pid)
    try:
        if not select.select([watched], [], [], seconds)[0]:
            return False
    finally:
        os.close(watched)
    run.wait()
    return True


def _full(scene: Scene) -> str:
    """Sort onto a disk that is full half way, make room, sort again; in words."""
    scene.reset()
    if not _may_mount(scene.field.near):
        _started(scene.command(scene.target), scene.field, longest=SMALLEST).wait(TIMEOUT)
        first = look(scene.source, scene.target, scene.images)
        _started(scene.command(scene.target), scene.field).wait(TIMEOUT)
        return _told(scene, first, look(scene.source, scene.target, scene.images))
    disk = scene.field.near / "full"
    disk.mkdir(exist_ok=True)
    size = sum(p.stat().st_size for p in scene.source.rglob("*.png"))
    _mount(disk, f"size={size // 2}")
    try:
        target = disk / "base"
        _started(scene.command(target), scene.field).wait(TIMEOUT)
        first = look(scene.source, target, scene.images)
        _mount(disk, f"remount,size={size * 3}")
        _started(scene.command(target), scene.field).wait(TIMEOUT)
        return _told(scene, first, look(scene.source, target, scene.images))
    finally:
        _mount(disk, "")


def _told(scene: Scene, first: Left, second: Left) -> str:
    words = [f"{second.partial} partial"] if second.partial else []
    words += [f"{second.lost} lost"] if second.lost > scene.undisturbed.lost else []
    words += [f"{second.twice} twice"] if second.twice else []
    words += [] if second.tree == scene.undisturbed.tree else ["not as undisturbed"]
    return f"{first.partial}; " + (", ".join(words) or "all there")


def _may_mount(folder: Path) -> bool:
    """Whether this process may mount a file system: tried."""
    if os.geteuid() != 0:
        return False
    probe = folder / "probe"
    probe.mkdir(exist_ok=True)
    try:
        _mount(probe, "size=65536")
        _mount(probe, "")
    except subprocess.CalledProcessError:
        return False
    return True


def _mount(folder: Path, options: str) -> None:
    """Mount a tmpfs with these options; with none unmount it."""
    words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)] if options else ["umount", str(folder)]
    subprocess.run([shutil.which(words[0]) or words[0], *words[1:]], check=True, capture_output=True)
