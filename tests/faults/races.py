"""Another program, or the end of the power, at the wrong moment: what each check of a safeguard does to a sort."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.faults import oracle
from tests.faults.exhaustive import UNEXPECTED, run
from tests.faults.order import faults_in_order
from tests.faults.scene import Outcome, Scene, SwitchedOff
from tests.faults.tracer import PASS, Call, Stop

Mutate = Callable[[], None]
"""Switches a safeguard off, in the process that sorts."""


def order_of_calls(scene: Scene, mutate: Mutate) -> list[str]:
    """A place where a power cut would lose something; intents that are not in the ledger before a file is touched."""
    faults: list[str] = []

    def watch(stop: Stop) -> int:
        call = stop.call()
        if _first_touch(call, scene):
            faults.extend(_not_intended(call, scene))
        if call.name.startswith("unlink") and call.paths[0].startswith(f"{scene.source}/"):
            faults.extend(_no_copy(call, scene))
        return PASS

    scene.prepare()
    calls, _ = _sorted(scene, mutate, watch)
    return [*faults, *faults_in_order(calls, scene.base_dir, scene.source)]


def source_changes_while_it_is_copied(scene: Scene, mutate: Mutate) -> list[str]:
    """Another program writes on, in the middle of the copy: the image has to fail, and nothing half-old may stand."""
    done = False

    def grow(stop: Stop) -> int:
        nonlocal done
        call = stop.call()
        if not done and call.name == "fchmod" and oracle.is_part(call.paths[0]):
            done = True
            for path in sorted(scene.source.rglob("*.png")):
                with path.open("ab") as f:
                    f.write(b"more")
        return PASS

    return _told(scene, mutate, grow, "changed")


def source_is_rewritten_before_it_goes(scene: Scene, mutate: Mutate) -> list[str]:
    """The copy is complete, then the source is written over: a move must leave it, for it is no copy any more."""
    done = False

    def rewrite(stop: Stop) -> int:
        nonlocal done
        if not done and stop.call().name == "syncfs":
            done = True
            for path in sorted(scene.source.rglob("*.png")):
                status = path.stat()
                path.write_bytes(b"!" * status.st_size)
                os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        return PASS

    return _told(scene, mutate, rewrite, "changed")


def name_is_taken_meanwhile(scene: Scene, mutate: Mutate) -> list[str]:
    """Another program takes the final name after the plan was made: it must be left, and the image must fail."""
    foreign = b"a person's own picture"
    done = False

    def take(stop: Stop) -> int:
        nonlocal done
        call = stop.call()
        if not done and call.name == "syncfs":
            done = True
            (scene.base_dir / "A" / "0.png").write_bytes(foreign)
        return PASS

    told = _told(scene, mutate, take, "something else stands under")
    there = scene.base_dir / "A" / "0.png"
    return told if there.is_file() and there.read_bytes() == foreign else [*told, "the other file was replaced"]


def second_sort_at_once(scene: Scene, mutate: Mutate) -> list[str]:
    """While one sort is held in the middle of its work, a second one must be turned away."""
    second: list[Outcome] = []

    def start_another(stop: Stop) -> int:
        if not second and stop.call().name == "syncfs":
            second.append(scene.sort())
        return PASS

    scene.prepare()
    _sorted(scene, mutate, start_another)
    assert second, "the first sort never came to its sync"
    return [f"the second was let in: {s}" for s in second if "another labelkit is at work" not in s.said]


def _sorted(scene: Scene, mutate: Mutate, react: Callable[[Stop], int]) -> tuple[tuple[Call, ...], Outcome]:
    """The sort with something switched off; a switch that itself breaks it would prove nothing."""
    ended, outcome = run(SwitchedOff(scene, mutate), react, record_calls=True)
    assert outcome is not None, ended
    assert outcome.code != UNEXPECTED, outcome.said
    return ended.calls, outcome


def _told(scene: Scene, mutate: Mutate, react: Callable[[Stop], int], word: str) -> list[str]:
    scene.prepare()
    _, outcome = _sorted(scene, mutate, react)
    faults = [] if outcome.code == 4 and word in outcome.said else [f"it was not told: {outcome}"]
    placed = dict(oracle.files(scene.base_dir))
    known = {oracle.digest(content) for content in scene.story.files.values()}
    foreign = oracle.digest(b"a person's own picture")
    faults += [f"not whole: {name}" for name, digest in placed.items() if digest not in known | {foreign}]
    if word == "changed" and scene.story.mode == "move" and not list(scene.source.rglob("*.png")):
        faults.append("what was written over the sources is gone")
    return faults


def _first_touch(call: Call, scene: Scene) -> bool:
    return call.name == "openat" and oracle.is_part(call.paths[0]) and call.paths[0].startswith(str(scene.base_dir))


def _not_intended(call: Call, scene: Scene) -> Iterator[str]:
    recorded = oracle.recorded(scene.base_dir, scene.base_dir.parent / "scratch")
    if call.paths[0].rpartition("/")[2] not in recorded.parts:
        yield f"a temporary file is made before the ledger knows of it: {call}"


def _no_copy(call: Call, scene: Scene) -> Iterator[str]:
    content = oracle.digest(Path(call.paths[0]).read_bytes())
    if content not in {d for name, d in oracle.files(scene.base_dir) if not oracle.is_part(name)}:
        yield f"a source goes while nothing of its content stands under a final name: {call}"


def class_folder_becomes_a_link(scene: Scene, mutate: Mutate) -> list[str]:
    """After all was looked at, a link to somebody's own folder takes the place of a class folder."""
    own = scene.base_dir.parent / "own"
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir()
    done = False

    def put_a_link(stop: Stop) -> int:
        nonlocal done
        if not done and stop.call().name == "mkdirat":
            done = True
            (scene.base_dir / "A").symlink_to(own)
        return PASS

    told = _told(scene, mutate, put_a_link, "is a link or a file")
    return [*told, *(f"written into another folder: {p.name}" for p in own.iterdir())]
