from __future__ import annotations

import io

import numpy as np
from PIL import Image

from labelkit.domain.suspects import LabelScore, Suspects, rank_suspects
from labelkit.reporting.suspects_sheet import MOST, SIDE, Shown, draw_suspects, worth_showing

CLASSES = ("GO", "NG", "REWORK")


def suspects(**counts: int) -> Suspects:
    """So many of each label, the later ones the stranger."""
    scores = [
        LabelScore(f"{label}/{i:03}.png", label, "NG" if label == "GO" else "GO", 1.0 + i, -0.95 - i)
        for label, n in counts.items()
        for i in range(n)
    ]
    return rank_suspects(scores, CLASSES)


def test_the_sheet_has_the_worst_of_every_label_and_room_goes_to_those_that_have_more() -> None:
    found = suspects(GO=60, NG=3, REWORK=30)
    shown = worth_showing(found)
    assert len(shown) == MOST
    told = {label: [s.rank for s in shown if s.label == label] for label in CLASSES}
    assert told["NG"] == [1, 2, 3]
    assert told["GO"] == list(range(1, len(told["GO"]) + 1))
    assert told["REWORK"] == list(range(1, len(told["REWORK"]) + 1))
    assert abs(len(told["GO"]) - len(told["REWORK"])) <= 1
    assert [s.path for s in shown] == [s.path for s in found.suspects if s in shown], "in the order of the table"
    assert worth_showing(suspects(GO=2)) == suspects(GO=2).suspects


def test_every_picture_stands_on_the_sheet_once_and_one_that_is_gone_leaves_its_caption() -> None:
    found = suspects(GO=10, NG=2)
    grays = [20 + 9 * i for i in range(12)]
    shown = [
        Shown(s, np.full((SIDE, SIDE, 3), gray, np.uint8) if gray != 20 else None)
        for s, gray in zip(found.suspects, grays, strict=True)
    ]
    sheet = np.asarray(Image.open(io.BytesIO(draw_suspects(shown, found))))
    for gray in grays[1:]:
        assert (sheet == gray).all(axis=2).sum() >= SIDE * SIDE, gray
    rows, columns = np.nonzero((sheet == grays[11]).all(axis=2))
    assert len(rows) < SIDE * SIDE + 200, "text has few pixels of any one gray"
    where = np.median(rows), np.median(columns)
    first = np.nonzero((sheet == grays[1]).all(axis=2))
    assert where[0] > np.median(first[0]) + 2 * SIDE, "NG stands below the two rows of GO"
    assert sheet.shape[0] < 4 * (SIDE + 60)
