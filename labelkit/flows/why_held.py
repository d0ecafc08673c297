"""Held: every image whose decision in force is not labeled, by state and reason; and the table a person fills in."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from labelkit.domain.decisions import Decision, State
from labelkit.domain.explanation import HeldGroup, HeldImage, HeldReport
from labelkit.domain.predicted import shared_reason
from labelkit.flows.ledger import read_ledger
from labelkit.storage.ledger import Ledger
from labelkit.storage.spreadsheet_file import write_table

COLUMNS = ("file", "source", "state", "why", "verdict")
"""The table of held images: a person fills in the last one, and `labelkit sort --verdicts` reads it."""

_FEW = 0.1
"""Up to this share of all decisions is looked up one by one: that takes about eight times as long for each."""

_ROWS = re.compile(r"its rows disagree: .*")


def held(*, base_dir: Path | str = "base_dir") -> HeldReport:
    """Every image that is held, grouped by state and reason, most frequent first.

    Args:
        base_dir: the folder of class folders.

    Raises:
        UsageError: no sort has run there.
        LedgerError: the ledger cannot be read.

    """
    with read_ledger(Path(base_dir)) as ledger:
        found = _held_decisions(ledger)
    groups: dict[tuple[State, str], list[HeldImage]] = defaultdict(list)
    for d in sorted(found, key=lambda d: d.image):
        groups[d.state, _reason(d)].append(_held_image(d))
    ranked = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    where = os.path.abspath(base_dir)  # noqa: PTH100 - as walk does
    return HeldReport(where, tuple(HeldGroup(state, why, tuple(images)) for (state, why), images in ranked))


def _held_decisions(ledger: Ledger) -> list[Decision]:
    """The decisions in force that are not labeled; a few are read one by one, for the others may be millions."""
    known = ledger.decided()
    held = {key: d for key, d in known.items() if d.state is not State.LABELED}
    if len(held) > len(known) * _FEW:
        every = ledger.decisions()
        return [every[key] for key in held]
    return [next(d for _, d in reversed(ledger.history(key)) if d.decided == held[key]) for key in held]


def write_held(report: HeldReport, path: Path, *, overwrite: bool) -> bool:
    """Write the held images, those still in their sources, as a table with an empty column `verdict`.

    Returns:
        whether an earlier table was replaced.

    Raises:
        UsageError: the file is there and holds verdicts, or is no such table, and `overwrite` is not given.
        StorageError: it cannot be written.

    """
    return write_table(path, COLUMNS, list(_table(report)), filled_in="verdict", overwrite=overwrite)


def _table(report: HeldReport) -> Iterator[tuple[str, ...]]:
    rows = [(i.source, i.file, str(g.state), i.why or g.why) for g in report.groups for i in g.images if not i.gone]
    for source, file, state, why in sorted(rows):
        yield file, source, state, why, ""


def _reason(d: Decision) -> str:
    """The reason without what is of this image alone: lines of a traceback, which rows disagree, a probability."""
    return shared_reason(_ROWS.sub("its rows disagree", d.why.partition("\n")[0])) or "no reason recorded"


def _held_image(d: Decision) -> HeldImage:
    gone = not os.path.lexists(f"{d.image.root}/{d.image.path}")
    own = d.why if shared_reason(d.why) != d.why else ""
    return HeldImage(d.image.path, d.image.root, d.places, gone, own)
