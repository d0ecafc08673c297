"""Disks that are full, read-only or short of names, files that cannot change: by the system itself, not by a stub."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.faults.exhaustive import guarded, run
from tests.faults.oracle import State, faults_at_this_instant, files, is_part, state
from tests.faults.places import be_alone, in_memory, second_name
from tests.faults.scene import FEW, FEW_AFTER, Outcome, Scene, Story, SwitchedOff
from tests.faults.tracer import PASS, Stop

_SET_FLAGS, _GET_FLAGS, _IMMUTABLE = 0x40086602, 0x80086601, 0x10
"""Of <linux/fs.h>."""

_PLACED = FEW_AFTER | {"2.png": "C"}
_LARGE = {f"{i}.png": bytes([65 + i]) * 60_000 for i in range(7)}
_PLACED_LARGE = {name: "AB"[i % 2] for i, name in enumerate(_LARGE)}


@dataclass(frozen=True, slots=True)
class Trial:
    """One thing that goes wrong: where, and how the sort must end."""

    name: str
    try_it: Callable[[Path, Path], list[str]]


def _refused(scene: Scene, *words: str, code: int = 4) -> list[str]:
    """Told before anything is touched: with these words, and nothing is there."""
    before = dict(files(scene.source))
    told = guarded(scene)
    faults = [] if told.code == code and all(w in told.said for w in words) else [f"it was not refused: {told}"]
    made = [name for name, _ in files(scene.base_dir)] if scene.base_dir.exists() else []
    return faults + [f"made all the same: {made}"] * bool(made) + ["changed"] * (dict(files(scene.source)) != before)


def _end(scene: Scene) -> State:
    scene.prepare()
    assert guarded(scene) == Outcome(0)
    return state(scene)


def _disturbed(scene: Scene, end: State, told: Outcome | None, word: str, repair: Callable[[], None]) -> list[str]:
    """Told with exit code 4 and this word; nothing lost; once it is repaired, the same command comes to the end."""
    faults = [] if told and told.code == 4 and word in told.said and told.remedy else [f"it was not told: {told}"]
    faults += faults_at_this_instant(scene, scene.source.parent / "scratch")
    faults += [f"left: {name}" for name, _ in files(scene.base_dir) if is_part(name)]
    repair()
    again = guarded(scene)
    faults += [] if again == Outcome(0) else [f"the same command again: {again}"]
    return faults + (["another end"] if state(scene) != end else [])


def full_before(one: Path, two: Path) -> list[str]:
    """Too little room for the copies."""
    with in_memory(one / "small", "size=200k") as small:
        scene = Scene(Story("copy", _LARGE, {}, _PLACED_LARGE, across=True), small, two / "full")
        scene.prepare()
        return _refused(scene, "not enough space", "--mode hardlink")


def full_meanwhile(one: Path, two: Path) -> list[str]:
    """Another program fills the disk in the middle of the copying."""
    with in_memory(one / "small", "size=2m") as small:
        scene = Scene(Story("copy", _LARGE, {}, _PLACED_LARGE, across=True), small, two / "full")
        end = _end(scene)
        scene.prepare()
        filler = small / "filler"

        def fill(stop: Stop) -> int:
            if not filler.exists() and _makes_part(stop):
                _write_until_full(filler)
            return PASS

        _, told = run(scene, fill)
        return _disturbed(scene, end, told, "No space left", filler.unlink)


def no_names_left_before(one: Path, two: Path) -> list[str]:
    """Room enough, but no names."""
    with in_memory(one / "few", "size=8m,nr_inodes=8") as few:
        scene = Scene(Story("copy", _LARGE, {}, _PLACED_LARGE, across=True), few, two / "names")
        scene.prepare()
        return _refused(scene, "not enough space", "new files")


def no_names_left_meanwhile(one: Path, two: Path) -> list[str]:
    """Another program takes the last names in the middle of the copying."""
    with in_memory(one / "few", "size=8m,nr_inodes=60") as few:
        scene = Scene(Story("copy", _LARGE, {}, _PLACED_LARGE, across=True), few, two / "names")
        end = _end(scene)
        scene.prepare()
        taken = few / "taken"

        def take(stop: Stop) -> int:
            if not taken.exists() and _makes_part(stop):
                _take_names(taken)
            return PASS

        _, told = run(scene, take)
        return _disturbed(scene, end, told, "No space left", lambda: _give_names_back(taken))


def read_only(one: Path, two: Path) -> list[str]:
    """The disk is mounted read-only."""
    with in_memory(one / "whole") as whole, second_name(whole, one / "shown", read_only=True) as shown:
        scene = Scene(Story("copy", FEW, {}, _PLACED, across=True), shown, two / "ro")
        writable = Scene(Story("copy", FEW, {}, _PLACED, across=True), whole, two / "ro")
        writable.prepare()
        scene.table = writable.table
        return _refused(scene, "read-only")


def sources_that_cannot_go(one: Path, two: Path) -> list[str]:
    """chattr +i on the sources of a move: no silent copy instead, and nothing reserved remains."""
    scene = Scene(Story("move", FEW, {}, _PLACED), one / "fixed", two)
    end = _end(scene)
    scene.prepare()
    _set_immutable(scene.source, on=True)
    try:
        told = guarded(scene)
        placed = [name for name, _ in files(scene.base_dir)]
    finally:
        _set_immutable(scene.source, on=False)
    faults = [f"placed all the same: {placed}"] if placed else []
    return faults + _disturbed(scene, end, told, "Operation not permitted", lambda: None)


def another_mount_of_the_same_disk(one: Path, two: Path) -> list[str]:
    """A bind mount: the same device, and yet no rename leads there. A move copies, then removes."""
    with second_name(two, one / "alias") as alias:
        scene = Scene(Story("move", FEW, {}, _PLACED, across=True), two / "bind", alias)
        scene.prepare()
        told = guarded(scene)
        left = dict(files(scene.source))
        faults = [] if told == Outcome(0) and not left else [f"{told}, left: {left}"]
        faults += faults_at_this_instant(scene, one / "scratch")
    with second_name(two, one / "alias") as alias:
        linked = Scene(replace(scene.story, mode="hardlink"), two / "bind", alias)
        linked.prepare()
        return faults + _refused(linked, "hard links", code=2)


def too_many_links(one: Path, two: Path) -> list[str]:
    """A file system that gives a file no further name: the image fails, and is not copied in silence."""
    scene = Scene(Story("hardlink", FEW, {}, _PLACED), one / "links", two)
    end = _end(scene)
    scene.prepare()
    _, told = run(scene, lambda stop: errno.EMLINK if stop.call().name == "linkat" else PASS)
    copied = [name for name, _ in files(scene.base_dir)]
    return [f"copied: {copied}"] * bool(copied) + _disturbed(scene, end, told, "Too many links", lambda: None)


def few_descriptors(one: Path, two: Path) -> list[str]:
    """ulimit -n 32 and forty classes: what cannot be opened fails, nothing is lost, and the next run finishes."""
    contents = {f"{i}.png": f"content {i}".encode() for i in range(40)}
    scene = Scene(Story("copy", contents, {}, {name: f"class {name}" for name in contents}), one / "open", two)
    end = _end(scene)
    scene.prepare()
    limited = SwitchedOff(scene, lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32)))
    _, told = run(limited)
    return _disturbed(scene, end, told, "Too many open files", lambda: None)


def files_too_large(one: Path, two: Path) -> list[str]:
    """ulimit -f: the one image that is larger fails, the others are placed."""
    contents = {"small.png": b"small", "large.png": b"large" * 60_000}
    scene = Scene(Story("copy", contents, {}, dict.fromkeys(contents, "A")), one / "size", two)
    end = _end(scene)
    scene.prepare()
    limited = SwitchedOff(scene, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)))
    _, told = run(limited)
    faults = [] if (scene.base_dir / "A" / "small.png").exists() else ["the small one was not placed"]
    return faults + _disturbed(scene, end, told, "large.png", lambda: None)


TRIALS = tuple(
    Trial((t.__doc__ or "").partition("\n")[0], t)
    for t in (
        *(full_before, full_meanwhile, no_names_left_before, no_names_left_meanwhile, read_only),
        *(sources_that_cannot_go, another_mount_of_the_same_disk, too_many_links, few_descriptors, files_too_large),
    )
)


def all_trials(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Each trial with its faults.

    Raises:
        CannotMountError: this process cannot mount anything.

    """
    be_alone()
    with in_memory(folder / "one") as one, in_memory(folder / "two") as two:
        for trial in TRIALS:
            yield trial.name, trial.try_it(one, two)


def _makes_part(stop: Stop) -> bool:
    call = stop.call()
    return call.name == "openat" and is_part(call.paths[0])


def _write_until_full(path: Path) -> None:
    with path.open("wb", buffering=0) as f:
        try:
            while f.write(b"x" * 4096):
                pass
        except OSError as e:
            _must_be_full(e)


def _must_be_full(error: OSError) -> None:
    if error.errno != errno.ENOSPC:
        raise error


def _take_names(folder: Path) -> None:
    try:
        folder.mkdir()
        for i in range(1000):
            (folder / str(i)).touch()
    except OSError as e:
        _must_be_full(e)


def _give_names_back(folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        path.unlink()
    folder.rmdir()


def _set_immutable(folder: Path, *, on: bool) -> None:
    """What chattr +i does (-i when not on), for every file below a folder."""
    for path in sorted(folder.rglob("*.png")):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            known = struct.unpack("i", fcntl.ioctl(descriptor, _GET_FLAGS, struct.pack("i", 0)))[0]
            wanted = known | _IMMUTABLE if on else known & ~_IMMUTABLE
            fcntl.ioctl(descriptor, _SET_FLAGS, struct.pack("i", wanted))
        finally:
            os.close(descriptor)
