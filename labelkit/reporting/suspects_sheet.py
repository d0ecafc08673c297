"""The picture sheet of probable label errors: for each label the worst first, given and suggested class below each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labelkit.domain.suspects import Suspect, Suspects
from labelkit.reporting.picture_sheet import GAP, LINE, PictureSheet, Pixels, shown_path

SIDE = 160
"""Pixels of a picture, square."""

MOST = 40
"""Pictures on a sheet; the table has all."""

_TITLE = "Probable label errors: rank, the class a file is said to be -> the one the model favours, cross-entropy"
_COLUMNS = 8
_STEP = SIDE + 2 * LINE + GAP
_WIDTH = GAP + _COLUMNS * (SIDE + GAP)


@dataclass(frozen=True, slots=True)
class Shown:
    """A suspect and its picture, uint8 (`SIDE`, `SIDE`, 3); None where it cannot be decoded any more."""

    suspect: Suspect
    picture: Pixels | None


def worth_showing(suspects: Suspects) -> tuple[Suspect, ...]:
    """The suspects that go onto the sheet: the worst of each label, then the next ones, in the order of the table."""
    worst = sorted(suspects.suspects, key=lambda s: (s.rank, -s.cross_entropy))[:MOST]
    chosen = {s.path for s in worst}
    return tuple(s for s in suspects.suspects if s.path in chosen)


def draw_suspects(shown: Sequence[Shown], suspects: Suspects) -> bytes:
    """A PNG of these suspects, a block of rows for each label.

    Args:
        shown: in the order of the table.
        suspects: all of them, for the counts.

    """
    blocks = {label: [s for s in shown if s.suspect.label == label] for label in suspects.by_label}
    blocks = {label: block for label, block in blocks.items() if block}
    rows = sum(-(-len(block) // _COLUMNS) for block in blocks.values())
    sheet = PictureSheet(_WIDTH, 2 * GAP + LINE + len(blocks) * (LINE + 2 * GAP) + rows * _STEP)
    sheet.write(GAP, GAP, _TITLE)
    top = 2 * GAP + LINE
    for label, block in blocks.items():
        whole = len(suspects.by_label[label])
        told = f"all {whole:,}" if len(block) == whole else f"the first {len(block):,} of {whole:,}"
        sheet.write(GAP, top, f"said to be {label}: {told}", within=_WIDTH - 2 * GAP)
        top += LINE + GAP
        for x, y, one in _placed(block):
            _draw(sheet, x, top + y, one)
        top += -(-len(block) // _COLUMNS) * _STEP + GAP
    return sheet.png()


def _placed(block: Sequence[Shown]) -> Iterator[tuple[int, int, Shown]]:
    """(x, y) of each picture within its block."""
    for n, one in enumerate(block):
        row, column = divmod(n, _COLUMNS)
        yield GAP + column * (SIDE + GAP), row * _STEP, one


def _draw(sheet: PictureSheet, x: int, y: int, one: Shown) -> None:
    s = one.suspect
    if one.picture is None:
        sheet.write(x, y + SIDE // 2, "cannot be read now", faint=True)
    else:
        sheet.paste(x, y, one.picture, (SIDE, SIDE))
    sheet.write(x, y + SIDE, f"{s.rank}. {s.label} -> {s.suggested}  {s.cross_entropy:.2f}", within=SIDE)
    sheet.write(x, y + SIDE + LINE, shown_path(s.path), faint=True, within=SIDE)
