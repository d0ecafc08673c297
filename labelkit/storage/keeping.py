"""Images that stay where they are; of a moved one whose source could not be removed then, the source goes now."""

from __future__ import annotations

import os

from labelkit.domain.placing import Mode, Placement, Step, StepReceipt
from labelkit.storage.faults import StepFailedError, said
from labelkit.storage.folders import Entry
from labelkit.storage.hashing import content_of
from labelkit.storage.source import entry_of, stamp_of, sync_sources, take_away


def keep(step: Step, record: Placement | None, base_dir: str) -> StepReceipt:
    """See to an image that is where it belongs.

    Args:
        step: keep it.
        record: where it stands; None is a failure.
        base_dir: absolute path.

    """
    if record is None:
        return StepReceipt(step, None, "the ledger knows no placement of it")
    try:
        if record.mode is Mode.MOVE and _source_remains(record):
            _finish_moving(record, base_dir)
    except StepFailedError as e:
        return StepReceipt(step, record, str(e))
    except OSError as e:
        return StepReceipt(step, record, f"it is placed, but its source is still there: {said(e)}")
    return StepReceipt(step, record)


def _source_remains(record: Placement) -> bool:
    """Whether the very file that was copied is still there; one that somebody put there since is left alone."""
    status = entry_of(record.image).status()
    return status is not None and stamp_of(status) == record.source_stamp


def _finish_moving(record: Placement, base_dir: str) -> None:
    """Both must hold the recorded content: the source may be the only copy of it by now."""
    if content_of(Entry(None, os.path.join(base_dir, record.target))) != record.sha256:
        raise StepFailedError("it was altered since it was placed; its source was left")
    take_away(record.image, record.sha256)
    sync_sources([record.image])
