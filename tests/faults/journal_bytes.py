"""Change every byte of a ledger, and of the journal that a kill left beside it: believed is only what is right."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults.exhaustive import faults_against, guarded, run
from tests.faults.oracle import JOURNAL, files, state
from tests.faults.scene import Outcome, Scene, stories
from tests.faults.tracer import KILL, PASS, Stop


@dataclass(frozen=True, slots=True)
class Flips:
    """How many bytes were changed, how often the sort said so, and what must not be."""

    changed: int
    told: int
    finished: int
    faults: tuple[str, ...]


def flip(folder: Path, name: str, *, every: int) -> Flips:
    """Change one byte, run the command: it finishes as if undisturbed, or says that the ledger is damaged (exit 4).

    Args:
        folder: the scene is made here.
        name: the ledger, as a finished sort leaves it, or JOURNAL, as a kill in the last write but one does.
        every: of how many bytes one is changed; 1 for all.

    """
    scene = Scene(stories()["place-copy"], folder)
    scene.prepare()
    assert guarded(scene) == Outcome(0)
    end = state(scene)
    if name == JOURNAL:
        _kill_in_the_last_write(scene)
    kept = folder / "kept"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(scene.base_dir, kept)
    good = (kept / name).read_bytes()
    faults: list[str] = []
    told = 0
    places = range(every // 2, len(good), every)
    for place in places:
        _put_back(scene, kept)
        (scene.base_dir / name).write_bytes(good[:place] + bytes([good[place] ^ 0x55]) + good[place + 1 :])
        outcome = guarded(scene)
        told += outcome.code != 0
        found = [*_ending(outcome), *_lost(scene)]
        if outcome.code == 0 and not found:
            found = list(faults_against(scene, end))
        faults += [f"byte {place} of {name}: {fault}" for fault in found]
    return Flips(len(places), told, len(places) - told, tuple(faults))


def _kill_in_the_last_write(scene: Scene) -> None:
    """When the ledger has been written and its journal is about to go for the last time but one."""
    scene.prepare()
    gone = 0

    def count(stop: Stop) -> int:
        nonlocal gone
        call = stop.call()
        gone += call.name == "unlink" and call.paths[0].endswith(JOURNAL)
        return PASS

    run(scene, count)
    scene.prepare()
    last, gone = gone - 1, 0
    run(scene, lambda stop: count(stop) or (KILL if gone == last else PASS))


def _put_back(scene: Scene, kept: Path) -> None:
    shutil.rmtree(scene.base_dir)
    shutil.copytree(kept, scene.base_dir)


def _ending(outcome: Outcome) -> Iterator[str]:
    if outcome.code not in {0, 4}:
        yield f"exit code {outcome.code}: {outcome.said}"
    elif outcome.code and not outcome.remedy:
        yield f"it does not say what to do: {outcome.said}"


def _lost(scene: Scene) -> Iterator[str]:
    if dict(files(scene.source)).keys() != scene.story.files.keys():
        yield "a source is gone"
