"""Switch each safeguard of a sort off in turn, and see that one of the checks notices: the checks prove themselves."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labelkit.flows import sort as sort_flow
from labelkit.storage import batches, publish
from labelkit.storage import folders as class_folders
from labelkit.storage.durability import Disk
from labelkit.storage.folders import Entry, Folders
from labelkit.storage.placing import Placer, Staged
from labelkit.storage.source import entry_of
from labelkit.storage.sqlite_ledger import SqliteLedger
from tests.faults.races import (
    Mutate,
    class_folder_becomes_a_link,
    name_is_taken_meanwhile,
    order_of_calls,
    second_sort_at_once,
    source_changes_while_it_is_copied,
    source_is_rewritten_before_it_goes,
)
from tests.faults.scene import FEW, FEW_AFTER, Scene, Story


def all_on() -> None:
    """All safeguards stay on."""


def _replace(owner: object, name: str, value: object) -> None:
    """Put something in the place of what must be there."""
    assert hasattr(owner, name), f"{owner} has no {name} any more"
    setattr(owner, name, value)


def no_file_sync() -> None:
    """What was copied is published without having been synced."""
    _replace(Disk, "sync", lambda *_: None)


def _no_folder_sync() -> None:
    _replace(Folders, "sync", lambda *_: None)


def _ledger_before_sync() -> None:
    """What is placed is recorded first; the folders are synced after that."""
    sync, settle = Folders.sync, SqliteLedger.settle
    later: list[tuple[Folders, list[str]]] = []

    def settle_first(*words: object) -> None:
        settle(*words)  # type: ignore[arg-type]  # handed on as they came
        for folders, labels in later:
            sync(folders, labels)
        later.clear()

    _replace(Folders, "sync", lambda folders, labels: later.append((folders, list(labels))))
    _replace(SqliteLedger, "settle", settle_first)


def _intents_after() -> None:
    intend, sync = SqliteLedger.intend, Disk.sync
    later: list[tuple[object, ...]] = []

    def sync_then_intend(*words: object) -> None:
        sync(*words)  # type: ignore[arg-type]  # handed on as they came
        for call in later:
            intend(*call)  # type: ignore[arg-type]  # handed on as they came
        later.clear()

    _replace(SqliteLedger, "intend", lambda ledger, *batches: later.append((ledger, *batches)))
    _replace(Disk, "sync", sync_then_intend)


def _straight_to_the_final_name() -> None:
    real = publish.move

    def unless_there(source: Entry, target: Entry) -> None:
        if source.name != target.name:
            real(source, target)

    _replace(Placer, "_part", lambda placer, intent: placer._folders.entry(intent.step.target, make=True))
    _replace(publish, "move", unless_there)


def _replacing() -> None:
    def replace(source: Entry, target: Entry) -> None:
        os.replace(source.name, target.name, src_dir_fd=source.folder, dst_dir_fd=target.folder)

    _replace(publish, "move", replace)


def _no_second_look() -> None:
    """What a source looks like is never asked again: the first answer stands."""
    real, known = os.fstat, dict[str, os.stat_result]()

    def fstat(descriptor: int) -> os.stat_result:
        return known.setdefault(os.readlink(f"/proc/self/fd/{descriptor}"), real(descriptor))  # noqa: PTH115 - a name

    _replace(os, "fstat", fstat)


def _no_lock() -> None:
    _replace(sort_flow, "exclusive", lambda *_, **__: contextlib.nullcontext())


def _no_comparison_before_removal() -> None:
    _replace(batches, "take_away", lambda image, _: entry_of(image).remove())


def _any_file_is_the_same() -> None:
    _replace(Placer, "_same", lambda _, staged, __: staged.step.sha256)


def _source_goes_first() -> None:
    real = Placer.stage

    def stage(placer: Placer, intent: object) -> Staged:
        staged = real(placer, intent)  # type: ignore[arg-type]  # handed on as it came
        entry_of(staged.step.image).remove()
        return staged

    _replace(Placer, "stage", stage)


def _links_followed() -> None:
    _replace(class_folders, "_NO_LINK", 0)


def _ledger_without_sync() -> None:
    real = SqliteLedger.begin_run

    def begin_run(ledger: SqliteLedger, run: object) -> None:
        ledger._db.execute("PRAGMA synchronous=OFF")
        real(ledger, run)  # type: ignore[arg-type]  # handed on as it came

    _replace(SqliteLedger, "begin_run", begin_run)


@dataclass(frozen=True, slots=True)
class Safeguard:
    """One safeguard: how it is switched off, in which sort, and the check that has to notice."""

    name: str
    switch_off: Mutate
    check: Callable[[Scene, Mutate], list[str]]
    mode: str = "copy"


SAFEGUARDS = (
    Safeguard("sync of files", no_file_sync, order_of_calls),
    Safeguard("sync of class folders", _no_folder_sync, order_of_calls),
    Safeguard("sync before the ledger", _ledger_before_sync, order_of_calls),
    Safeguard("sync of the ledger itself", _ledger_without_sync, order_of_calls),
    Safeguard("intents before files", _intents_after, order_of_calls),
    Safeguard("temporary names", _straight_to_the_final_name, order_of_calls),
    Safeguard("publishing without replacing", _replacing, name_is_taken_meanwhile),
    Safeguard("no replacing, by the order of calls", _replacing, order_of_calls),
    Safeguard("comparison with what stands there", _any_file_is_the_same, name_is_taken_meanwhile, "move"),
    Safeguard("second look at the source", _no_second_look, source_changes_while_it_is_copied),
    Safeguard(
        "comparison before a source goes", _no_comparison_before_removal, source_is_rewritten_before_it_goes, "move"
    ),
    Safeguard("sync before a source goes", _no_folder_sync, order_of_calls, "move"),
    Safeguard("removal of the source last", _source_goes_first, order_of_calls, "move"),
    Safeguard("class folders that are no links", _links_followed, class_folder_becomes_a_link),
    Safeguard("lock", _no_lock, second_sort_at_once),
)


def scene_of(safeguard: Safeguard, one: Path, two: Path) -> Scene:
    """A first sort of few files; a move leads to another file system, so that it copies."""
    return Scene(
        Story(safeguard.mode, FEW, {}, FEW_AFTER | {"2.png": "C"}, safeguard.mode == "move"), one / "s", two / "s"
    )


def noticed_without(safeguard: Safeguard, one: Path, two: Path) -> list[str]:
    """What the check says when it is switched off: at least one fault, or the check is worth nothing."""
    return safeguard.check(scene_of(safeguard, one, two), safeguard.switch_off)


def noticed_with(safeguard: Safeguard, one: Path, two: Path) -> list[str]:
    """What the same check says of the program as it is: nothing."""
    return safeguard.check(scene_of(safeguard, one, two), all_on)
