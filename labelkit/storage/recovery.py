"""After a kill: believe the disk, not the journal; finish what was half done, remove what was temporary, record it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from labelkit.domain.decisions import ImageKey
from labelkit.domain.errors import StorageError
from labelkit.domain.placing import Action, Mode, Placement, StepReceipt
from labelkit.storage import publish
from labelkit.storage.faults import StepFailedError, failure_of, said
from labelkit.storage.folders import Entry, Folders, label_of
from labelkit.storage.identity import LINKS, is_file_of, stands
from labelkit.storage.ledger import Intent, Ledger
from labelkit.storage.placing import Placer
from labelkit.storage.relocating import relocate
from labelkit.storage.source import sync_sources, take_away
from labelkit.storage.withdrawing import part_beside, withdraw


def recover(base_dir: Path | str, ledger: Ledger) -> int:
    """See to what an earlier run was about to do when it ended. Killed itself, it is simply called again.

    Temporary files are removed, by the very names that were recorded. An image that stands under its name with the
    right content is recorded as placed, and the source of a move then goes; relocations and withdrawals are finished.

    Args:
        base_dir: an existing folder, held exclusively.
        ledger: its ledger.

    Returns:
        how many steps of the earlier run turned out done, or were finished.

    Raises:
        StorageError: base_dir or the ledger cannot be written; nothing is lost, and it can be tried again.

    """
    intents = ledger.intents()
    if not intents:
        return 0
    try:
        with Folders(os.path.abspath(base_dir)) as folders:
            return finish(intents, ledger.placements(), folders=folders, ledger=ledger)
    except OSError as e:
        raise StorageError(
            f"cannot finish what an earlier run began: {said(e)}",
            place=str(base_dir),
            remedy="see to that, then run the same command again: nothing is lost",
        ) from e


def finish(
    intents: Sequence[Intent], records: Mapping[ImageKey, Placement], *, folders: Folders, ledger: Ledger
) -> int:
    """Finish these intents, all of one run: then nothing is under way; see `recover`."""
    if not intents:
        return 0
    receipts = [r for i in intents if i.step.action is Action.PLACE and (r := _place(i, folders)) is not None]
    relocations = [i for i in intents if i.step.action is Action.RELOCATE]
    receipts += relocate(relocations, records, folders, resume=True)
    for intent in intents:
        if intent.step.action is Action.WITHDRAW:
            part_beside(intent.step.image, intent.temporary).remove()
            receipts.append(withdraw(intent, records, folders))
    emptied = {label_of(i.step.before) for i in intents if i.step.before}
    filled = {label_of(i.step.target) for i in intents if i.step.target}
    folders.remove_empty(emptied=emptied | filled, filled=())
    folders.sync(emptied | filled)
    ledger.settle(intents[0].run, receipts)
    return sum(not r.failure for r in receipts)


def _place(intent: Intent, folders: Folders) -> StepReceipt | None:
    """What became of an image that was to be placed: a receipt when it stands there, None when nothing was placed."""
    try:
        folders.entry(intent.step.target, intent.temporary).remove()
        return _adopted(intent, folders) if intent.step.sha256 or intent.mode in LINKS else None
    except StepFailedError:
        return None
    except OSError as e:
        failure_of(e)
        return None


def _adopted(intent: Intent, folders: Folders) -> StepReceipt | None:
    step, placer = intent.step, Placer(folders, permissions=0)
    target = folders.entry(step.target)
    if publish.is_reservation(target):
        target.remove()
    if target.status() is None or not _is_there(intent, target, folders):
        return None
    placement = placer.placement(intent, step.stamp)
    if intent.mode is Mode.MOVE:
        folders.sync([label_of(step.target)])
        try:
            take_away(step.image, step.sha256)
        except StepFailedError as e:
            return StepReceipt(step, placement, str(e))
        sync_sources([step.image])
    return StepReceipt(step, placement)


def _is_there(intent: Intent, target: Entry, folders: Folders) -> bool:
    """Whether the image got its name before the kill; a hard link still has when its source was replaced since."""
    step, folder = intent.step, folders.path(label_of(intent.step.target))
    if stands(target, step.image, mode=intent.mode, sha256=step.sha256, class_folder=folder):
        return True
    return intent.mode is Mode.HARDLINK and not step.sha256 and is_file_of(target, step.stamp)
