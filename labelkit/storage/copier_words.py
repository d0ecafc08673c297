"""What a copier is asked, and what it answers: one line of JSON each, in ASCII."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from labelkit.domain.decisions import ImageKey
from labelkit.domain.placing import Action, Mode, Stamp, Step
from labelkit.storage.faults import StepFailedError
from labelkit.storage.folders import Folders
from labelkit.storage.ledger import Intent
from labelkit.storage.placing import Outcome, Staged, with_hash

HELLO = b"labelkit: ready to copy\n"
"""The line that a copier begins with."""


def asked(intents: Sequence[Intent]) -> bytes:
    """The line that asks for these."""
    return json.dumps(intents).encode("ascii") + b"\n"


def intents_in(line: bytes) -> list[Intent]:
    """What a line asks for."""
    return [
        Intent(Step(Action(action), ImageKey(*image), tuple(stamp), *texts), Mode(mode), temporary, run)
        for (action, image, stamp, *texts), mode, temporary, run in json.loads(line)
    ]


def answered(outcomes: Iterable[Outcome]) -> bytes:
    """The line that says what became of each; or, in place of that, why no more can be written.

    Args:
        outcomes: in the order asked for. An OSError that is raised on the way is what the line says.

    """
    try:
        told: object = [
            [o.step.sha256, o.source, o.part is not None] if isinstance(o, Staged) else str(o) for o in outcomes
        ]
    except OSError as e:
        told = {"errno": e.errno, "strerror": e.strerror}
    return json.dumps(told).encode("ascii") + b"\n"


def outcomes_in(line: bytes, intents: Sequence[Intent], folders: Folders) -> list[Outcome]:
    """What a line says became of these intents.

    Args:
        line: as `answered` wrote it.
        intents: those that were asked for.
        folders: of the process that gives the copies their names.

    Raises:
        OSError: nothing more can be written.

    """
    told = json.loads(line)
    if isinstance(told, dict):
        raise OSError(told["errno"], told["strerror"])
    return [_outcome(intent, one, folders) for intent, one in zip(intents, told, strict=True)]


def _outcome(intent: Intent, told: str | tuple[str, Stamp, bool], folders: Folders) -> Outcome:
    if isinstance(told, str):
        return StepFailedError(told)
    sha256, (size, mtime_ns, ctime_ns, inode), copied = told
    part = folders.entry(intent.step.target, intent.temporary) if copied else None
    return Staged(with_hash(intent, sha256), (size, mtime_ns, ctime_ns, inode), part)
